local _ <close> = setmetatable({}, { __close = function() print("not closed") end })
setmetatable({}, { __gc = function() print("not finalised") end })
io.write("buffered, flushed by exit")
os.exit(true)
