local seen
local function line(_, n) seen[#seen + 1] = n end
local function traced(f, ...)
  seen = {}
  debug.sethook(line, "l")
  f(...)
  debug.sethook()
  print(table.concat(seen, " "))
end
traced(function()
  local a = 1
  if a == 2 then
    a = 3
  else
    a = 4
  end
  while a < 6 do a = a + 1 end
  repeat
    a = a - 1
  until a < 3
  for _ = 1, 2 do
    a = a + 1
  end
  for _ in pairs({ 1, 2 }) do a = a end
  goto over
  a = 100
  ::over::
  local t = {
    a,
    f = function()
      return 1
    end,
  }
  return t.f(
    1,
    2
  )
end)
traced(function() for _ = 1, 3 do local _ = 1 end end)
traced(function() local x <close> = setmetatable({}, { __close = function()
  local _ = 1
end })
end)
traced(load("x = 1\n\n\ny = 2\nfor i = 1, 2 do\n x = i end\n", "=chunk", "t", {}))
traced(load(string.dump(load("local x = 1\nx = 2"), true)))
traced(coroutine.wrap(function()
  coroutine.yield()
end))
traced(pcall, error)
traced(function() pcall(function()
  error("x")
end)
end)
debug.sethook(function(_, n)
  seen[#seen + 1] = n
  if #seen == 3 then debug.sethook() end
end, "l")
seen = {}
local _ = 1
_ = 2
_ = 3
_ = 4
print(table.concat(seen, " "), debug.gethook())
