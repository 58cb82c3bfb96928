--- Lists of numbers to factor, smallest first.

local cases = {}

-- The last two are primes.
local LARGE <const> = { 999966000289, 1 << 39, 999999000001, 999999999989 }

local function random_numbers(n, largest)
  local list = {}
  for i = 1, n do
    list[i] = math.random(largest)
  end
  return list
end

---@param seed integer
---@return {label: string, numbers: integer[]}[]
function cases.lists(seed)
  math.randomseed(seed)
  return {
    { label = "no number", numbers = {} },
    { label = "1 has no factors", numbers = { 1 } },
    { label = "a prime", numbers = { 2 } },
    { label = "the square of a prime", numbers = { 49 } },
    { label = "the same number twice", numbers = { 12, 7, 12, 12 } },
    { label = "small numbers", numbers = { 6, 5, 4, 3, 2, 1 } },
    { label = "numbers at random", numbers = random_numbers(40, 5000) },
    { label = "large numbers", numbers = LARGE },
    { label = "large numbers at random", numbers = random_numbers(5, 1000000000000) },
  }
end

return cases
