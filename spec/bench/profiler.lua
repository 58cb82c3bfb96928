--- Times the profiler beside Python's cProfile and beside a hook that does nothing.
---
---     profiler.lua [--rounds N] [--json FILE]
---
--- A round runs a piece of work bare, recorded, and bare again: the difference to the mean of the
--- two is what recording adds. The table has medians over the rounds, in processor time. Changes of
--- the machine's speed within a round make single ones wild; more rounds make the medians firm.
local burner = require("spec.bench.burner")
local clock = require("perilune.clock")
local profiler = require("perilune.profiler")
local programs = require("spec.bench.programs")
local report = require("spec.bench.report")
local statistics = require("perilune.statistics")

local PEER <const> = "spec/bench/peers/profiler.py"

local function identity(x) return x end

local function call_lua(n)
  for i = 1, n do identity(i) end
end

local nothing = burner.nothing

local function call_c(n)
  for _ = 1, n do nothing() end
end

local function in_coroutine(n)
  return coroutine.wrap(programs.fib)(n)
end

local CALLS <const> = 200000
local WORK <const> = {
  { name = "a Lua call", run = call_lua, argument = CALLS, calls = CALLS, peer = "lua" },
  { name = "a C call", run = call_c, argument = CALLS, calls = CALLS, peer = "c" },
  { name = "fib(30)", run = programs.fib, argument = 30, calls = 2692537, peer = "fib" },
  { name = "mixed", run = programs.mixed, calls = 135858 },
  { name = "coroutines", run = programs.coroutines },
}

local WAYS <const> = {
  ours = {
    start = function() profiler.start() end,
    stop = function() return profiler.stop() end,
  },
  empty = {
    start = function() burner.hook("cr") end,
    stop = function() burner.hook("") end,
  },
  timer = { -- 1,000 signals a second that do nothing
    start = function() burner.tick(0.001) end,
    stop = function() burner.tick() end,
  },
  lines = {
    start = function() profiler.start { mode = "lines" } end,
    stop = function() return profiler.stop() end,
  },
  memory = {
    start = function() profiler.start { mode = "memory" } end,
    stop = function() return profiler.stop() end,
  },
  samples = {
    start = function() profiler.start { mode = "sample" } end,
    stop = function() return profiler.stop() end,
  },
}

local function timed(work)
  collectgarbage()
  local start = clock.cpu()
  work.run(work.argument)
  return clock.cpu() - start
end

-- Seconds of one run that is recorded, and the profile.
local function recorded(work, way)
  collectgarbage()
  way.start()
  local start = clock.cpu()
  work.run(work.argument)
  local taken = clock.cpu() - start
  return taken, way.stop()
end

--- Medians over rounds of what a way adds: seconds, and as a ratio.
local function compare(work, way, rounds)
  local added, ratios = {}, {}
  for i = 1, rounds do
    local before = timed(work)
    local taken = recorded(work, way)
    local bare = (before + timed(work)) / 2
    added[i], ratios[i] = taken - bare, taken / bare
  end
  return statistics.median(added), statistics.median(ratios)
end

local function accounted_seconds(profile)
  local total = 0
  for _, row in ipairs(profile:stats()) do total = total + row.self - (row.wait or 0) end
  return total
end

--- The work that a profile accounts for, over the time that it takes alone.
local function account(work, way, rounds)
  local ratios = {}
  for i = 1, rounds do
    local before = timed(work)
    local _, profile = recorded(work, way)
    local bare = (before + timed(work)) / 2
    ratios[i] = accounted_seconds(profile) / bare
  end
  return statistics.median(ratios)
end

--- Samples taken in a second.
local function sample_rate(work)
  profiler.start { mode = "sample" }
  for _ = 1, 3 do work.run(work.argument) end
  local profile = profiler.stop()
  return profile.samples / profile.duration
end

local function run_python(rounds)
  local pipe <close> = assert(io.popen(("python3 %s %d 2>/dev/null"):format(PEER, rounds)))
  return require("dkjson").decode(pipe:read("a")) or {}
end

local function measure_exact(work, rounds)
  local row = { name = work.name, peer = work.peer }
  local empty
  row.added, row.ratio = compare(work, WAYS.ours, rounds)
  empty, row.empty_ratio = compare(work, WAYS.empty, rounds)
  if work.calls then
    row.added, row.empty = row.added / work.calls * 1e9, empty / work.calls * 1e9
  else
    row.added = nil
  end
  row.accounted = account(work, WAYS.ours, rounds)
  return row
end

-- Long enough for what a profile costs once, at its first samples, to be nothing.
local function eight_times(work)
  return { name = work.name, run = function(n) for _ = 1, 8 do work.run(n) end end,
    argument = work.argument }
end

local function measure_modes(rounds)
  local rows = {}
  for _, name in ipairs({ "timer", "samples", "lines", "memory" }) do
    for _, work in ipairs({ WORK[3], WORK[4],
      { name = "fib(30) in a coroutine", run = in_coroutine, argument = 30 } }) do
      local few = name == "memory" and rounds or rounds // 2 + 1
      if name == "samples" or name == "timer" then work = eight_times(work) end
      local row = { mode = name, name = work.name }
      row.added, row.ratio = compare(work, WAYS[name], few)
      row.accounted = name ~= "timer" and account(work, WAYS[name], few // 2 + 1) or nil
      row.rate = name == "samples" and sample_rate(work) or nil
      rows[#rows + 1] = row
    end
  end
  return rows
end

local function cell(value, format) return value and format:format(value) or ("%10s"):format("-") end

local function print_exact(rows)
  print(("%-13s%10s%10s%10s%10s%10s%10s%10s%10s%10s"):format("every call", "ours", "hook",
    "cProfile", "cP/ours", "ours", "hook", "cProfile", "accounted", "cProfile"))
  for _, row in ipairs(rows) do
    local peer = row.cprofile or {}
    print(("%-13s"):format(row.name) .. cell(row.added, "%7.1f ns") .. cell(row.empty, "%7.1f ns")
      .. cell(peer.added, "%7.1f ns") .. cell(row.added and peer.added and peer.added / row.added,
        "%9.1fx") .. cell(row.ratio, "%9.2fx") .. cell(row.empty_ratio, "%9.2fx")
      .. cell(peer.ratio, "%9.2fx") .. cell(row.accounted, "%9.2fx")
      .. cell(peer.accounted, "%9.2fx"))
  end
end

local function print_modes(rows)
  print(("\n%-10s%-24s%10s%11s%12s"):format("mode", "", "ratio", "accounted", "samples/s"))
  for _, row in ipairs(rows) do
    print(("%-10s%-24s"):format(row.mode, row.name) .. cell(row.ratio, "%9.3fx")
      .. cell(row.accounted, " %9.2fx") .. cell(row.rate, " %11.0f"))
  end
end

local function main(options)
  local python = run_python(options.rounds)
  local exact = {}
  for i, work in ipairs(WORK) do
    exact[i] = measure_exact(work, options.rounds)
    exact[i].cprofile = python[work.peer]
  end
  local modes = measure_modes(options.rounds)
  print_exact(exact)
  print_modes(modes)
  report.write(options.json, { rounds = options.rounds, exact = exact, modes = modes })
end

main(report.options(arg, { rounds = 15 }, "profiler.lua [--rounds N]"))
