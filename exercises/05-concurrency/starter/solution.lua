--- Prime factors of many numbers: one after another, and by several processes at once.

local compute_prime_factors = require("naive").compute_prime_factors -- luacheck: ignore 211

--- In this process, one number after another, with compute_prime_factors.
---@param numbers integer[]
---@return integer[][] factors of each number, in the order of the numbers
local function factor_all(numbers)
  error(("factor_all is not written yet: %d numbers are waiting"):format(#numbers))
end

--- The same by worker processes: a pool of "perilune.pool".
---@param numbers integer[]
---@param workers integer how many processes
---@return integer[][] factors of each number, in the order of the numbers
local function factor_all_pooled(numbers, workers)
  error(("factor_all_pooled is not written yet: %d numbers are waiting for %d workers"):format(
    #numbers, workers))
end

return { factor_all = factor_all, factor_all_pooled = factor_all_pooled }
