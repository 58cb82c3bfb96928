-- Run it in this folder with `perilune test`. Add cases that could break your version.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local graph = require("perilune.graph")
local solution = dofile(here .. "solution.lua")

--- A graph whose collector runs when it is told to, and at no other time.
local function new_graph()
  return graph.new({ auto = false })
end

describe("make_cycles", function()
  it("leaves nodes behind that have a reference and no handle", function()
    local g = new_graph()
    local cycles = solution.make_cycles(g, 2, 3, 10)
    assert.equal(6, g:count())
    assert.equal(1, g:refcount(cycles[1][1]))
    assert.equal(0, g:handles(cycles[1][1]))
  end)
end)

describe("collect", function()
  it("frees garbage and nothing else", function()
    local g = new_graph()
    local kept = g:node("kept")
    solution.make_cycles(g, 2, 3, 10)
    assert.equal(6, solution.collect(g).freed)
    assert.is_true(g:alive(kept))
  end)
end)

describe("break_cycles", function()
  it("needs no collection", function()
    local g = new_graph()
    local freed = solution.break_cycles(g, solution.make_cycles(g, 2, 3, 10)).freed
    assert.equal(6, freed)
    assert.equal(0, g:stats().collections)
  end)
end)
