-- Run it in this folder with `perilune test`. Add cases that could break your version.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local solution = dofile(here .. "solution.lua")

local NUMBERS <const> = { 1, 2, 12, 97, 1001, 999966000289 }
local FACTORS <const> = { {}, { 2 }, { 2, 2, 3 }, { 97 }, { 7, 11, 13 }, { 999983, 999983 } }

describe("factor_all", function()
  it("gives the factors of each number, in order", function()
    assert.same(FACTORS, solution.factor_all(NUMBERS))
  end)
end)

describe("factor_all_pooled", function()
  it("gives the same", function()
    local pooled = solution.factor_all_pooled(NUMBERS, 2)
    for i, factors in ipairs(FACTORS) do
      assert.same(factors, pooled[i])
    end
    assert.equal(#NUMBERS, #pooled)
  end)

  it("has nothing to do for no numbers", function()
    assert.equal(0, #solution.factor_all_pooled({}, 2))
  end)
end)
