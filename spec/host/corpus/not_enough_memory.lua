local TOO_MUCH <const> = 1 << 47
local function greedy() return io.open("/dev/zero"):read(TOO_MUCH) end
print(pcall(greedy))
print(coroutine.resume(coroutine.create(greedy)))
print(xpcall(greedy, function(message) return "handled: " .. message end))
print(pcall(string.rep, "x", TOO_MUCH))
print(collectgarbage("count") < 1 << 20)
local out <close> = setmetatable({}, { __close = function(_, e) print("closed with", e) end })
greedy()
