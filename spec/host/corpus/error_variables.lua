-- The names that messages give to what was wrong.
local function fails(text, ...)
  print(text, select(2, pcall(assert(load(text, "=c")), ...)))
end
for _, text in ipairs({
  "local a; a.b = 1", "local a = {}; a.b.c = 1", "x.y.z = 1", "local a; a()", "x()", "x.y()", "string.nope()",
  "local a = {}; a:nope()", "local a = {}; a.b:c()", "return a + 1", "local t = {}; return t + 1", "return {} .. 'x'",
  "return 'a' < 1", "return {} < {}", "return nil < 1", "return print < print", "return #5", "return -{}", "return ~{}",
  "return 1.5 | 1", "return '1.5' | 1", "return 'x' | 1", "return 2^63 | 0", "return 1 // 0", "return 1 % 0",
  "return math.tointeger({})", "for i = 1, 10, 0 do end", "for i = 'a', 2 do end", "for i = 1, {} do end", "for i = 1, 2, 'x' do end",
  "local a <close> = 4", "local a <const> = 1; return a.b.c", "return ('x'):rep(-1):nope()", "return (function() end)().x",
  "local up; return (function() return up.x end)()", "local up; return (function() up() end)()", "return ...+1",
  "return ({})[nil].x", "local t = {} t[nil] = 1", "local t = {} t[0/0] = 1", "return rawset({}, nil, 1)", "return next({}, 1)",
  "return setmetatable({}, {__metatable = 1}), setmetatable(setmetatable({}, {__metatable = 1}), {})", "return select(0)",
  "return ('x'):rep(1 << 60)", "return ('x'):rep(1 << 31, 'y')", "return string.char(256)", "return ('%d'):format(1.5)",
  "return ('%d'):format('x')", "return ('%q'):format({})", "return ('%y'):format(1)", "return ('%10.123f'):format(1)",
  "return tostring()", "return tonumber('10', 99)", "return tonumber(10, 10)", "return math.random(2, 1)", "return math.floor('x')",
  "return table.concat({1, {}, 3})", "return table.insert({}, 5, 1)", "return table.insert({}, 1, 2, 3)", "return table.unpack({}, 1, 1e8)",
  "return utf8.char(-1)", "return utf8.codepoint('\\xff')", "return io.open('x', 'zz')", "return io.lines('/no/such')", "return os.time({})",
  "return os.date('%Ez')", "return load(function() return {} end)", "return load('x', 'n', 'q')", "return require('no.such')", "return error()",
  "error('level 0', 0)", "error('level 2', 2)", "error(setmetatable({}, {__tostring = function() return 'T' end}))", "return ipairs()",
  "return rawlen(5)", "return rawequal(1)", "return collectgarbage('nope')", "return setmetatable(1, {})", "return getmetatable()",
  "goto x; local a; ::x:: print(a)", "break", "::a:: ::a::", "return 1,", "local function f() return end end", "x = }", "x = 'a\nb'", "x = [[",
  "--[[", "x = 0x", "x = 1e", "x = '\\400'", "x = '\\u{110000000}'", "x = '\\xZZ'", "x = '\\q'", "local a <const> = 1; a = 2", "local a <foo> = 1",
}) do
  local fn, message = load(text, "=c")
  if fn then fails(text) else print(text, message) end
end
