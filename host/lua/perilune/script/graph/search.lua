--- What perilune.script.graph finds out by going through all nodes.

local search = {}

local function add(list, id, times)
  for _ = 1, times do list[#list + 1] = id end
end

--- Nodes with strong edges to this one, and those with weak ones; one entry an edge.
---@param state perilune.script.graph.State
---@param node perilune.script.graph.Node
---@return integer[], integer[]
function search.referrers(state, node)
  local strong, weak = {}, {}
  for id, from in pairs(state.nodes) do
    for _, to in ipairs(from.out) do
      if to == node then strong[#strong + 1] = id end
    end
    add(weak, id, from.weak and from.weak[node] or 0)
  end
  return strong, weak
end

--- Targets of the node's strong edges, and of its weak ones; one entry an edge.
---@param node perilune.script.graph.Node
---@return integer[], integer[]
function search.referents(node)
  local strong, weak = {}, {}
  for i, to in ipairs(node.out) do strong[i] = to.id end
  for to, times in pairs(node.weak or {}) do add(weak, to.id, times) end
  return strong, weak
end

local function path_to(node, from)
  local back, path = {}, {}
  while node do
    back[#back + 1] = node.id
    node = from[node]
  end
  for i = #back, 1, -1 do path[#path + 1] = back[i] end
  return path
end

--- A shortest path from a node with a handle to this one: breadth first, from all of them at once.
---@param state perilune.script.graph.State
---@param goal perilune.script.graph.Node
---@return integer[]?
function search.path(state, goal)
  local queue, from, i = {}, {}, 1
  for _, node in pairs(state.nodes) do
    if node.handles > 0 then
      queue[#queue + 1], from[node] = node, false
    end
  end
  while queue[i] do
    local node = queue[i]
    if node == goal then return path_to(node, from) end
    for _, to in ipairs(node.out) do
      if from[to] == nil then
        queue[#queue + 1], from[to] = to, node
      end
    end
    i = i + 1
  end
end

return search
