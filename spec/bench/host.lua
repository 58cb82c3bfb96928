--- Times the program beside lua5.4, and the wrapper beside the program.
---
---     host.lua [--rounds N] [--json FILE]
---
--- Every round runs each piece of work once in each program, in turn, in a process of its own.
--- `work` rows are nanoseconds of processor time an operation, measured by the script itself;
--- `start` rows are milliseconds of wall time for the whole process.
local clock = require("perilune.clock")
local report = require("spec.bench.report")
local statistics = require("perilune.statistics")
local uv = require("luv")

local PROGRAM <const> = uv.exepath()
local SCRIPT <const> = os.tmpname()

local WORK <const> = {
  { "fib(27), a call", 832040, [[
    local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
    fib(27)]] },
  { "a table made and dropped", 1000000, "for _ = 1, 1000000 do local _ = {} end" },
  { "resume and yield", 500000, [[
    local f = coroutine.wrap(function() while true do coroutine.yield() end end)
    for _ = 1, 500000 do f() end]] },
  { "a coroutine made and run", 200000,
    "for _ = 1, 200000 do coroutine.wrap(function() end)() end" },
  { "sort, an item", 200000, [[
    local list = {}
    for i = 1, 200000 do list[i] = i * 7919 % 200003 end
    table.sort(list)]] },
}

local quoted = require("perilune.shell").quoted

local function output_of(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read("a")
end

local function nanoseconds(program, operations, code)
  local file <close> = assert(io.open(SCRIPT, "w"))
  file:write("local start = os.clock() do ", code, "\nend io.write(os.clock() - start)")
  file:close()
  local seconds = tonumber(output_of(quoted(program) .. " " .. SCRIPT))
  return assert(seconds, program .. " failed") / operations * 1e9
end

local function milliseconds(command)
  local start = clock.now()
  assert(os.execute(command))
  return (clock.now() - start) * 1e3
end

--- Runs a pair of measures in turn; the medians, and the median of the ratios a/b.
local function pair(name, unit, rounds, a, b)
  local as, bs, ratios = {}, {}, {}
  for i = 1, rounds do
    as[i], bs[i] = a(), b()
    ratios[i] = as[i] / bs[i]
  end
  return { name = name, unit = unit, ours = statistics.median(as), peer = statistics.median(bs),
    ratio = statistics.median(ratios) }
end

local function compare_work(rounds, rows)
  for _, work in ipairs(WORK) do
    local name, operations, code = table.unpack(work)
    rows[#rows + 1] = pair(name, "ns", rounds,
      function() return nanoseconds(PROGRAM, operations, code) end,
      function() return nanoseconds("lua5.4", operations, code) end)
  end
end

local function compare_starts(rounds, rows)
  local program = quoted(PROGRAM) .. " -e ''"
  rows[#rows + 1] = pair("start, beside lua5.4", "ms", 4 * rounds,
    function() return milliseconds(program) end,
    function() return milliseconds("lua5.4 -e ''") end)
  rows[#rows + 1] = pair("start by ./perilune, beside the program", "ms", 4 * rounds,
    function() return milliseconds("./perilune -e ''") end,
    function() return milliseconds(program) end)
end

local function print_rows(rows)
  print(("%-42s %9s %9s %7s"):format("", "ours", "peer", "ratio"))
  for _, row in ipairs(rows) do
    print(("%-42s %6.1f %s %6.1f %s %6.2fx"):format(row.name, row.ours, row.unit, row.peer,
      row.unit, row.ratio))
  end
end

local function main(options)
  local rows = {}
  compare_work(options.rounds, rows)
  compare_starts(options.rounds, rows)
  os.remove(SCRIPT)
  print_rows(rows)
  report.write(options.json, rows)
end

main(report.options(arg, { rounds = 7 }, "host.lua [--rounds N]"))
