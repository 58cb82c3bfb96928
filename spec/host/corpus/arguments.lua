print(select("#", ...))
print(...)
local low, high = 0, #arg
while arg[low - 1] do low = low - 1 end
for i = low, high do print(i, ("%q"):format(arg[i])) end
print(arg == _G.arg, #arg, next(arg, nil) ~= nil)
