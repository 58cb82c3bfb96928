--- The graphs of the benchmark: which of n nodes lead to which. Both Lua and stock Lua load this.
local shapes = {}

--- In the order of the table.
shapes.names = { "pairs", "tens", "thousands", "ring", "random" }

local SIZES <const> = { pairs = 2, tens = 10, thousands = 1000 }

--- The edges of a random graph, by the node.
shapes.DEGREE = 2

--- Calls `fn` for the places of both ends of each edge, 1 to n. n is a multiple of 1,000. Rings of
--- the shape's size, all of n in the shape "ring"; the shape "random" has DEGREE edges out of each.
---@param shape string
---@param n integer
---@param fn fun(from: integer, to: integer)
function shapes.each_edge(shape, n, fn)
  if shape == "random" then
    math.randomseed(20, 1969)
    for i = 1, shapes.DEGREE * n do fn((i + 1) // shapes.DEGREE, math.random(n)) end
    return
  end
  local size = SIZES[shape] or n
  for i = 1, n do fn(i, i % size == 0 and i - size + 1 or i + 1) end
end

--- Whether a handle on this node is the one that holds a ring. From the first node of a random
--- graph nearly all that has an edge to it can be reached.
---@param shape string
---@param i integer
---@return boolean
function shapes.is_first(shape, i)
  local size = SIZES[shape]
  return i == 1 or size ~= nil and i % size == 1
end

return shapes
