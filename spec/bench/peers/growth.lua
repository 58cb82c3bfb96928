--- Builds a set of random 64-bit integers in one way.
---
---     growth.lua list|ints|table N
---
--- Prints JSON: nanoseconds of processor time and bytes, by the member. One set is built to see its
--- size. Its time counts if it has 300,000 members or more, else the mean time of as many more sets
--- as have 300,000 together. The other growth.* of this folder do the same.
local clock = require("perilune.clock")
local hashset = require("perilune.native.hashset")
local ints = require("perilune.ints")

local ENOUGH <const> = 300000

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

local function mean_seconds(build, integers, builds)
  collectgarbage()
  local start = clock.cpu()
  for _ = 1, builds do build(integers) end
  return (clock.cpu() - start) / builds
end

local way, n = WAYS[arg[1]], assert(math.tointeger(arg[2]))
local integers = way.integers(n)
local bytes, seconds = measure(way.build, integers)
if n < ENOUGH then seconds = mean_seconds(way.build, integers, ENOUGH // n) end
print(('{"nanoseconds": %.3f, "bytes": %.3f}'):format(seconds / n * 1e9, bytes / n))
