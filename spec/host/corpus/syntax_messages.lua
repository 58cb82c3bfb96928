for _, source in ipairs({
  "x =", "x = = 1", "for", "if x then", "local function", "return return",
  "x = 'unclosed", "x = [[unclosed", "--[[ unclosed", "x = \"a\nb\"", "x = '\\q'",
  "x = '\\300'", "x = '\\xZZ'", "x = '\\u{zz}'", "x = 1..2", "x = 0x", "x = 3x", "x = 1e",
  "goto nowhere", "::a:: ::a::", "break", "do goto l; local x; ::l:: print(x) end",
  "local x <const> = 1; x = 2", "local x <odd> = 1", "local a <close>, b <close> = 1, 2",
  "f() = 1", "a.b:c = 1", "(a) = 1 + ", "return ... ; x", "function f() return ... end",
  "x = }", "x = {1, 2", "local 1 = 2", "a b", "@", "x = ~", "for i = 1 do end",
  "for a, b = 1, 2 do end", "repeat until", "while true do", "else", "end", "\27Lua",
  "x = 'é' é", "a.1", "x = \1", "if x then else elseif y then end",
  "local function f() end end", "return function() ", "x = y z = w", "x = '\\z",
  "x = '\\", "and", ";;;", "::l::", "print 'ok' 'twice'",
}) do
  print((load(source, "=s")) ~= nil, select(2, load(source, "=s")))
end
print(load(("("):rep(300) .. "1" .. (")"):rep(300), "=deep"))
print(load("return " .. ("-"):rep(300) .. "1", "=unary"))
print(load("local " .. ("a,"):rep(200) .. "a", "=locals"))
print(load(("x = "):rep(1) .. ("{"):rep(250), "=tables"))
print(load("x = " .. ("a"):rep(200) .. " b", ("long source text "):rep(10)))
print(load("\n\nx =", "line one\nline two"))
print(load("x =", "@file.lua"))
