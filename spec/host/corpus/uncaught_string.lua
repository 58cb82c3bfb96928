io.write("partial output")
local function deeper(n) if n == 0 then error("deep trouble") end deeper(n - 1) return n end
deeper(3)
