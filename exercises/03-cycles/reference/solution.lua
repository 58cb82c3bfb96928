--- Cycles in a graph that counts references: made, found and collected, broken by hand.

local heap = require("perilune.heap")

--- Bytes in use. What nothing refers to any more is freed first, or it would be counted too; twice,
--- as a finalizer holds its object up once.
local function used()
  collectgarbage()
  collectgarbage()
  return (heap.used())
end

local function make_ring(g, size, bytes)
  local ids = {}
  for i = 1, size do
    ids[i] = g:node(("x"):rep(bytes))
  end
  for i = 1, size do
    g:link(ids[i], ids[i % size + 1])
  end
  for i = 1, size do
    g:release(ids[i])
  end
  return ids
end

---@param g perilune.graph.Graph
---@param n integer
---@param size integer
---@param bytes integer
---@return integer[][]
local function make_cycles(g, n, size, bytes)
  local cycles = {}
  for i = 1, n do
    cycles[i] = make_ring(g, size, bytes)
  end
  return cycles
end

---@param g perilune.graph.Graph
---@return {cycles: integer, freed: integer, before: integer, after: integer}
local function collect(g)
  local before = used()
  local cycles = #g:cycles("garbage")
  local freed = g:collect().freed
  return { cycles = cycles, freed = freed, before = before, after = used() }
end

--- In a ring the first node's edge is enough: the others die one of the other's death.
local function break_cycle(g, ids)
  for _, id in ipairs(ids) do
    if g:alive(id) then
      g:clear(id)
    end
  end
end

---@param g perilune.graph.Graph
---@param cycles integer[][]
---@return {cycles: integer, freed: integer, before: integer, after: integer}
local function break_cycles(g, cycles)
  local before, nodes = used(), g:count()
  for _, ids in ipairs(cycles) do
    break_cycle(g, ids)
  end
  return { cycles = #cycles, freed = nodes - g:count(), before = before, after = used() }
end

return { make_cycles = make_cycles, collect = collect, break_cycles = break_cycles }
