local log = {}
local function tracer(name)
  return function(event, line) log[#log + 1] = name .. ":" .. event .. ":" .. tostring(line) end
end
local function show()
  print(#log, table.concat(log, " "))
  log = {}
end
local function generator(n)
  for i = 1, n do coroutine.yield(i) end
end
local one, two = coroutine.create(generator), coroutine.create(generator)
debug.sethook(one, tracer("one"), "crl")
debug.sethook(two, tracer("two"), "", 3)
debug.sethook(tracer("main"), "r")
for _ = 1, 3 do
  coroutine.resume(one, 2)
  coroutine.resume(two, 2)
end
debug.sethook()
show()
print(debug.gethook(one) ~= nil, select(2, debug.gethook(one)))
print(debug.gethook(two) ~= nil, select(3, debug.gethook(two)))
local switching
switching = coroutine.create(function()
  debug.sethook(tracer("first"), "c")
  math.abs(1)
  coroutine.yield()
  math.abs(1)
  debug.sethook(tracer("second"), "l")
  coroutine.yield()
  local _ = 1
end)
for _ = 1, 3 do
  coroutine.resume(switching)
  show()
end
local failing = coroutine.wrap(function()
  debug.sethook(tracer("failing"), "r")
  local _ <close> = setmetatable({}, { __close = function() log[#log + 1] = "closing" end })
  error("E")
end)
print(pcall(failing))
show()
local closed = coroutine.create(function()
  local _ <close> = setmetatable({}, { __close = function() log[#log + 1] = "closing" end })
  coroutine.yield()
end)
debug.sethook(closed, tracer("closed"), "crl")
coroutine.resume(closed)
print(coroutine.close(closed))
show()
local outer = coroutine.wrap(function()
  debug.sethook(tracer("outer"), "", 4)
  local inner = coroutine.wrap(function()
    for i = 1, 20 do if i % 5 == 0 then coroutine.yield(i) end end
  end)
  for v in inner do log[#log + 1] = tostring(v) end
  return debug.gethook()
end)
print(select(2, outer()))
show()
for count = 1, 12 do
  local hits = 0
  local co = coroutine.create(generator)
  debug.sethook(co, function() hits = hits + 1 end, "", count)
  while coroutine.status(co) ~= "dead" do coroutine.resume(co, 10) end
  io.write(hits, " ")
end
print()
for count = 1, 12 do
  local hits = 0
  debug.sethook(function() hits = hits + 1 end, "", count)
  for v in coroutine.wrap(function() generator(10) end) do local _ = v end
  debug.sethook()
  io.write(hits, " ")
end
print()
