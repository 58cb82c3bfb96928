--- The time and the memory that a set of random integers takes, by the member, as it grows: of
--- perilune.hashset, from a list and from perilune.ints, beside a Lua table, Python's set and
--- Node's Set.
---
---     growth.lua [--largest N] [--json FILE]
---
--- Every set is built in a process of its own, one after the other; below 5,000,000 members there
--- are three rounds, and the table has medians. 50,000,000 members, the largest by default, take
--- some 5 GB for a while. Sizes are dense from 100,000 to 1,000,000, to show how tables double.
local json = require("dkjson")
local report = require("spec.bench.report")
local statistics = require("perilune.statistics")
local uv = require("luv")

local PEERS <const> = "spec/bench/peers/growth."
local OURS <const> = ("'%s' %slua "):format(uv.exepath():gsub("'", "'\\''"), PEERS)
local WAYS <const> = {
  { name = "native", command = OURS .. "list" },
  { name = "ints", command = OURS .. "ints" },
  { name = "table", command = OURS .. "table" },
  { name = "python", command = "python3 " .. PEERS .. "py", needs = "python3" },
  {
    name = "node", command = "node --expose-gc " .. PEERS .. "mjs", needs = "node",
    most = 1 << 24, -- members of a Set
  },
}
local DENSE <const> = 16
local ROUNDS <const>, LARGE <const> = 3, 5000000

local function sizes(largest)
  local all = { 1000, 2000, 5000, 10000, 20000, 50000 }
  for i = 0, DENSE do all[#all + 1] = math.floor(1e5 * 10 ^ (i / DENSE) + 0.5) end
  for _, size in ipairs { 2e6, 3e6, 5e6, 10e6, 16e6, 20e6, 50e6 } do
    all[#all + 1] = math.tointeger(size)
  end
  while all[#all] and all[#all] > largest do all[#all] = nil end
  return all
end

local function present(way)
  return not way.needs or os.execute(way.needs .. " --version >/dev/null 2>&1")
end

local function measure(way, n)
  local pipe = assert(io.popen(("%s %d"):format(way.command, n)))
  local output = pipe:read("a")
  assert(pipe:close(), way.command .. " failed")
  return json.decode(output)
end

local function medians(rounds)
  local figures = {}
  for name in pairs(rounds[1]) do
    local values = {}
    for i, round in ipairs(rounds) do values[i] = round[name] end
    figures[name] = statistics.median(values)
  end
  return figures
end

local function add_round(rows, ways, largest)
  for _, row in ipairs(rows) do
    for _, way in ipairs(ways) do
      if row.size <= math.min(largest, way.most or largest) then
        local rounds = row[way.name] or {}
        rounds[#rounds + 1] = measure(way, row.size)
        row[way.name] = rounds
      end
    end
  end
end

local function measure_all(ways, largest)
  local rows = {}
  for i, size in ipairs(sizes(largest)) do rows[i] = { size = size } end
  add_round(rows, ways, largest)
  for _ = 2, ROUNDS do add_round(rows, ways, LARGE - 1) end
  for _, row in ipairs(rows) do
    for _, way in ipairs(ways) do row[way.name] = row[way.name] and medians(row[way.name]) end
  end
  return rows
end

local function row_text(row)
  local text = ("%9d"):format(row.size)
  for _, figure in ipairs { "nanoseconds", "bytes" } do
    for _, way in ipairs(WAYS) do
      local measured = row[way.name]
      text = text .. (measured and ("%8.1f"):format(measured[figure]) or ("%8s"):format("-"))
    end
  end
  return text
end

local function head_text()
  local text = ""
  for _, way in ipairs(WAYS) do text = text .. ("%8s"):format(way.name) end
  local top = ("%9s  %-40s%s\n"):format("", "ns a member", "bytes a member")
  return top .. ("%9s%s%s"):format("members", text, text)
end

local function main(options)
  local ways = {}
  for _, way in ipairs(WAYS) do ways[#ways + 1] = present(way) and way or nil end
  local rows = measure_all(ways, options.largest)
  print(head_text())
  for _, row in ipairs(rows) do print(row_text(row)) end
  report.write(options.json, { sizes = rows })
end

main(report.options(arg, { largest = 50000000 }, "growth.lua [--largest N]"))
