--- Prime factors as the judge computes them: by a list of the primes, not by every divisor.

local LARGEST_ROOT <const> = 1000000 -- of numbers up to 1e12

--- The primes up to a limit, by Eratosthenes.
local function primes_to(limit)
  local composite, primes = {}, {}
  for n = 2, limit do
    if not composite[n] then
      primes[#primes + 1] = n
      for multiple = n * n, limit, n do
        composite[multiple] = true
      end
    end
  end
  return primes
end

local primes

---@param n integer 1 to 1e12
---@return integer[] ascending
local function factors_of(n)
  primes = primes or primes_to(LARGEST_ROOT)
  local factors, i = {}, 1
  local prime = primes[i]
  while prime and prime * prime <= n do
    if n % prime == 0 then
      factors[#factors + 1] = prime
      n = n // prime
    else
      i = i + 1
      prime = primes[i]
    end
  end
  if n > 1 then
    factors[#factors + 1] = n
  end
  return factors
end

---@param numbers integer[]
---@return integer[][]
return function(numbers)
  local list = {}
  for i, n in ipairs(numbers) do
    list[i] = factors_of(n)
  end
  return list
end
