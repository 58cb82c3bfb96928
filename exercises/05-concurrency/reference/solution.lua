--- Prime factors of many numbers: one after another, and by several processes at once.

local pool = require("perilune.pool")
local compute_prime_factors = require("naive").compute_prime_factors

---@param numbers integer[]
---@return integer[][]
local function factor_all(numbers)
  local list = {}
  for i, n in ipairs(numbers) do
    list[i] = compute_prime_factors(n)
  end
  return list
end

--- The pool hands a number to whichever worker has nothing to do, so it does not matter that some
--- take ten times as long as others. At the end of the block its processes end.
---@param numbers integer[]
---@param workers integer
---@return integer[][]
local function factor_all_pooled(numbers, workers)
  local p <close> = assert(pool.new({ workers = workers }))
  return p:map(compute_prime_factors, numbers)
end

return { factor_all = factor_all, factor_all_pooled = factor_all_pooled }
