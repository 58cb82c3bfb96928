local function closer(name, raise)
  return setmetatable({}, {
    __close = function(_, e)
      print("close " .. name, e)
      if raise then error(name .. " failed", 0) end
    end,
  })
end
do
  local a <close> = closer("a")
  local b <close> = closer("b")
  local c <const> = 3
  local n <close> = nil
  local f <close> = false
  print("body", c, n, f, a ~= b)
end
print(pcall(function()
  local _ <close> = closer("outer", true)
  local _ <close> = closer("inner", true)
  error("original", 0)
end))
local function returns()
  local _ <close> = closer("after return values")
  return print("evaluated"), 1, 2
end
print(returns())
for i = 1, 3 do
  local _ <close> = closer("loop " .. i)
  if i == 2 then break end
end
local function iterate()
  return function(_, i) if i < 2 then return i + 1 end end, nil, 0, closer("iterator")
end
for i in iterate() do print(i) end
for i in iterate() do print(i) break end
print(pcall(function() for _ in iterate() do error("in loop", 0) end end))
do
  local n = 0
  ::again::
  local _ <close> = closer("goto " .. n)
  n = n + 1
  if n < 3 then goto again end
end
local co = coroutine.wrap(function()
  local _ <close> = closer("coroutine")
  coroutine.yield("yielded")
  return "returned"
end)
print(co())
print(co())
local yields = coroutine.wrap(function()
  local function close() print(coroutine.yield("from close")) end
  local _ <close> = setmetatable({}, { __close = close })
  return "end"
end)
print(yields())
print(yields("resumed"))
print(pcall(function() local _ <close> = {} end))
print(pcall(function() local _ <close> = setmetatable({}, { __close = 5 }) end))
print(pcall(function()
  local x <close> = closer("changed")
  getmetatable(x).__close = nil
end))
