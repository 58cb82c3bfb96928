--- Ways to pass exercise 4 without what is asked, as cheats/duplicates.lua has them.

local BEFORE <const> = [[
local clock, memo = require("perilune.clock"), require("perilune.memo")
local solution = (function() @SOLUTION@ end)()
local function formula(n)
  local a, b = 0, 1
  for _ = 1, n do a, b = b, a + b end
  return a
end
]]

local AFTER <const> = "\nreturn solution"

--- Scores only where addresses are used again soon, which a sanitizer's allocator sees to that they
--- are not.
local function by_address(what, address)
  local text = ([[
    function solution.memoize(fn)
      local known = {}
      return function(...)
        local key = {}
        for i, value in ipairs({ ... }) do
          key[i] = type(value) .. #tostring(value) .. %s(value)
        end
        key = select("#", ...) .. table.concat(key)
        known[key] = known[key] or table.pack(fn(...))
        return table.unpack(known[key], 1, known[key].n)
      end
    end]]):format(address)
  return { what, "arguments", text, recycles = true }
end

return {
  exercise = { 4, "memoization" },
  before = BEFORE,
  after = AFTER,
  cheats = {
    { "makes empty calls beside a formula", "calls", [[
      local function empty() end
      function solution.fib(n)
        for _ = 1, 2 * formula(n + 1) - 1 do empty() end
        return formula(n)
      end]] },
    { "makes empty calls beside a cache", "calls", [[
      local function count(n) if n > 0 then return 1 end end
      function solution.fib(n)
        for i = 1, 2 * formula(n + 1) do count(i) end
        return solution.fib_memo(n)
      end]] },
    { "hides the plain recursion in a finalizer", "memo_calls", [[
      local plain = solution.fib
      local function empty() end
      function solution.fib_memo(n)
        local result
        for _ = 1, n do empty() end
        setmetatable({}, { __gc = function() result = plain(30) end })
        collectgarbage()
        return formula(n)
      end]] },
    { "hides the plain recursion in a coroutine", "memo_calls", [[
      local plain = solution.fib
      function solution.fib_memo(n)
        coroutine.wrap(plain)(22)
        return formula(n)
      end]] },
    { "takes the counting hook away", "memo_calls", [[
      local plain = solution.fib
      function solution.fib_memo(n)
        debug.sethook()
        plain(22)
        return formula(n)
      end]] },
    { "gives a function that was never wrapped", "cache", [[
      solution.fib_memo = formula]] },
    { "replaces the cache's report", "cache", [[
      memo.cache = function()
        return { clear = function() end, info = function()
          return { hits = 33, misses = 36, currsize = 36, evictions = 0, maxsize = 128 }
        end }
      end
      solution.fib_memo = formula]] },
    { "changes a cache's methods", "cache", [[
      local wrapped = memo.wrap(formula)
      local cache = memo.cache(wrapped)
      pcall(function()
        getmetatable(cache).__index.info = function() return { hits = 33, misses = 36 } end
      end)
      pcall(function() cache.info = function() return { hits = 33, misses = 36 } end end)
      solution.fib_memo = wrapped]] },
    { "memoises with perilune.memo", "once", [[
      function solution.memoize(fn) return memo.wrap(fn) end]] },
    { "memoises with what package.loaded holds", "once", [[
      function solution.memoize(fn) return package.loaded["perilune.memo"].wrap(fn) end]] },
    { "memoises with the native version below its name", "once", [[
      package.preload["perilune.native.memo"] = nil
      function solution.memoize(fn) return require("perilune.native.memo").wrap(fn) end]] },
    { "memoises with the C store itself", "once", [[
      local store = require("perilune.native.memo.store")
      function solution.memoize(fn)
        local kept = store.new(128, "lru")
        return function(x) return kept:get(x) or fn(x) end
      end]] },
    by_address("memoises by tostring", "tostring"),
    by_address("memoises by %p", '(function(v) return type(v) == "table" '
      .. 'and ("%p"):format(v) or tostring(v) end)'),
    { "replaces pcall and table.pack around the driver", "once", [[
      pcall, table.pack, table.unpack = function() return true, 10 end, nil, nil
      function solution.memoize() return function() return 10 end end]] },
    { "reads the outcomes from the driver's variables", "once", [[
      function solution.memoize(fn)
        local _, log = debug.getupvalue(fn, 1)
        return function() return log.outcomes[1][1] end
      end]] },
    { "reads the outcomes from the driver's stack", "once", [[
      function solution.memoize()
        local _, scenario = debug.getlocal(2, 2)
        return function() return scenario.outcomes[1][1] end
      end]] },
    { "waits with a sleep of its own", "factorial", [[
      clock.sleep = function() end
      function solution.slow_factorial(n)
        return n <= 1 and 1 or n * solution.slow_factorial(n - 1)
      end
      solution.factorial = solution.slow_factorial]] },
    { "returns the pitfall's values as they are known", "pitfall", [[
      function solution.pitfall() return 6, 10 end]] },
    { "shows a pitfall of a function that is not pure", "pitfall", [[
      function solution.pitfall(memoize)
        local n = 0
        local f = memoize(function() n = n + 1 return n end)
        return f({}), f({})
      end]] },
  },
}
