local fired
local function step() fired[#fired + 1] = debug.getinfo(2, "l").currentline end
local function work()
  local t = {}
  for i = 1, 20 do
    t[i] = i * 2
    t[i] = t[i] .. "x"
  end
  return #table.concat(t)
end
for _, count in ipairs({ 1, 2, 3, 7, 10, 50, 100, 1000 }) do
  fired = {}
  debug.sethook(step, "", count)
  local _, mask, got = debug.gethook()
  work()
  debug.sethook()
  print(count, mask, got, #fired, table.concat(fired, " ", 1, math.min(#fired, 40)))
end
local order = {}
debug.sethook(function(event, line) order[#order + 1] = event .. (line or "") end, "crl", 4)
work()
debug.sethook()
print(#order, table.concat(order, " ", 1, 60))
local resets = 0
local function again()
  resets = resets + 1
  debug.sethook(again, "", 5)
end
debug.sethook(again, "", 5)
for _ = 1, 100 do local _ = 1 + resets end
debug.sethook()
print("reset inside", resets)
local grows, at = 1, {}
local function longer()
  grows = grows * 2
  at[#at + 1] = grows
  debug.sethook(longer, "", grows)
end
debug.sethook(longer, "", 1)
for _ = 1, 200 do local _ = 1 end
debug.sethook()
print(table.concat(at, " "))
local inside = 0
debug.sethook(function() inside = inside + 1 for _ = 1, 50 do local _ = 1 end end, "", 10)
for _ = 1, 100 do local _ = 1 end
debug.sethook()
print("the hook's own instructions count as well", inside)
local c_work = 0
debug.sethook(function() c_work = c_work + 1 end, "", 1000)
local _ = ("x"):rep(100000):gsub("x", "y")
debug.sethook()
print("nor is work inside C", c_work)
fired = {}
debug.sethook(step, "", 10)
print(pcall(function() for i = 1, 30 do if i == 25 then error("out", 0) end end end))
debug.sethook()
print(#fired)
local ended = pcall(function()
  debug.sethook(function() error("budget spent") end, "", 10000)
  while true do end
end)
local hook, mask, count = debug.gethook()
debug.sethook()
print(ended, type(hook), mask, count)
