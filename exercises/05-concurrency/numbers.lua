--- Large numbers to factor. The check makes its own with the same function and other seeds.

local ROOT <const> = 1000000 -- of numbers up to 1e12

local function is_prime(n)
  for divisor = 2, math.floor(n ^ 0.5) do
    if n % divisor == 0 then
      return false
    end
  end
  return n > 1
end

--- A prime in the upper half of the numbers up to a limit, or a little below.
local function random_prime(limit)
  local n = math.random(limit // 2, limit)
  while not is_prime(n) do
    n = n - 1
  end
  return n
end

--- Eight of ten are semiprimes, products of two large primes, for which trial division takes
--- longest; the others are any numbers.
---@param n integer how many
---@param seed? integer the same seed gives the same list (default 1)
---@param root? integer 2 or more; they are no larger than its square (default 1,000,000)
---@return integer[] list n integers
return function(n, seed, root)
  math.randomseed(seed or 1)
  root = root or ROOT
  local list = {}
  for i = 1, n do
    local semiprime = i % 10 < 8
    list[i] = semiprime and random_prime(root) * random_prime(root) or math.random(root * root)
  end
  return list
end
