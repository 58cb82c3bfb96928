--- Clocks, in seconds, and sleep. The difference of two readings of one clock is
--- a time; a reading alone means nothing.
local native = require("perilune.native.clock")

local clock = {}

--- The wall clock: it never goes back, and stands still while the machine is
--- suspended (CLOCK_MONOTONIC). Its steps are nanoseconds.
---@type fun(): seconds: number
clock.now = native.now

--- The processor time of this process, all its threads together, in the kernel
--- and outside. A busy machine hardly changes it: compare programs by it.
---@type fun(): seconds: number
clock.cpu = native.cpu

--- The processor time of the children of this process that have ended and were
--- waited for, with their own children. Its steps are microseconds.
---@type fun(): seconds: number
clock.children = native.children

--- The processor time of this process and of those children together.
---@return number seconds
function clock.total()
  return native.cpu() + native.children()
end

--- Blocks the whole process; a signal that arrives meanwhile does not shorten it.
--- A negative number, or NaN, is an error.
---@type fun(seconds: number)
clock.sleep = native.sleep

return clock
