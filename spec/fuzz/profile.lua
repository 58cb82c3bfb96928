--- Bytes as a saved profile: refused with a reason, or a profile that all views can show.
local profiler = require("perilune.profiler")

local path = os.tmpname()
local keeper = setmetatable({}, { __gc = function() os.remove(path) end })

local function look(profile)
  profile:stats({ sort = "total" })
  profile:tree()
  local folder = path .. ".out"
  for _, format in ipairs({ "json", "text", "collapsed", "speedscope", "callgrind" }) do
    local ok, problem = profile:save(folder, format)
    assert(ok or type(problem) == "string")
  end
  os.remove(folder)
end

return function(bytes)
  assert(keeper)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  local profile, problem = profiler.load(path)
  if profile then
    look(profile)
  else
    assert(type(problem) == "string", "refused without a reason")
  end
end
