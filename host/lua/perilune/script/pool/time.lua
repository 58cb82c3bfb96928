--- Clocks of a script pool, in seconds: perilune.clock's, or where that is not built Lua's own.

local time = {}

local ok, clock = pcall(require, "perilune.clock")

---@type fun(): number
time.now = ok and clock.now or os.clock

---@type fun(): number of processor time
time.cpu = ok and clock.cpu or os.clock

return time
