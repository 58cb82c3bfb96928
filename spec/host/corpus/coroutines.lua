local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("again", c)
  local d, e = coroutine.yield(c * 2)
  return d, e, "done"
end)
print(coroutine.status(co), coroutine.resume(co, 1, 2))
print(coroutine.status(co), coroutine.resume(co, 10))
print(coroutine.resume(co, "x", nil))
print(coroutine.status(co), coroutine.resume(co))
print(select(2, coroutine.running()))
print(coroutine.isyieldable(), coroutine.status(coroutine.running()))
print(coroutine.wrap(function()
  return select(2, coroutine.running()), coroutine.isyieldable()
end)())
print(coroutine.wrap(function() return pcall(coroutine.yield, 1) end)())
print(pcall(coroutine.yield, 1))
print(pcall(coroutine.resume, 5))
print(pcall(coroutine.create, 5))
print(pcall(coroutine.wrap))
print(pcall(coroutine.status))
print(coroutine.resume(coroutine.running()))
local self_resume
self_resume = coroutine.create(function() return coroutine.resume(self_resume) end)
print(coroutine.resume(self_resume))
local outer
outer = coroutine.create(function()
  return coroutine.wrap(function() return coroutine.status(outer), coroutine.resume(outer) end)()
end)
print(coroutine.resume(outer))
local dead = coroutine.wrap(function() return 1 end)
print(dead())
print(pcall(dead))
print(pcall(coroutine.wrap(function() error("with position") end)))
print(pcall(coroutine.wrap(function() error("without", 0) end)))
print(pcall(coroutine.wrap(function() error({}) end)) == false)
print(pcall(coroutine.wrap(function() local x = nil; x() end)))
print(pcall(function() coroutine.wrap(function() error("prefixed by wrap's caller") end)() end))
print(coroutine.resume(coroutine.create(function() error() end)))
local passing = coroutine.wrap(function(...)
  local values = table.pack(...)
  while true do values = table.pack(coroutine.yield(table.unpack(values, 1, values.n))) end
end)
print(passing(nil, 1, nil))
print(select("#", passing()))
print(select("#", passing(nil, nil, nil)))
local generate = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
for i in generate do io.write(i, " ") end
print()
local through = coroutine.wrap(function()
  local t = setmetatable({}, {
    __index = function(_, k) return coroutine.yield(k) end,
    __add = function(a, b) return coroutine.yield(type(a) .. type(b)) end,
    __lt = function() return coroutine.yield("lt") end,
    __concat = function() return coroutine.yield("concat") end,
  })
  print(t.key, t + 1, t < t, t .. "x", pcall(coroutine.yield, "pcall"))
  for v in coroutine.yield, "iterator" do return v end
end)
print(through())
for i = 1, 6 do print(through(i)) end
print(coroutine.resume(coroutine.create(function() ("x"):gsub("x", coroutine.yield) end)))
print(coroutine.resume(coroutine.create(function() load(coroutine.yield) end)))
local many = {}
for i = 1, 1000 do many[i] = coroutine.wrap(function() coroutine.yield(i) return -i end) end
local sum = 0
for i = 1, 1000 do sum = sum + many[i]() end
for i = 1, 1000 do sum = sum + many[i]() end
print(sum)
