--- The calling-context tree as parallel arrays: node 1 is the root, a parent stands before its
--- children. Nothing here recurses, as a tree may be 100,000 nodes deep.

local tree = {}

--- The first child and the next sibling of each node, in the order of the arrays.
---@param nodes table of a raw profile
---@return integer[] first
---@return integer[] following
function tree.links(nodes)
  local parent, first, following = nodes.parent, {}, {}
  for i = #parent, 2, -1 do
    local above = parent[i]
    following[i], first[above] = first[above], i
  end
  return first, following
end

--- Calls `enter(i)` before the children of a node and `leave(i)` after them.
---@param nodes table
---@param enter fun(node: integer)
---@param leave fun(node: integer)
function tree.walk(nodes, enter, leave)
  local first, following = tree.links(nodes)
  local parent, i = nodes.parent, 1
  while i do
    enter(i)
    local ahead = first[i]
    while not ahead and i > 0 do
      leave(i)
      ahead, i = following[i], parent[i]
    end
    i = ahead
  end
end

--- What a node and all beneath it have of a field.
---@param nodes table
---@param field string such as "self"; one that the profile lacks counts as 0
---@return number[]
function tree.sums(nodes, field)
  local parent, values = nodes.parent, nodes[field]
  local sums = {}
  for i = 1, #parent do
    sums[i] = values and values[i] or 0
  end
  for i = #parent, 2, -1 do
    local above = parent[i]
    sums[above] = sums[above] + sums[i]
  end
  return sums
end

return tree
