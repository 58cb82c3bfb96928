--- A graph as deep as it has nodes, on whatever stack this process has:
---
---     deep.lua CASE N
---
--- Prints the stack's limit in bytes and what the case gives.
local graph = require("perilune.native.graph")

-- n nodes, each with an edge to the next one: the first has the only handle.
local function chain(g, n)
  local ids, pairs = g:nodes(n), {}
  for i = 1, n - 1 do pairs[2 * i - 1], pairs[2 * i] = ids[i], ids[i + 1] end
  g:link_all(pairs)
  for i = 2, n do g:release(ids[i]) end
  return ids[1], ids[n]
end

local function ring(g, n)
  local first, last = chain(g, n)
  g:link(last, first)
  return first, last
end

local cases = {}

function cases.chain_dies(g, n)
  g:release((chain(g, n)))
  return g:stats().died, g:count()
end

function cases.ring_is_collected(g, n)
  g:release((ring(g, n)))
  return g:collect().freed, g:count()
end

-- Where a ring is a small part of the graph it is looked at by itself, without the rest.
function cases.ring_among_others_is_collected(g, n)
  g:nodes(9 * n)
  g:release((ring(g, n)))
  return g:collect().freed, g:count() - 9 * n
end

function cases.ring_among_others_lives(g, n)
  g:nodes(9 * n)
  local first, last = ring(g, n)
  g:retain(last)
  g:release(first)
  return g:collect().freed, g:count() - 9 * n
end

function cases.ring_is_resurrected(g, n)
  local first = ring(g, n)
  g:finalizer(function(id)
    if id == first then g:retain(id) end
  end)
  g:release(first)
  return g:collect().resurrected, g:count()
end

function cases.chain_is_explained(g, n)
  local _, last = chain(g, n)
  return #g:why_alive(last), g:count()
end

local function stack_limit()
  for line in io.lines("/proc/self/limits") do
    local bytes = line:match("^Max stack size%s+(%S+)")
    if bytes then return bytes end
  end
end

local g <close> = graph.new { auto = false }
print(stack_limit(), cases[arg[1]](g, math.tointeger(arg[2])))
