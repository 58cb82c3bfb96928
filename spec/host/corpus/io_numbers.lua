local f <close> = io.tmpfile()
f:write("0x1p4 1e+5 .5 5. -0 +7 0xep1 1e 0x 99999999999999999999 -.e 1..2 12abc ")
f:write(("9"):rep(250), " 8")
f:seek("set")
for _ = 1, 20 do
  local n = f:read("n")
  print(n, math.type(n), f:seek())
  if not n then f:read(1) end
end
