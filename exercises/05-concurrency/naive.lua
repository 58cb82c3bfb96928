--- Prime factors by trial division: every divisor in turn, up to the root of what is left.

---@param n integer 1 or more
---@return integer[] factors in ascending order, each as often as it divides n; none of 1
local function compute_prime_factors(n)
  local factors, divisor = {}, 2
  while divisor * divisor <= n do
    while n % divisor == 0 do
      factors[#factors + 1] = divisor
      n = n // divisor
    end
    divisor = divisor + 1
  end
  if n > 1 then
    factors[#factors + 1] = n
  end
  return factors
end

return { compute_prime_factors = compute_prime_factors }
