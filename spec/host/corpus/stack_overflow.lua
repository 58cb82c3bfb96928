local depth = 0
local function forever()
  depth = depth + 1
  return 1 + forever()
end
print(pcall(forever))
print(depth)
local function wide(...)
  depth = depth + 1
  return (wide(...))
end
local function measure(call, ...)
  depth = 0
  print(call(wide, ...))
  print(depth)
end
measure(pcall, table.unpack({}, 1, 200))
measure(pcall, table.unpack({}, 1, 249))
measure(coroutine.wrap(pcall), table.unpack({}, 1, 200))
print(xpcall(wide, function(m) return "handled: " .. m end, table.unpack({}, 1, 200)))
print(xpcall(wide, debug.traceback, table.unpack({}, 1, 200)))
print(xpcall(wide, wide, table.unpack({}, 1, 200)))
print(coroutine.resume(coroutine.create(wide), table.unpack({}, 1, 200)))
print(pcall(string.gsub, "x", "x", function() return wide(table.unpack({}, 1, 200)) end))
print(pcall(table.unpack, {}, 1, 999999))
local function spread(n) return select("#", table.unpack({}, 1, n)) end
print(spread(100000))
print(pcall(spread, 990000))
