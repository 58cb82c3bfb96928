--- Nodes counted by label, and what has changed between two counts.

local reading = require("perilune.graph.reading")

local labels = {}

-- Graph -> its counts when `growth` was called last.
local last = setmetatable({}, { __mode = "k" })

---@param graph perilune.graph.Graph
---@return table<string, integer>
function labels.counts(graph)
  local counts = {}
  for id in reading.nodes(graph) do
    local label = graph:label(id) or ""
    counts[label] = (counts[label] or 0) + 1
  end
  return counts
end

local function larger(a, b)
  if a.delta ~= b.delta then return a.delta > b.delta end
  return a.label < b.label
end

--- Labels whose count has changed, the largest growth first.
---@param old table<string, integer>
---@param new table<string, integer>
---@return perilune.graph.Growth[]
function labels.changes(old, new)
  local changes = {}
  local function add(label, count, delta)
    if delta ~= 0 then changes[#changes + 1] = { label = label, count = count, delta = delta } end
  end
  for label, count in pairs(new) do add(label, count, count - (old[label] or 0)) end
  for label, count in pairs(old) do
    if not new[label] then add(label, 0, -count) end
  end
  table.sort(changes, larger)
  return changes
end

---@param graph perilune.graph.Graph
---@return perilune.graph.Growth[]
function labels.growth(graph)
  local old, new = last[graph] or {}, labels.counts(graph)
  last[graph] = new
  return labels.changes(old, new)
end

return labels
