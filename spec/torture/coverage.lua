--- Which lines and branches of our C run in the coverage build, room by room: under the specs, and
--- while allocations and calls fail.

local gcov = require("spec.torture.gcov")
local rooms = require("spec.torture.rooms")
local rounds = require("spec.torture.rounds")
local shell = require("spec.torture.shell")
local sweeps = require("spec.faults.sweeps")

local BUILD <const> = "build/coverage"
-- What is long or needs another user's rights is left out, as under sanitizers.
local TEST <const> = "PERILUNE_SANITIZE=coverage %s/perilune test --exclude-tags=course %s"
local CORES <const> = "spec/contract spec/native spec/fetch spec/fuzz spec/host/heap_pool_spec.lua"
  .. " spec/profiler/pool_spec.lua"
local HOST <const> = " spec/host spec/profiler spec/cli/run_spec.lua"
local LONG <const> = 180 -- seconds from which on the host's specs run as well

local function step(round) return round < 4 and 64 >> (2 * round) or nil end
local function most(round) return 1 << (round - 1) end

-- The specs in any case; failures of allocations and calls in rounds, for a quarter of the time.
local function exercise(seconds)
  local ok, output = shell.run(TEST:format(BUILD, CORES .. (seconds >= LONG and HOST or "")))
  rounds("oom", sweeps.allocations, step, seconds / 4, BUILD)
  rounds("calls", sweeps.calls, most, seconds / 4, BUILD)
  return ok, output
end

-- What is in a sandbox cannot write down what it has run.
local function shown(seconds)
  return function(room)
    return room:find("^native") or seconds >= LONG and room ~= "host, sandbox"
  end
end

local function run(seconds, rows)
  gcov.forget(BUILD)
  local ok, output = exercise(seconds)
  rooms(BUILD, rows, shown(seconds))
  if not ok then rows[#rows + 1] = { what = "specs, covered", figure = "", output = output } end
end

return { name = "coverage", share = 0.3, builds = { "coverage" }, run = run }
