--- What both versions of perilune.graph read of a graph, through its public methods. A finaliser of
--- Lua's may close an object while a graph is read: what has died since is left out.

local reading = {}

--- Iterates over the ids of all nodes.
---@param graph perilune.graph.Graph
---@return fun(): perilune.graph.Id?
function reading.nodes(graph)
  local ids, i = graph:ids(), 0
  return function()
    repeat i = i + 1 until not ids[i] or graph:alive(ids[i])
    return ids[i]
  end
end

--- The targets of each node's strong edges, by id. A target without a list of its own has died.
---@param graph perilune.graph.Graph
---@return table<perilune.graph.Id, perilune.graph.Id[]>
function reading.edges(graph)
  local edges = {}
  for id in reading.nodes(graph) do
    edges[id] = graph:referents(id)
  end
  return edges
end

--- The nodes that handles lead to.
---@param graph perilune.graph.Graph
---@param edges table<perilune.graph.Id, perilune.graph.Id[]>
---@return table<perilune.graph.Id, true>
function reading.reachable(graph, edges)
  local queue, reached, i = graph:roots(), {}, 1
  for _, id in ipairs(queue) do reached[id] = true end
  while queue[i] do
    for _, to in ipairs(edges[queue[i]] or {}) do
      if not reached[to] then
        reached[to] = true
        queue[#queue + 1] = to
      end
    end
    i = i + 1
  end
  return reached
end

return reading
