--- A driver (see perilune.lab.manifest) that profiles calls of the solution's functions.

local profiler = require("perilune.profiler")

local start, stop, call, select = profiler.start, profiler.stop, pcall, select

--- A profile in the json format; nil when the function raised an error, or nothing can be recorded.
local function profile(fn, ...)
  if not start() then
    return nil
  end
  local ok = select(1, call(fn, ...))
  local recorded = stop()
  return ok and recorded and recorded:encode("json") or nil
end

return function(functions)
  return {
    profile = function(name, ...)
      return profile(functions[name], ...)
    end,
  }
end
