--- Cycles in the graph that cannot collect, broken by hand, for `perilune compare 3`.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local naive = dofile(here .. "../naive.lua")

local function make_ring(g, size)
  local ids = {}
  for i = 1, size do
    ids[i] = g:node("")
  end
  for i = 1, size do
    g:link(ids[i], ids[i % size + 1])
  end
  for i = 1, size do
    g:release(ids[i])
  end
  return ids[1]
end

---@param n integer cycles
---@param size integer nodes of each
---@return {made: integer, left: integer} nodes
local function free(n, size)
  local g, firsts = naive.new(), {}
  for i = 1, n do
    firsts[i] = make_ring(g, size)
  end
  local made = g:count()
  for _, first in ipairs(firsts) do
    g:clear(first)
  end
  return { made = made, left = g:count() }
end

return { free = free }
