--- The clocks never go back, and a pause is as long as it was to be, whatever interrupts it.
local clock = require("perilune.native.clock")

local before, cpu = clock.now(), clock.cpu()
clock.sleep(0.001)
assert(clock.now() - before >= 0.001 and clock.cpu() >= cpu and clock.children() >= 0)
