setmetatable({}, { __gc = function() print("leaving from a finaliser") os.exit(9) end })
collectgarbage()
print("not reached")
