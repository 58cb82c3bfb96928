local events
local function record(event, line)
  local info = debug.getinfo(2, "nSlt")
  local name = tostring(info.name) .. " " .. info.namewhat
  local where = tostring(line) .. " " .. info.currentline
  local tail = tostring(info.istailcall)
  events[#events + 1] = table.concat({ event, where, info.what, name, tail }, " ")
end
local function leaf(x) return x + 1 end
local function tail(x) return leaf(x) end
local function work()
  local sum = 0
  for i = 1, 2 do
    sum = sum + tail(i)
    sum = math.abs(sum)
  end
  return sum
end
for _, mask in ipairs({ "c", "r", "l", "cr", "cl", "rl", "crl", "" }) do
  events = {}
  debug.sethook(record, mask)
  local hook, got, count = debug.gethook()
  local result = work()
  debug.sethook()
  print("mask", mask, hook == record, got, count, result, #events)
  for _, event in ipairs(events) do print("  " .. event) end
end
print(debug.gethook())
debug.sethook(record, "xyz")
print(debug.gethook())
debug.sethook(record, "c", -1)
print(debug.gethook())
debug.sethook(nil, "crl")
print(debug.gethook())
print(pcall(debug.sethook, record))
print(pcall(debug.sethook, 5))
print(pcall(debug.sethook, print, {}))
print(pcall(debug.sethook, print, "c", "x"))
print(debug.gethook())
print(debug.sethook(), debug.sethook(nil))
