local function show(event)
  local info = debug.getinfo(2, "rnS")
  local values = {}
  for i = info.ftransfer, info.ftransfer + info.ntransfer - 1 do
    local _, v = debug.getlocal(2, i)
    values[#values + 1] = tostring(v)
  end
  print(event, info.what, info.name, info.ftransfer, info.ntransfer, table.concat(values, ","))
end
local function f(a, b, ...) return b, a, ... end
local function g(...) return f(...) end
local floor = math.floor
local sethook = debug.sethook
sethook(show, "cr")
f(1, 2, 3)
g("x", "y")
floor(2.5)
coroutine.wrap(f)(7, 8)
sethook()
print(debug.getinfo(1, "r").ftransfer, debug.getinfo(1, "r").ntransfer)
