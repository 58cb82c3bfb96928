--- Drives a solution that fetches, in one process: a pool is off limits here.
--- `perilune.lab.manifest` tells what a driver is.

-- Before the solution comes, with the libraries as they are.
require("perilune.async")
require("perilune.fetch")

local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
package.path = ("%s../?.lua;%s"):format(folder, package.path) -- of naive.lua, which it requires

local without_n = dofile(folder .. "without_n.lua")

local error, ipairs = error, ipairs

local function refuse()
  error("'perilune.pool' is off limits: one process can wait for all answers: fetch without a pool",
    2)
end

for _, name in ipairs({ "perilune.pool", "perilune.native.pool" }) do
  require(name).new = refuse
end

---@param solution table<string, function>
return function(solution)
  local driven = {}

  function driven.fetch_all(urls)
    return without_n(solution.fetch_all(urls))
  end

  --- By a version of fetch, or as the student does.
  function driven.fetch_all_concurrent(urls, in_flight)
    if not solution.all then
      return without_n(solution.fetch_all_concurrent(urls, in_flight))
    end
    local list = {}
    for i, result in ipairs(solution.all(urls, { concurrency = in_flight })) do
      list[i] = result.ok and result.body
    end
    return list
  end

  return driven
end
