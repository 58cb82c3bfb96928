-- Where the implementation's limits are, and what it says there.
local function nested(open, middle, close, n) return open:rep(n) .. middle .. close:rep(n) end
local function try(what, text)
  local fn, message = load(text, "=c")
  print(what, fn and "ok" or message)
end
try("parentheses", "return " .. nested("(", "1", ")", 190))
try("parentheses", "return " .. nested("(", "1", ")", 210))
try("tables", "return " .. nested("{", "", "}", 210))
try("blocks", nested("do ", "", " end", 210))
try("functions", nested("return function() ", "", " end", 210))
try("powers", "return " .. ("2^"):rep(250) .. "1")
try("nots", "return " .. ("not "):rep(250) .. "1")
try("concats", "return " .. ("'a'.."):rep(250) .. "1")
local locals = {}
for i = 1, 201 do locals[i] = "a" .. i end
try("locals", "local " .. table.concat(locals, ",", 1, 200))
try("locals", "local " .. table.concat(locals, ","))
local lines = {}
for i = 1, 256 do lines[i] = ("local u%d = %d"):format(i % 190, i) end
try("upvalues", "local " .. table.concat(locals, ",", 1, 190) .. "; return function() local " ..
  ("b"):rep(3) .. " return function() return " .. table.concat(locals, "+", 1, 190) .. " end end")
try("arguments", "return f(" .. ("1,"):rep(260) .. "1)")
try("long chain", "x = a" .. (".b"):rep(5000))
try("constants", "return {" .. ("0.5,"):rep(70000) .. "}")
local strings = {}
for i = 1, 70000 do strings[i] = ("'s%d'"):format(i) end
print(#load("return {" .. table.concat(strings, ",") .. "}")())
print(select("#", table.unpack({}, 1, 5000)), pcall(select, -1))
print(pcall(string.rep, "x", 1 << 62), pcall(string.format, "%99.99f", 1), #string.format("%99.99f", 1))
print(pcall(string.find, "x", ("("):rep(40)))
print(pcall(string.match, ("("):rep(250), ("%b()"):rep(1)), pcall(string.gsub, ("x"):rep(10), "x", "%2"))
local deep = {}
for _ = 1, 250 do deep = setmetatable({}, { __index = deep }) end
print(deep.missing)
local loop = setmetatable({}, {})
getmetatable(loop).__index = loop
print(pcall(function() return loop.x end))
local t = setmetatable({}, { __newindex = function(s, k, v) rawset(s, k, v) end })
t.x = 1
print(t.x, pcall(error), pcall(pcall), pcall(xpcall), pcall(xpcall, print))
