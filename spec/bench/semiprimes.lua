--- Numbers that take long to factorise, the same in each run, and how that is done.
local semiprimes = {}

local LEAST <const>, MOST <const> = 100000000000, 1000000000000
local SMALL <const>, LARGE <const> = 300000, 1000000
local DEAR <const> = 50

--- By trial division without any cleverness. It needs no global, so that it can be sent.
---@param n integer 1 or more
---@return integer[] ascending
function semiprimes.factors(n)
  local found, divisor = {}, 2
  while divisor * divisor <= n do
    while n % divisor == 0 do
      found[#found + 1] = divisor
      n = n // divisor
    end
    divisor = divisor + 1
  end
  if n > 1 then found[#found + 1] = n end
  return found
end

local function next_prime(n)
  while #semiprimes.factors(n) > 1 do n = n + 1 end
  return n
end

-- Park and Miller's generator, of 1993.
local function generator(seed)
  return function(low, high)
    seed = seed * 48271 % 2147483647
    return low + seed % (high - low + 1)
  end
end

local function random_list(n)
  local random, list = generator(1969), {}
  while #list < n do
    local product = next_prime(random(SMALL, LARGE)) * next_prime(random(SMALL, LARGE))
    if product >= LEAST and product < MOST then list[#list + 1] = product end
  end
  return list
end

-- All cost the same but the middle one, which costs 50 times as much.
local function skewed_list(n)
  local list, prime, dear = {}, next_prime(SMALL), next_prime(DEAR * SMALL)
  for i = 1, n do
    local other = next_prime(prime + 1)
    list[i] = prime * other
    prime = other
  end
  list[n // 2] = dear * dear
  return list
end

local function sorted_list(n)
  local list = random_list(n)
  local cost = {}
  for _, number in ipairs(list) do cost[number] = semiprimes.factors(number)[1] end
  table.sort(list, function(a, b) return cost[a] < cost[b] end)
  return list
end

--- Lists of numbers by name: `hundred` and `many` at random between 1e11 and 1e12, `sorted` by what
--- they cost, and `skewed`, where one costs 50 times as much as each of the others.
---@type table<string, fun(): integer[]>
semiprimes.lists = {
  hundred = function() return random_list(100) end,
  many = function() return random_list(400) end,
  skewed = function() return skewed_list(100) end,
  sorted = function() return sorted_list(100) end,
}

--- Writes numbers, one a line.
---@param path string
---@param list integer[]
function semiprimes.write(path, list)
  local file <close> = assert(io.open(path, "w"))
  file:write(table.concat(list, "\n"), "\n")
end

---@param path string
---@return integer[]
function semiprimes.read(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = math.tointeger(line) end
  return list
end

return semiprimes
