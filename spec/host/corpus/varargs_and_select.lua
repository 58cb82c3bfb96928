local function count(...) return select("#", ...) end
print(count(), count(nil), count(nil, nil), (count(1, 2)))
local function pass(...) return ... end
print(pass(1, nil, 3))
print(pass())
print((pass(1, 2)))
print(select(-2, "a", "b", "c"))
print(pcall(select, -5, 1))
local t = { pass(1, 2), pass(3, 4) }
print(#t, t[1], t[2], t[3], #{ ... }, ... == nil)
print((function(a, b, ...) return a, b, select("#", ...) end)(1))
print(table.unpack({ (pass(1, 2)) }))
print(count(table.unpack({}, 1, 250)))
print(#table.pack(table.unpack({}, 1, 10)))
print(string.format("%s %s", pass("x", "y")), ("x"):rep(pass(2, "-")))
local function sum(first, ...) if first then return first + sum(...) end return 0 end
print(sum(1, 2, 3, 4, 5))
print(next({}), type(next), rawequal("a", "a"), rawget({ 5 }, 1), #arg, arg[0])
