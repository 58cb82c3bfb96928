--- The calling contexts that a flame graph shows: those of a fair size, each where its bar begins.
--- Nothing here recurses, as a tree may be 100,000 nodes deep.

local identity = require("perilune.profile.identity")
local layout = require("perilune.profile.views.layout")
local tree = require("perilune.profile.tree")

local contexts = {}

local LEAST = 0.005 -- of all: smaller ones are not shown

local function context(fn, size)
  return { fn = fn, size = size, depth = 1, children = {} }
end

--- The tree with direct recursion joined: a context below one of the same function is part of that
--- one, and what both call is one context.
local function joined(raw, sums)
  local parent, functions = raw.nodes.parent, raw.nodes["function"]
  local groups, count = identity.groups(raw.functions), #raw.functions + 1
  local top = context(functions[1], sums[1])
  local into, level, by_pair, ids = { top }, { 1 }, {}, { [top] = 1 }
  for i = 2, #parent do
    local above, fn = into[parent[i]], groups[functions[i]]
    local pair = ids[above] * count + fn
    local here = above.fn == fn and above or by_pair[pair]
    if not here then
      here = context(fn, 0)
      by_pair[pair], ids[here] = here, i
      table.insert(above.children, here)
    end
    if here == above then
      level[i] = level[parent[i]] + 1
      here.depth = math.max(here.depth, level[i])
    else
      level[i], here.size = 1, here.size + sums[i]
    end
    into[i] = here
  end
  return top
end

--- The largest contexts, each with its caller among them, as a caller is no smaller.
local function largest(top, limit)
  local all, order = { top }, {}
  local i = 1
  while all[i] do
    order[all[i]] = i
    layout.append(all, all[i].children)
    i = i + 1
  end
  table.sort(all, function(a, b)
    if a.size ~= b.size then
      return a.size > b.size
    end
    return order[a] < order[b]
  end)
  local shown = {}
  for j = 1, math.min(limit, #all) do
    shown[all[j]] = all[j].size >= top.size * LEAST or nil
  end
  return shown, #all
end

local function by_size(a, b)
  if a.size ~= b.size then
    return a.size > b.size
  end
  return a.fn < b.fn
end

--- The shown contexts from the root on, each with where its bar begins.
local function laid_out(top, shown)
  local list, pending = {}, { { node = top, at = 0, depth = 0 } }
  while #pending > 0 do
    local item = table.remove(pending)
    list[#list + 1] = item
    local children = {}
    for _, child in ipairs(item.node.children) do
      children[#children + 1] = shown[child] and child or nil
    end
    table.sort(children, by_size)
    local at, first = item.at, #pending + 1
    for _, child in ipairs(children) do
      table.insert(pending, first, { node = child, at = at, depth = item.depth + 1 })
      at = at + child.size
    end
  end
  return list
end

-- What bars stand for by mode, if the profile has it; else time.
local FIELDS = { sample = "samples", memory = "bytes" }

--- The sums that bars stand for, the unit's name, and how to write one.
local function amounts(raw)
  local field = FIELDS[raw.mode]
  local sums = tree.sums(raw.nodes, field or "self")
  if field == "samples" and sums[1] > 0 then
    return sums, "samples", layout.count
  elseif sums[1] == 0 then
    field, sums = nil, tree.sums(raw.nodes, "self")
  end
  local unit = (field and layout.size_unit or layout.time_unit)(sums[1])
  return sums, unit.name, function(x)
    return layout.figure(x, unit)
  end
end

---@class FlameContext
---@field node {fn: integer, size: number, depth: integer} a function's index, what is in it and
---  below it, and how deep it recursed
---@field at number    where it begins, in the unit of sizes
---@field depth integer of the context, the root's 0

---@class FlameContexts
---@field list FlameContext[] the root first
---@field all integer         with those that are too small to be shown
---@field unit string
---@field text fun(size: number): string

---@param raw table a raw profile
---@param limit? integer of contexts
---@return FlameContexts
function contexts.of(raw, limit)
  local sums, unit, text = amounts(raw)
  local top = joined(raw, sums)
  local shown, all = largest(top, limit or math.huge)
  return { list = laid_out(top, shown), all = all, unit = unit, text = text }
end

return contexts
