setmetatable({}, { __gc = function() print("not finalised") end })
print("leaving")
os.exit(false)
