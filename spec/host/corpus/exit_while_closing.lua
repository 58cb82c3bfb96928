kept = setmetatable({}, { __gc = function() print("exit from lua_close") os.exit(4) end })
print("end")
