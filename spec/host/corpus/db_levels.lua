-- What debug tells of levels, tail calls, varargs, active lines, names and hooks.
local function fields(info, names)
  local out = {}
  for name in names:gmatch("%S+") do out[#out + 1] = name .. "=" .. tostring(info[name]) end
  return table.concat(out, " ")
end
local ALL = "source short_src what currentline linedefined lastlinedefined name namewhat nups nparams isvararg istailcall ftransfer ntransfer"
local function show(level) print(fields(debug.getinfo(level + 1, "nSlutr"), ALL)) end
local function plain(a, b, ...) show(1) return a, b, ... end
local function tail(...) return plain(...) end
plain(1, 2, 3)
tail(1)
local t = { method = function(self) show(1) return self end }
t:method()
t.method(t)
string.gsub("x", ".", function() show(1) show(2) end)
setmetatable(t, { __index = function(_, k) show(1) return k end, __call = function() show(1) end,
  __lt = function() show(1) return true end, __concat = function() show(1) return "" end })
local _ = t.missing, t(), t < t, t .. t
for _ in function(_, i) if not i then show(1) return 1 end end do end
global_function = plain
global_function()
do local c <close> = setmetatable({}, { __close = function() show(1) end }) end
print(fields(debug.getinfo(print, "nSlutr"), ALL))
local lines = {}
for line in pairs(debug.getinfo(tail, "L").activelines) do lines[#lines + 1] = line end
table.sort(lines)
print(table.concat(lines, " "), pcall(debug.getinfo, 1, "X"), pcall(debug.getinfo, 1, ">"))
print(debug.getinfo(100), debug.getinfo(0, "n").name, pcall(debug.getinfo, "x"))
local function varargs(...)
  local a = 1
  local got = {}
  for i = -3, 3 do
    local name, value = debug.getlocal(1, i)
    got[#got + 1] = tostring(name) .. ":" .. tostring(value):gsub("^table.*", "table")
  end
  print(table.concat(got, " "), debug.setlocal(1, -1, "changed"), ...)
  print(debug.setlocal(1, 1, 9), a, debug.setlocal(1, 50, 1))
end
varargs("x", "y")
print(debug.getlocal(varargs, 1), debug.getlocal(plain, 1), debug.getlocal(plain, 3))
print(pcall(debug.getlocal, 100, 1), pcall(debug.setlocal, 100, 1, 1))
