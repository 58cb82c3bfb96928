--- Strongly connected components of a graph (Tarjan, "Depth-first search and linear graph
--- algorithms", 1972), with the path that the search is on in a list: no recursion.

local reading = require("perilune.graph.reading")

local cycles = {}

-- A search has, by node: the order in which it was met (`index`), the first of the open nodes that
-- it leads back to (`low`), and how many of its edges have been followed (`at`). What is open is on
-- the stack.
local function new_search(edges)
  return { edges = edges, index = {}, low = {}, at = {}, open = {}, path = {}, stack = {}, met = 0 }
end

local function meet(search, id)
  local met = search.met + 1
  search.met, search.index[id], search.low[id], search.at[id] = met, met, met, 0
  search.open[id] = true
  search.path[#search.path + 1] = id
  search.stack[#search.stack + 1] = id
end

-- Everything above the component's first node on the stack is in it.
local function take_component(search, first)
  local component, stack = {}, search.stack
  repeat
    local id = table.remove(stack)
    search.open[id] = nil
    component[#component + 1] = id
  until id == first
  return component
end

local function follow(search, id)
  local at = search.at[id] + 1
  search.at[id] = at
  return search.edges[id][at]
end

local function lead_back(search, id, index)
  if index < search.low[id] then search.low[id] = index end
end

-- Follows one more edge of the last node on the path, or leaves it; then it may close a component.
local function step(search)
  local path = search.path
  local id = path[#path]
  local to = follow(search, id)
  if to then
    if not search.index[to] then
      if search.edges[to] then meet(search, to) end
    elseif search.open[to] then
      lead_back(search, id, search.index[to])
    end
    return nil
  end
  path[#path] = nil
  if path[#path] then lead_back(search, path[#path], search.low[id]) end
  return search.low[id] == search.index[id] and take_component(search, id)
end

local function has_edge_inside(component, edges)
  if #component > 1 then return true end
  for _, to in ipairs(edges[component[1]]) do
    if to == component[1] then return true end
  end
  return false
end

local function larger(a, b)
  if #a ~= #b then return #a > #b end
  return a[1] < b[1]
end

local function components(edges)
  local search, found = new_search(edges), {}
  for id in pairs(edges) do
    if not search.index[id] then meet(search, id) end
    while search.path[1] do
      local component = step(search)
      if component and has_edge_inside(component, edges) then found[#found + 1] = component end
    end
  end
  table.sort(found, larger)
  return found
end

local function check(which)
  if which == nil or which == "all" or which == "garbage" then return end
  local text = type(which) == "string" and ("invalid option '%s'"):format(which)
    or "string expected, got " .. type(which)
  error("bad argument #1 to 'cycles' (" .. text .. ")", 3)
end

---@param graph perilune.graph.Graph
---@param which? "all"|"garbage"
---@return perilune.graph.Id[][]
function cycles.find(graph, which)
  check(which)
  local edges = reading.edges(graph)
  if which == "garbage" then
    for id in pairs(reading.reachable(graph, edges)) do edges[id] = nil end
  end
  return components(edges)
end

return cycles
