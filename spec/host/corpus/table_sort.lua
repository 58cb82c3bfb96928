local function sorted(t, less) table.sort(t, less) return table.concat(t, " ") end
print(sorted({ 3, 1, 2 }), sorted({ "b", "a", "C" }), sorted({}), sorted({ 1 }))
print(sorted({ 2.5, 1, -3 }))
print(sorted({ 1, 5, 3, 2, 4 }, function(a, b) return a > b end))
local many = {}
for i = 1, 500 do many[i] = (i * 7919) % 1009 end
table.sort(many)
local ok = true
for i = 2, #many do ok = ok and many[i - 1] <= many[i] end
print(ok, many[1], many[500])
print(pcall(table.sort, { 1, "x", 2 }))
print(pcall(table.sort, { 1, 2, 3, 4, 5 }, function() return true end))
print(pcall(table.sort, { 3, 2, 1 }, function(a) error("compare " .. type(a)) end))
print(pcall(table.sort, { {}, {} }))
print(pcall(table.sort, { 1, 2 }, 5))
print(pcall(table.sort))
print(pcall(table.sort, { 3, 2, 1 }, function() coroutine.yield() end))
print(coroutine.resume(coroutine.create(function()
  table.sort({ 3, 2, 1 }, function() coroutine.yield() end)
end)))
local objects = setmetatable({}, { __lt = function(a, b) return a.k < b.k end })
local list = {}
for i = 1, 5 do list[i] = setmetatable({ k = (i * 3) % 5 }, getmetatable(objects)) end
table.sort(list)
for i = 1, 5 do io.write(list[i].k, " ") end
print()
