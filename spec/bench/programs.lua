--- Programs that benchmarks run: many calls, C and Lua mixed.
local programs = {}

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

programs.fib = fib

local TEXT <const> = "the quick brown fox jumps over the lazy dog and then some more text "
local WORDS <const> = TEXT:rep(200)

local function by_count(a, b)
  if a[2] ~= b[2] then return a[2] > b[2] end
  return a[1] < b[1]
end

local function count_words(text)
  local counts, list = {}, {}
  for word in text:gmatch("%S+") do counts[word] = (counts[word] or 0) + 1 end
  for word, count in pairs(counts) do list[#list + 1] = { word, count } end
  table.sort(list, by_count)
  return list
end

local function is_prime(n)
  local i = 2
  while i * i <= n do
    if n % i == 0 then return false end
    i = i + 1
  end
  return true
end

local function primes(n)
  local list = {}
  for i = 2, n do
    if is_prime(i) then list[#list + 1] = i end
  end
  return list
end

local function write_numbers(n)
  local parts = {}
  for i = 1, n do parts[i] = ("%d:%8s"):format(i, tostring(i * 2)) end
  return table.concat(parts, ",")
end

local Point = {}
Point.__index = Point

local function new_point(x, y) return setmetatable({ x = x, y = y }, Point) end

function Point.__add(a, b) return new_point(a.x + b.x, a.y + b.y) end

function Point:add(other) return self + other end

local function move(n)
  local at, step = new_point(0, 0), new_point(1, 2)
  for _ = 1, n do at = at:add(step) end
  return at
end

local function descending(a, b) return a > b end

local function sort_numbers(n)
  local list = {}
  for i = 1, n do list[i] = i * 7919 % 10007 end
  table.sort(list, descending)
  return list
end

--- Text, numbers, objects, sorting: some 200,000 calls.
function programs.mixed()
  count_words(WORDS)
  primes(6000)
  write_numbers(6000)
  move(8000)
  sort_numbers(6000)
  return fib(14)
end

--- A generator within a generator, some 100,000 resumes.
function programs.coroutines()
  local function count(n)
    for i = 1, n do coroutine.yield(i) end
  end
  local function doubled()
    for i in coroutine.wrap(function() count(50000) end) do coroutine.yield(2 * i) end
  end
  local sum = 0
  for i in coroutine.wrap(doubled) do sum = sum + i end
  return sum
end

return programs
