--- Which nodes a graph has at one moment, and how that differs from another one.

local labels = require("perilune.graph.labels")

local TYPE <const> = "perilune.graph.snapshot"

local Snapshot = { __name = TYPE }
local methods = {}
Snapshot.__index = methods

-- Graph -> a table that stands for it in its snapshots, so that they do not keep it alive.
local marks = setmetatable({}, { __mode = "k" })

local snapshot = {}

---@param graph perilune.graph.Graph
---@return perilune.graph.Snapshot
function snapshot.take(graph)
  marks[graph] = marks[graph] or {}
  local nodes = {}
  for _, id in ipairs(graph:ids()) do nodes[id] = true end
  return setmetatable({
    mark = marks[graph], nodes = nodes, edges = graph:stats().edges, labels = labels.counts(graph),
  }, Snapshot)
end

local function without(nodes, others)
  local list = {}
  for id in pairs(nodes) do
    if not others[id] then list[#list + 1] = id end
  end
  table.sort(list)
  return list
end

function methods:diff(old)
  if getmetatable(self) ~= Snapshot then
    error(("calling 'diff' on bad self (%s expected)"):format(TYPE), 2)
  elseif getmetatable(old) ~= Snapshot or old.mark ~= self.mark then
    error("bad argument #1 to 'diff' (a snapshot of the same graph expected)", 2)
  end
  return {
    added = without(self.nodes, old.nodes),
    removed = without(old.nodes, self.nodes),
    edges = self.edges - old.edges,
    labels = labels.changes(old.labels, self.labels),
  }
end

return snapshot
