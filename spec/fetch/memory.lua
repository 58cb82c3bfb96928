--- How much memory this process holds, as the system sees it.
local uv = require("luv")

local memory = {}

local function status(name)
  local file <close> = assert(io.open("/proc/self/status"))
  return tonumber(file:read("a"):match(name .. ":%s*(%d+)"))
end

--- Kilobytes by which the process was larger than at the beginning, at most, while a function ran;
--- nil where the system does not tell. What the function gives comes after it.
---@param fn fun(): ...
---@return integer?
---@return any ...
function memory.growth(fn)
  collectgarbage()
  local clear <close> = io.open("/proc/self/clear_refs", "w")
  local is_clear = clear and clear:write("5\n") and clear:flush()
  local before = status("VmRSS")
  local results = table.pack(fn())
  return is_clear and status("VmHWM") - before or nil, table.unpack(results, 1, results.n)
end

--- Kilobytes.
---@return integer
function memory.resident()
  collectgarbage()
  collectgarbage()
  return uv.resident_set_memory() // 1024
end

return memory
