--- Fibonacci numbers with and without a cache, and a memoize of one's own.

local clock = require("perilune.clock")
local memo = require("perilune.memo")

local DELAY <const> = 0.1 -- seconds

---@param n integer from 0 on
---@return integer
local function fib(n)
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

---@type fun(n: integer): integer
local fib_memo
fib_memo = memo.wrap(function(n)
  if n < 2 then
    return n
  end
  return fib_memo(n - 1) + fib_memo(n - 2)
end)

-- Stand for the two values that are no keys, and for the results at the end of a path.
local NIL <const>, NAN <const>, RESULTS <const> = {}, {}, {}

--- The table at the end of a path that has one step an argument.
local function node_of(root, arguments)
  local node = root
  for i = 1, arguments.n do
    local key = arguments[i]
    if key == nil then
      key = NIL
    elseif key ~= key then
      key = NAN
    end
    local next_node = node[key]
    if not next_node then
      next_node = {}
      node[key] = next_node
    end
    node = next_node
  end
  return node
end

--- Remembers all results of a function, without bound. An error passes before anything is kept.
---@param fn function
---@return function
local function memoize(fn)
  local root = {}
  return function(...)
    local node = node_of(root, table.pack(...))
    local results = node[RESULTS]
    if not results then
      results = table.pack(fn(...))
      node[RESULTS] = results
    end
    return table.unpack(results, 1, results.n)
  end
end

---@param n integer 0 to 20
---@return integer
local function slow_factorial(n)
  clock.sleep(DELAY)
  local product = 1
  for i = 2, n do
    product = product * i
  end
  return product
end

--- A list that grows after its sum was remembered.
---@param memoize_it fun(fn: function): function
---@return integer stale what the memoised function says
---@return integer right
local function pitfall(memoize_it)
  local function sum(list)
    local total = 0
    for _, value in ipairs(list) do
      total = total + value
    end
    return total
  end
  local sum_memo, list = memoize_it(sum), { 1, 2, 3 }
  sum_memo(list)
  list[4] = 4
  return sum_memo(list), sum(list)
end

return {
  fib = fib, fib_memo = fib_memo, memoize = memoize,
  slow_factorial = slow_factorial, factorial = memoize(slow_factorial), pitfall = pitfall,
}
