--- Pieces of work, each done in several ways, in turn: so that a change of the machine's speed
--- meets all of them.
local statistics = require("perilune.statistics")

local turns = {}

---@class Work
---@field name string
---@field ways table<string, any[]> by column: a function and its arguments

--- Processor time of one call, with no garbage from before.
---@return number milliseconds
function turns.milliseconds(fn, ...)
  collectgarbage()
  collectgarbage()
  local start = os.clock()
  local _ = fn(...)
  return (os.clock() - start) * 1e3
end

-- A program of another language does all pieces of work once and prints the milliseconds of each as
-- JSON. One that is not installed, or knows fewer of them, leaves gaps.
local function add_peer(times, column, command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local output = pipe:read("a")
  pipe:close()
  for name, taken in output:gmatch('"([^"]+)": ?([%d.e-]+)') do
    if times[name] then table.insert(times[name][column], tonumber(taken)) end
  end
end

local function add_round(work, columns, times)
  for _, piece in ipairs(work) do
    for _, column in ipairs(columns) do
      local way = piece.ways[column]
      if way then
        table.insert(times[piece.name][column], turns.milliseconds(table.unpack(way)))
      end
    end
  end
end

--- A list for the times of each piece of work in each column.
---@param work {name: string}[]
---@param columns string[]
---@return table<string, table<string, number[]>>
function turns.lists(work, columns)
  local times = {}
  for _, piece in ipairs(work) do
    times[piece.name] = {}
    for _, column in ipairs(columns) do times[piece.name][column] = {} end
  end
  return times
end

--- Puts their medians in the lists' places, and nothing where a list is empty.
---@param times table<string, table<string, number[]>>
function turns.settle(times)
  for _, row in pairs(times) do
    for column, values in pairs(row) do
      row[column] = values[1] and statistics.median(values) or nil
    end
  end
end

--- Median milliseconds by work and column.
---@param work Work[]
---@param columns string[] the order of the ways
---@param peers table<string, string> commands by column
---@param rounds integer
---@return table<string, table<string, number>>
function turns.run(work, columns, peers, rounds)
  local all = table.move(columns, 1, #columns, 1, {})
  for column in pairs(peers) do all[#all + 1] = column end
  local times = turns.lists(work, all)
  for _ = 1, rounds do
    add_round(work, columns, times)
    for column, command in pairs(peers) do add_peer(times, column, command) end
  end
  turns.settle(times)
  return times
end

---@param format string for one number
---@return string as wide when there is none
function turns.cell(format, value)
  local width = math.tointeger(tonumber(format:match("%%(%d+)")))
  if not value then return (" "):rep(width - 1) .. "-" end
  local text = format:format(value)
  return (" "):rep(width - #text) .. text
end

local WIDTH <const> = 9 -- of a cell, unless told otherwise

--- Prints the head of a table: its title, and its columns' names.
---@param title string
---@param columns string[]
---@param width? integer
function turns.head(title, columns, width)
  local cells, format = { ("\n%-34s"):format(title) }, ("%%%ds"):format(width or WIDTH)
  for _, column in ipairs(columns) do cells[#cells + 1] = format:format(column) end
  print(table.concat(cells))
end

--- A number with three digits, at least.
---@param value? number
---@param width? integer
---@return string
function turns.number(value, width)
  local digits = not value and 0 or value >= 100 and 0 or value >= 10 and 1 or 2
  return turns.cell(("%%%d.%df"):format(width or WIDTH, digits), value)
end

return turns
