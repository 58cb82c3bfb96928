print(("hello world"):find("o w"), ("hello"):find("l", -2), ("hello"):find("xyz"))
print(("a.b"):find(".", 1, true), ("a.b"):find("%.", 1), ("abc"):find("", 10), ("abc"):find("", 4))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("hello.world"):match("()%.()"), ("  x"):match("^%s*$"), ("THE END"):match("%f[%a]%a+%f[%A]"))
print(("äöü"):len(), ("\0a\0"):find("%z"), ("a\0b"):match("a%zb") == "a\0b")
print(("abcabc"):match("(a)(b)(c)%1%2%3"), ("0x1F"):match("^0[xX](%x+)$"))
for word, position in ("one two  three"):gmatch("(%a+)()") do io.write(word, ":", position, " ") end
print()
for empty in ("abc"):gmatch("b*") do io.write("[", empty, "]") end
print()
for k in ("abcd"):gmatch("%a", 3) do io.write(k, ";") end
print()
for _, pattern in ipairs({ "(", ")", "%", "[a", "[]", "%b", "%f", "%1", "(()", "%g(" }) do
  print(pattern, pcall(string.find, "text", pattern))
end
print(pcall(string.find, ("a"):rep(300000), (".-"):rep(300000) .. "b"))
print(pcall(string.match, "x", ("(x)"):rep(40)))
print(pcall(string.find))
print(pcall(string.find, {}, "x"))
print(pcall(string.gmatch, "x"))
