--- Very many calls under the profiler, in coroutines, through errors and tail calls:
---
---     perilune spec/profiler/soak.lua [CALLS]
---
--- After the first tenth neither memory nor descriptors may grow. Exits with 1 when they do.
package.path = "./?.lua;" .. package.path
local levels = require("spec.torture.levels")
local profiler = require("perilune.profiler")

local CALLS <const> = math.tointeger(arg[1] or 1000000000)

local function leaf(n) return n end
local function tail(n) return leaf(n) end

-- Some 1,000 calls.
local function work()
  for i = 1, 240 do
    leaf(i)
    tail(i)
    math.abs(i)
  end
  local co = coroutine.wrap(function()
    for i = 1, 10 do coroutine.yield(i) end
    return pcall(error, "caught")
  end)
  for _ = 1, 11 do co() end
end

local function repeated(times)
  for _ = 1, times do work() end
end

local held = levels.new()
assert(profiler.start())
for _, tenths in ipairs({ 1, 4, 5 }) do
  repeated(CALLS // 10000 * tenths)
  held:note()
end
local profile = profiler.stop()
local calls = 0
for _, row in ipairs(profile:stats()) do calls = calls + row.calls end
print(calls .. " calls recorded")
assert(held:report())
assert(calls > CALLS // 2, "calls were lost")
