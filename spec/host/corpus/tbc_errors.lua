-- To-be-closed variables: which error survives, in which order, out of loops and calls.
local function closer(name, fails)
  return setmetatable({}, { __close = function(_, e)
    print("close", name, e)
    if fails then error(name, 0) end
  end })
end
print(pcall(function()
  local a <close> = closer("a", true)
  local b <close> = closer("b")
  local c <close> = closer("c", true)
  error("body", 0)
end))
print(pcall(function()
  for i in function(_, i) i = (i or 0) + 1 return i < 4 and i or nil end, nil, nil, closer("loop") do
    local x <close> = closer("x" .. i)
    if i == 2 then break end
  end
  local n <close> = nil
  local f <close> = false
end))
local function returns()
  local a <close> = closer("r")
  return 1, 2, 3
end
print(returns())
local function tail()
  local a <close> = closer("t")
  return returns()
end
print((tail()))
do
  local i = 0
  ::top::
  local a <close> = closer("goto" .. i)
  i = i + 1
  if i < 3 then goto top end
end
print(pcall(function() local a <close> = {} end))
print(pcall(load, "local a <close>, b <close> = 1"))
print(load("local a <close>, b <close> = 1"))
local changed = closer("changed")
print(pcall(function() local a <close> = changed getmetatable(a).__close = nil end))
print(xpcall(function() local a <close> = closer("handled", true) error("first", 0) end, function(m) return "h:" .. m end))
local co = coroutine.wrap(function()
  local a <close> = setmetatable({}, { __close = function() coroutine.yield("in close") end })
  return "result"
end)
print(co())
print(co())
print(pcall(string.gsub, "x", ".", function() local a <close> = closer("in C", true) end))
