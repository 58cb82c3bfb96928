--- Graphs that the contract specs make, and what they ask of them.
local assert = require("luassert")
local blame = require("spec.contract.blame")

local graphs = {}

--- Links each node of the list to the next one.
function graphs.chain(g, ids)
  local pairs = {}
  for i = 1, #ids - 1 do
    pairs[2 * i - 1], pairs[2 * i] = ids[i], ids[i + 1]
  end
  g:link_all(pairs)
  return ids
end

--- Links the last one to the first, too.
function graphs.ring(g, ids)
  graphs.chain(g, ids)
  g:link(ids[#ids], ids[1])
  return ids
end

--- A ring of n nodes that nothing holds, unless the graph has collected it by itself.
function graphs.garbage_ring(g, n)
  local ids = graphs.ring(g, g:nodes(n))
  g:release_all(ids)
  return ids
end

function graphs.sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

--- The targets of strong edges and of weak ones, each in order.
function graphs.edges(g, a)
  local strong, weak = g:referents(a)
  return graphs.sorted(strong), graphs.sorted(weak)
end

function graphs.count_alive(g, ids)
  local n = 0
  for _, id in ipairs(ids) do
    if g:alive(id) then n = n + 1 end
  end
  return n
end

--- The function, which is on one line, raises an error that blames that line.
function graphs.refuses(text, fn)
  assert.equal(blame.at(fn, 0, text), blame.message(fn))
end

--- Gives the graph a finalizer that writes down the ids, and then does what `act` does.
function graphs.watch(g, called, act)
  g:finalizer(function(id, value)
    called[#called + 1] = id
    if act then act(id, value) end
  end)
end

return graphs
