local t = setmetatable({}, {
  __add = function(a, b) return a.x .. b end,
  __index = function(_, k) error("no field " .. k) end,
})
local module = { apply = function(f, ...) return f(...) end }
function module.run(...) return (module.apply(...)) end
local function tail(...) return module.run(...) end
tail(function(x) return x + 1 end, t)
