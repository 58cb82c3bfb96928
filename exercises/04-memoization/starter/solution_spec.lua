-- Run it in this folder with `perilune test`. Add cases that could break your version.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local solution = dofile(here .. "solution.lua")

--- A function that counts its calls.
local function counted(fn)
  local count = { calls = 0 }
  return function(...)
    count.calls = count.calls + 1
    return fn(...)
  end, count
end

describe("fib", function()
  it("is the sum of the two before", function()
    assert.equal(55, solution.fib(10))
  end)

  it("is the same with a cache", function()
    assert.equal(55, solution.fib_memo(10))
  end)
end)

describe("memoize", function()
  it("calls the function once for the same argument", function()
    local fn, count = counted(function(n) return 2 * n end)
    local memoised = solution.memoize(fn)
    assert.equal(8, memoised(4))
    assert.equal(8, memoised(4))
    assert.equal(1, count.calls)
  end)
end)
