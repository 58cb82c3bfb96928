--- Cycles in a graph that counts references: make them, collect them, break them.

---@class Freed what `collect` and `break_cycles` return
---@field cycles integer that were found, or broken
---@field freed integer nodes that are gone
---@field before integer bytes in use at the beginning
---@field after integer bytes in use at the end

--- Makes n cycles and lets go of them: each is a ring of `size` nodes, the last one linked to the
--- first, and no node keeps a handle. Each node carries a string of its own, `bytes` bytes long.
---@param g perilune.graph.Graph
---@param n integer 1 or more
---@param size integer 1 or more; a ring of one node is linked to itself
---@param bytes integer 0 or more
---@return integer[][] cycles n lists of the `size` ids of a cycle
local function make_cycles(g, n, size, bytes)
  error(("make_cycles is not written yet: n = %d, size = %d, bytes = %d, and a graph of %d nodes")
    :format(n, size, bytes, g:count()))
end

--- Finds the cycles that no handle leads to, and frees them with the graph's collector.
---@param g perilune.graph.Graph it may hold other nodes too, which stay
---@return Freed
local function collect(g)
  error(("collect is not written yet: a graph of %d nodes is waiting"):format(g:count()))
end

--- Takes edges away until counting alone has freed the nodes of the cycles: no collection runs.
---@param g perilune.graph.Graph it may hold other nodes too, which stay
---@param cycles integer[][] the ids of each cycle, in any order
---@return Freed
local function break_cycles(g, cycles)
  error(("break_cycles is not written yet: a graph of %d nodes is waiting, %d of them in a cycle")
    :format(g:count(), #cycles[1]))
end

return { make_cycles = make_cycles, collect = collect, break_cycles = break_cycles }
