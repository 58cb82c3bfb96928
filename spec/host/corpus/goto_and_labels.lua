for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    io.write(i, j, " ")
    ::continue::
  end
end
print()
do
  local i = 1
  ::top::
  if i <= 3 then
    i = i + 1
    goto top
  end
  print(i)
end
local closures = {}
do
  local k = 0
  ::again::
  local captured = k
  closures[#closures + 1] = function() captured = captured + 1 return captured end
  k = k + 1
  if k < 3 then goto again end
end
for _, f in ipairs(closures) do io.write(f(), f(), " ") end
print()
repeat
  local done = true
  if done then goto finish end
  print("skipped")
  ::finish::
until true
while true do
  if true then break end
end
print(load("goto x; local a; ::x::") ~= nil)
print(load("goto x; local a; ::x:: print(a)"))
print(load("do ::x:: end goto x"))
print(load("repeat goto c; local z = 1; ::c:: until z"))
local x <const>, y <const> = 10, "const"
print(x, y, load("local x <const> = 1; return function() x = 2 end"))
