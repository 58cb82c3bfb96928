--- Drives a solution: what it requires as "naive" is the judge's, which writes down its calls.
--- `perilune.lab.manifest` tells what a driver is.

-- Before the solution comes, with the libraries as they are.
require("perilune.pool")
local profiler = require("perilune.profiler")

local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
-- Workers look for "naive" on the path that their pool's maker had.
package.path = ("%sgiven/?.lua;%s../?.lua;%s"):format(folder, folder, package.path)
local compute_prime_factors = require("naive").compute_prime_factors

local without_n = dofile(folder .. "without_n.lua")

local open, start, stop = io.open, profiler.start, profiler.stop

local function own_process()
  local file <close> = open("/proc/self/stat")
  return file:read("n")
end

---@param solution table<string, function>
return function(solution)
  local driven = { process = own_process }

  function driven.factor_all(numbers)
    return without_n(solution.factor_all(numbers))
  end

  --- By a version of the pool, or as the student does.
  function driven.factor_all_pooled(numbers, workers)
    if not solution.new then
      return without_n(solution.factor_all_pooled(numbers, workers))
    end
    local p <close> = solution.new({ workers = workers })
    return without_n(p:map(compute_prime_factors, numbers))
  end

  --- For `perilune report`: without a pool, then with one.
  function driven.recorded(numbers, workers)
    start()
    solution.factor_all(numbers)
    solution.factor_all_pooled(numbers, workers)
    return { profile = stop():encode("json") }
  end

  return driven
end
