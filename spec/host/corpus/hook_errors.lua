print(pcall(function()
  debug.sethook(function() error("from the hook") end, "", 1000)
  while true do end
end))
print(select(2, debug.gethook()))
debug.sethook()
print(pcall(function()
  debug.sethook(function(event) debug.sethook() error({ event }) end, "c")
  print("not reached")
end) == false)
print(xpcall(function()
  debug.sethook(function() debug.sethook() error("traced") end, "", 1)
  local _ = 1
end, debug.traceback))
local times = 0
local function spin()
  for _ = 1, 1000 do local _ = 1 end
  return "finished"
end
debug.sethook(function()
  times = times + 1
  if times < 4 then error("again " .. times, 0) end
  debug.sethook()
end, "", 100)
for _ = 1, 4 do print(pcall(spin)) end
print(times, debug.gethook())
print(pcall(function()
  debug.sethook(function() debug.sethook() coroutine.yield() end, "l")
  local _ = 1
end))
print(coroutine.resume(coroutine.create(function()
  debug.sethook(function() debug.sethook() coroutine.yield("from a hook") end, "l")
  local _ = 1
  return "end"
end)))
debug.sethook()
debug.sethook(function(event) debug.sethook() print(event, debug.traceback("in the hook")) end, "c")
math.abs(1)
debug.sethook(function() debug.sethook() print(debug.traceback("in a line hook")) end, "l")
local _ = 1
local nested = 0
debug.sethook(function() nested = nested + 1 math.abs(1) return tostring(1) end, "c")
math.abs(1)
debug.sethook()
print("hooks do not nest", nested)
debug.sethook(function()
  debug.sethook()
  local info = debug.getinfo(1, "nS")
  print(info.name, info.namewhat, info.what)
end, "l")
_ = 2
debug.sethook(function()
  debug.sethook()
  collectgarbage()
  print("collected in a hook")
end, "l")
_ = 3
print(debug.gethook())
