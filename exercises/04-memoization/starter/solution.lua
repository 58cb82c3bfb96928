--- Fibonacci numbers with and without a cache, and a memoize of your own.

---@param n integer from 0 on
---@return integer
local function fib(n)
  error(("fib is not written yet: fib(%d) is waiting"):format(n))
end

--- The same, with a cache: what memo.wrap of "perilune.memo" returns.
---@param n integer from 0 on
---@return integer
local function fib_memo(n)
  error(("fib_memo is not written yet: fib_memo(%d) is waiting"):format(n))
end

--- Your own: without perilune.memo.
---@param fn function of any arguments, with any results
---@return function memoised returns what fn returned for the same arguments
local function memoize(fn)
  error(("memoize is not written yet: a %s is waiting"):format(type(fn)))
end

--- Sleeps for a tenth of a second (`sleep` of "perilune.clock"), then works.
---@param n integer 0 to 20
---@return integer
local function slow_factorial(n)
  error(("slow_factorial is not written yet: slow_factorial(%d) is waiting"):format(n))
end

--- The same through your memoize. It should be memoize(slow_factorial).
---@param n integer 0 to 20
---@return integer
local function factorial(n)
  error(("factorial is not memoised yet: factorial(%d) is waiting"):format(n))
end

--- Shows a memoised function of a table giving a result that is right no more.
---@param memoize_it fun(fn: function): function memoises a function; memoize will do
---@return any stale what the memoised function gives
---@return any right what the plain function gives for the same table
local function pitfall(memoize_it)
  error(("pitfall is not written yet: a %s is waiting"):format(type(memoize_it)))
end

return {
  fib = fib, fib_memo = fib_memo, memoize = memoize,
  slow_factorial = slow_factorial, factorial = factorial, pitfall = pitfall,
}
