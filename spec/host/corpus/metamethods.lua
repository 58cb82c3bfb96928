local log = {}
local mt = {}
for _, event in ipairs({
  "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv",
  "band", "bor", "bxor", "shl", "shr", "bnot", "concat",
}) do
  mt["__" .. event] = function(a, b)
    log[#log + 1] = event .. "(" .. type(a) .. "," .. type(b) .. ")"
    return event
  end
end
local a = setmetatable({}, mt)
print(a + 1, 1 - a, a * a, a / 2, a % 2, a ^ 2, -a, a // 1, a & 1, 1 | a, a ~ a, a << 1, 1 >> a)
print(~a, a .. "x", 1 .. a)
print(table.concat(log, " "))
mt.__eq = function() return 1 end
mt.__lt = function() return nil end
mt.__le = function() return "yes" end
local b = setmetatable({}, mt)
print(a == b, a ~= b, a < b, a <= b, a > b, a >= b, a == 1, rawequal(a, b))
mt.__len = function() return "length" end
mt.__call = function(self, ...) return self == a, ... end
print(#a, a(1, 2))
mt.__index = { inherited = "value" }
mt.__newindex = function(t, k, v) rawset(t, k, v .. "!") end
a.new = "x"
print(a.inherited, a.new, rawget(a, "inherited"), rawlen(a))
mt.__pairs = function(t) return function(_, k) if not k then return 1, "paired" end end, t, nil end
for k, v in pairs(a) do print(k, v) end
mt.__metatable = "hidden"
print(getmetatable(a), pcall(setmetatable, a, nil))
mt.__name = "Thing"
print(tostring(a):match("^Thing: ") ~= nil)
mt.__tostring = function() return "a thing" end
print(a, "" .. tostring(a))
mt.__concat = function(x, y) return tostring(x) .. "&" .. tostring(y) end
print(a .. b .. "c" .. 1, 1 .. 2 .. a)
local doubled = setmetatable({}, { __index = function(_, k) return k .. k end })
print(setmetatable({}, { __index = doubled }).ab)
local weak = setmetatable({}, { __mode = "k" })
weak[{}] = 1
collectgarbage()
print(next(weak))
local ephemeron = setmetatable({}, { __mode = "k" })
do local key = {} ephemeron[key] = { key } end
collectgarbage()
print(next(ephemeron))
local hostile = setmetatable({}, {
  __lt = function() error("compared", 0) end,
  __index = function() return coroutine.yield() end,
})
print(pcall(function() return {} < hostile end))
print(pcall(function() return hostile.x end))
debug.setmetatable(nil, { __index = function(_, k) return "nil." .. k end })
local nothing
print(nothing.field, pcall(function() return nothing() end))
debug.setmetatable(nil, nil)
debug.setmetatable(1, {
  __call = function(n, m) return n * m end,
  __len = function(n) return n end,
})
print((5)(6), #7)
debug.setmetatable(1, nil)
debug.setmetatable(print, { __index = { name = "function" } })
print(print.name, math.floor.name)
debug.setmetatable(print, nil)
