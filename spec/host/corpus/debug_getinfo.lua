local function keys(t)
  local list = {}
  for k, v in pairs(t) do
    local plain = type(v) ~= "table" and type(v) ~= "function"
    list[#list + 1] = k .. "=" .. (plain and tostring(v) or type(v))
  end
  table.sort(list)
  return table.concat(list, " ")
end
local function f(a, b, ...) -- luacheck: ignore
  local c = a
  print(keys(debug.getinfo(1)))
  return c, b
end
f(1, 2)
print(keys(debug.getinfo(f, "SlnrutL")))
print(keys(debug.getinfo(print)))
print(keys(debug.getinfo(1, "S")))
print(debug.getinfo(99))
print(pcall(debug.getinfo, 1, "X"))
print(pcall(debug.getinfo, 1, ">S"))
print(pcall(debug.getinfo, "x"))
print(pcall(debug.getinfo))
print(keys(debug.getinfo(2) or {}), keys(debug.getinfo(3) or { none = true }))
print(pcall(debug.getinfo, coroutine.create(f), 0))
local lines = {}
for line in pairs(debug.getinfo(f, "L").activelines) do lines[#lines + 1] = line end
table.sort(lines)
print(table.concat(lines, " "))
local function tail() return keys(debug.getinfo(1, "tn")) end
local function tail_caller() return tail() end
print((tail_caller()))
local co = coroutine.create(function(x) local y = x; coroutine.yield(y) end)
coroutine.resume(co, 5)
print(keys(debug.getinfo(co, 0, "nSl")), keys(debug.getinfo(co, 1, "nSlu")), debug.getinfo(co, 2))
print(debug.getlocal(co, 1, 1))
print(debug.getlocal(co, 1, 2))
print(debug.setlocal(co, 1, 2, 9), debug.getlocal(co, 1, 2))
local ok = pcall(function()
  for level = 0, 5 do
    local info = debug.getinfo(level, "nSt")
    if not info then break end
    print(level, info.name, info.namewhat, info.what, info.short_src, info.istailcall)
  end
end)
print(ok)
local o = setmetatable({}, { __index = function() return keys(debug.getinfo(1, "n")) end })
print(o.x)
for v in function(_, c) if not c then return keys(debug.getinfo(1, "n")) end end do print(v) end
