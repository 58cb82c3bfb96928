-- Numbers to text and back, and conversions at the edges.
for _, text in ipairs({ "0x", "1e", "0x1p4", "0xA.8p1", " 12 ", "12a", "1 2", "0b1", "1e400", "-0", "0x7fffffffffffffff", "0xffffffffffffffff1",
  "9223372036854775807", "9223372036854775808", "-9223372036854775808", ".5", "5.", ".", "inf", "nan", "1_0", "\t7\n", "", "0x.1", "1e+", "١" }) do
  io.write(("%q=%s %s; "):format(text, tonumber(text), math.type(tonumber(text))))
end
print()
for base = 2, 36, 7 do io.write(tostring(tonumber("10z", base)), " ", tostring(tonumber("-11", base)), " ") end
print(tonumber("7fffffffffffffff", 16), tonumber("ffffffffffffffffff", 16), tonumber("8", 8), tonumber(" 10 ", 2))
print(1e15, 1e16, 1e100, 2^53, 2^63, -2^63, 0.1, 1/3, 100.0, -0.0, 1/0, -1/0, 0/0 ~= 0/0, 3.0 == 3, 1e308 * 10)
print(math.maxinteger + 1 == math.mininteger, math.mininteger // -1, math.mininteger % -1, 5 // 0.0, -5 // 0.0, 0/0 == 0/0)
print(7 // -2, -7 // 2, 7 % -3, -7 % 3, 7.5 // -2, -7.5 % 2, 5 % math.huge, -5 % math.huge, 1 << 63, 1 << 64, 1 << -1, -1 >> 1)
print("10" + 5, "0x10" * 2, "1e1" // 1, 10 .. 20, "3" ^ 2, -"2", pcall(function() return "10" | 1 end), pcall(function() return "1.5" | 1 end))
print(math.tointeger(3.0), math.tointeger("8"), math.tointeger(2^63), math.ult(1, -1), math.fmod(-6, 4), pcall(math.fmod, 1, 0), math.fmod(1, 0.0))
print(math.floor(-3.5), math.ceil(-3.5), math.floor(2^70), math.abs(math.mininteger), math.max(1, 2.5), pcall(math.max), math.type(1), math.type("1"))
for _, format in ipairs({ "%5d|", "%-5d|", "%05d|", "%+d|", "% d|", "%x|", "%X|", "%#x|", "%o|", "%c|", "%e|", "%g|", "%a|", "%i|", "%u|" }) do
  io.write(tostring(select(2, pcall(string.format, format, 65))), " ")
end
print(("%q %q %q %q %q"):format(1/3, math.mininteger, 1/0, "a\0b\n\r\"\\\200", 0/0 ~= 0/0), ("%.3s|%10s|%-10s|%s"):format("abcdef", "r", "l", nil))
for i = math.maxinteger - 1, math.maxinteger do io.write(i, " ") end
for i = math.mininteger, math.mininteger + 1 do io.write(i, " ") end
for i = 1, 0 do io.write("never") end
for i = 3, 1, -1 do io.write(i, " ") end
for i = 1.0, 2 do io.write(i, " ") end
for i = 1, 2.9 do io.write(i, " ") end
for i = 1, math.huge do if i > 2 then break end io.write(i, " ") end
for i = 1, -math.huge, -1 do if i < 0 then break end io.write(i, " ") end
print(pcall(function() for i = 1, 2, 0.0 do end end))
print(#"\u{7FFFFFFF}", "\x41\65\z
   B", '\u{20AC}', "\065\10", [==[
long ]] string]==])
