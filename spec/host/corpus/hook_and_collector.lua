local calls, finalised = 0, 0
debug.sethook(function() calls = calls + 1 end, "c")
local function leaf() end
for _ = 1, 10 do
  setmetatable({}, { __gc = function() finalised = finalised + 1 leaf() end })
end
local before = calls
collectgarbage()
local during = calls - before
debug.sethook()
print(finalised, during)
local weak = setmetatable({}, { __mode = "k" })
local co = coroutine.create(function() end)
weak[co] = true
debug.sethook(co, leaf, "l")
co = nil
collectgarbage()
print("a hook keeps no thread alive", next(weak))
do
  local big = {}
  local hook = function() return big end
  weak[hook] = true
  debug.sethook(hook, "c")
end
debug.sethook()
collectgarbage()
print("a removed hook is garbage", next(weak))
