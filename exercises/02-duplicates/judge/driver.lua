--- Records a solution for `perilune report`. `perilune.lab.manifest` tells what a driver is.

local profiler = require("perilune.profiler")

local start, stop = profiler.start, profiler.stop

---@param solution table<string, function>
return function(solution)
  local driven = {}

  function driven.recorded(list)
    start()
    solution.find_duplicates(list)
    return { profile = stop():encode("json") }
  end

  return driven
end
