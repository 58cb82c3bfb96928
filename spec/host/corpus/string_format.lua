print(("%d %5d %-5d| %05d %+d %i"):format(1, 2, 3, 4, 5, 6.0))
print(("%x %X %#x %o %c%c"):format(255, 255, 255, 8, 76, 0) == "ff FF 0xff 10 L\0")
print(("%f %.3f %10.2f %e %E %g %G"):format(1.5, 2 / 3, math.pi, 12345.678, 0.00012, 1e20, 1e-10))
print(("%a %A"):format(1, 0.5), ("%.3a"):format(1 / 3))
print(("%s %10s %-10s| %.2s %s %s"):format("a", "b", "c", "defg", nil, true))
print(("%q"):format("line\nquote\" back\\ nul\0 cr\r 1\0019 tab\t é"))
print(("%q %q %q %q"):format(1, 1.5, math.mininteger, 1 / 3), ("%q %q %q"):format(true, nil, false))
print(("%q %q %q"):format(1 / 0, -1 / 0, 0 / 0), ("%5.1f|%-8.3s|"):format(3.14159, "abcdef"))
print(("%d"):format("10"), ("%d"):format("0x10"), ("%s"):format(setmetatable({}, {
  __tostring = function() return "object" end,
})))
print(("%i%%"):format(50), ("%.20s"):format(("x"):rep(50)), ("%s"):format(("y"):rep(200)):len())
print(("%g %g %g"):format(1 / 0, -1 / 0, 2 ^ 63), ("%.14g"):format(0.1), ("%p"):format(1))
print(("%p"):format(nil))
local malformed = { "%", "%y", "%10", "%123d", "%.123d", "%q10", "%10q", "%0.5s", "%#d", "%s%s" }
for _, bad in ipairs(malformed) do
  print(bad, pcall(string.format, bad, 1))
end
print(pcall(string.format, "%d", 1.5))
print(pcall(string.format, "%d", "x"))
print(pcall(string.format, "%d"))
print(pcall(string.format, "%s"))
print(pcall(string.format, "%q", {}))
print(pcall(string.format, "%.3q", "x"))
print(pcall(string.format, "%s", setmetatable({}, { __tostring = function() return 1 end })))
print(pcall(string.format, "%10s", "a\0b"))
