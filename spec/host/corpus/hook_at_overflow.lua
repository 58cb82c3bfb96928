local calls, depth = 0, 0
local function forever()
  depth = depth + 1
  return 1 + forever()
end
debug.sethook(function() calls = calls + 1 end, "c")
local ok, message = pcall(forever)
debug.sethook()
print(ok, message, calls, depth)
local in_hook = 0
debug.sethook(function()
  in_hook = in_hook + 1
  if in_hook == 1000 then forever() end
end, "c")
print(pcall(function() for _ = 1, 2000 do math.abs(1) end end))
debug.sethook()
print(in_hook)
depth, calls = 0, 0
local function nested()
  depth = depth + 1
  return (("x"):gsub("x", nested))
end
debug.sethook(function() calls = calls + 1 end, "cr")
print(pcall(nested))
debug.sethook()
print(depth, calls)
local co = coroutine.create(forever)
debug.sethook(co, function() calls = calls + 1 end, "cr")
calls = 0
print(coroutine.resume(co))
print(calls)
