--- Pieces of work, each in a process of its own that prints its figures as JSON, in turn.
local json = require("dkjson")
local statistics = require("perilune.statistics")

local processes = {}

---@class ProcessPiece
---@field section string
---@field row string
---@field column string
---@field command string what the shell is told
---@field peer boolean? it may crash, ours may not

---@class ProcessGroup
---@field pieces ProcessPiece[]
---@field rounds integer

--- By section, row, column and name.
---@alias ProcessFigures table<string, table<string, table<string, table<string, any>>>>

--- What a shell command prints, or nil where it fails.
---@param command string
---@return string? line the first one
function processes.line(command)
  local pipe <close> = assert(io.popen(command .. " 2>/dev/null"))
  return pipe:read("l")
end

-- The figures of one piece, or how its process ended.
local function measure(piece)
  local pipe = assert(io.popen(piece.command .. (piece.peer and " 2>/dev/null" or "")))
  local output = pipe:read("a")
  local ok, how, code = pipe:close()
  if ok then return json.decode(output) end
  assert(piece.peer, piece.command)
  return { crashed = how .. " " .. code }
end

local function put(figures, piece, measured)
  local section = figures[piece.section] or {}
  local row = section[piece.row] or {}
  local cell = row[piece.column] or {}
  figures[piece.section], section[piece.row], row[piece.column] = section, row, cell
  for name, value in pairs(measured) do
    cell[name] = cell[name] or {}
    table.insert(cell[name], value)
  end
end

--- Lists of what each round has measured. A group that has done its rounds rests.
---@param groups ProcessGroup[]
---@param rounds integer the most of a group
---@return ProcessFigures
function processes.run(groups, rounds)
  local figures = {}
  for round = 1, rounds do
    for _, group in ipairs(groups) do
      for _, piece in ipairs(round <= group.rounds and group.pieces or {}) do
        put(figures, piece, measure(piece))
      end
    end
  end
  return figures
end

--- Puts medians in the lists' places.
---@param figures ProcessFigures
function processes.settle(figures)
  for _, section in pairs(figures) do
    for _, row in pairs(section) do
      for _, cell in pairs(row) do
        for name, values in pairs(cell) do
          cell[name] = name == "crashed" and values[1] or statistics.median(values)
        end
      end
    end
  end
end

return processes
