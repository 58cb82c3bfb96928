--- Builds a set of random 64-bit integers in one way.
---
---     growth.lua list|ints|table N
---
--- Prints JSON: nanoseconds of processor time and bytes, by the member. Builds one set to see its
--- size; that is also what is timed where there are 5,000,000 members or more. Below, the time is
--- the median of three trials, each of as many builds as make 300,000 members. The other growth.*
--- of this folder do the same.
local clock = require("perilune.clock")
local hashset = require("perilune.native.hashset")
local ints = require("perilune.ints")
local statistics = require("perilune.statistics")

local TRIAL <const> = 300000
local LARGE <const> = 5000000

local function new_table(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

local WAYS <const> = {
  table = { build = new_table, integers = function(n) return ints.random(n):totable() end },
  list = { build = hashset.new, integers = function(n) return ints.random(n):totable() end },
  ints = { build = hashset.new, integers = ints.random },
}

local function measure(build, integers)
  collectgarbage()
  local bytes, start = collectgarbage("count") * 1024, clock.cpu()
  local set <const> = build(integers)
  local seconds = clock.cpu() - start
  collectgarbage()
  return collectgarbage("count") * 1024 - bytes, seconds, set
end

local function trial(build, integers, builds)
  collectgarbage()
  local start = clock.cpu()
  for _ = 1, builds do build(integers) end
  return (clock.cpu() - start) / builds
end

local way, n = WAYS[arg[1]], assert(math.tointeger(arg[2]))
local integers = way.integers(n)
local bytes, seconds = measure(way.build, integers)
if n < LARGE then
  local builds, times = math.max(1, TRIAL // n), {}
  for i = 1, 3 do times[i] = trial(way.build, integers, builds) end
  seconds = statistics.median(times)
end
print(('{"nanoseconds": %.3f, "bytes": %.3f}'):format(seconds / n * 1e9, bytes / n))
