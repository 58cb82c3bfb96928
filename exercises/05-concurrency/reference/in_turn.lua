--- One number after another, without a pool: what a pool is measured against.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local compute_prime_factors = dofile(here .. "../naive.lua").compute_prime_factors

---@param numbers integer[]
---@return integer[][]
local function factor_all(numbers)
  local list = {}
  for i = 1, #numbers do
    list[i] = compute_prime_factors(numbers[i])
  end
  return list
end

return { factor_all = factor_all }
