-- Yields across pcall, metamethods, iterators and to-be-closed variables.
local yield = coroutine.yield
local mt = {}
for _, name in ipairs({ "__add", "__concat", "__eq", "__lt", "__le", "__index", "__call", "__len",
  "__unm", "__band", "__idiv", "__close" }) do
  mt[name] = function(...) return yield(name, select("#", ...)) end
end
mt.__newindex = function(_, k, v) yield("__newindex", k, v) end
local function new() return setmetatable({}, mt) end
local function body()
  local a, b = new(), new()
  local list = { a + 1, a .. "x", a == b, a < b, a <= b, a.key, a(1, 2), #a, -a, a & 1, a // 2 }
  a.k = "v"
  do local _ <close> = new() end
  for k, v in (function() return yield("iterator") end) do list[#list + 1] = k + v break end
  print(pcall(function() return yield("pcall"), error("after") end))
  print(xpcall(function() yield("xpcall") error({}) end, function() return "handled" end))
  print(select("#", table.unpack(list, 1, 12)), table.concat(list, " ", 6, 6))
  return "done"
end
local co = coroutine.create(body)
local answer
for i = 1, 40 do
  local got = table.pack(coroutine.resume(co, answer, 2))
  print(i, table.unpack(got, 1, got.n))
  if coroutine.status(co) == "dead" then break end
  answer = i
end
print(pcall(table.sort, { 3, 1, 2 }, function() return coroutine.yield() end))
print(coroutine.resume(coroutine.create(function()
  return ("abc"):gsub(".", function() coroutine.yield() end)
end)))
print(coroutine.resume(coroutine.create(function()
  for _ in pairs(setmetatable({}, { __pairs = function() return coroutine.yield("in pairs") end })) do end
end)))
