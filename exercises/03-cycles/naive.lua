--- Object graphs that count references, and do nothing else: a node dies when its count goes to 0.
--- The methods are those of `perilune.graph`, as many as this exercise needs.

local naive = {}

---@class Counted
---@field counts table<integer, integer>     references of each live node
---@field held table<integer, integer>       how many of them are handles
---@field targets table<integer, integer[]>  one entry an edge
---@field values table<integer, any>
local Graph = {}
Graph.__index = Graph

--- An empty graph; options are for others.
---@return Counted
function naive.new()
  return setmetatable({
    counts = {}, held = {}, targets = {}, values = {}, made = 0, died = 0,
  }, Graph)
end

local function check(self, id)
  if not self.counts[id] then
    error(("%s is no live node"):format(tostring(id)), 3)
  end
end

--- A new node with one handle, the caller's.
---@param value? any
---@return integer id
function Graph:node(value)
  local id = self.made + 1
  self.made = id
  self.counts[id], self.held[id], self.targets[id], self.values[id] = 1, 1, {}, value
  return id
end

local function forget(self, id)
  self.counts[id], self.held[id], self.targets[id], self.values[id] = nil, nil, nil, nil
  self.died = self.died + 1
end

--- Takes a reference from each node of a list, and goes on with the edges of those that die of it.
--- A list of what is left to do, not a call for each: a chain may be a million nodes long.
local function drop(self, dropped)
  while #dropped > 0 do
    local id = table.remove(dropped)
    self.counts[id] = self.counts[id] - 1
    if self.counts[id] == 0 then
      table.move(self.targets[id], 1, #self.targets[id], #dropped + 1, dropped)
      forget(self, id)
    end
  end
end

--- One edge more from a to b, which is a reference to b.
function Graph:link(a, b)
  check(self, a)
  check(self, b)
  table.insert(self.targets[a], b)
  self.counts[b] = self.counts[b] + 1
end

--- Removes one edge from a to b; false where there is none.
---@return boolean
function Graph:unlink(a, b)
  check(self, a)
  for i, target in ipairs(self.targets[a]) do
    if target == b then
      table.remove(self.targets[a], i)
      drop(self, { b })
      return true
    end
  end
  return false
end

--- Removes all edges out of a node.
---@return integer how many there were
function Graph:clear(a)
  check(self, a)
  local targets = self.targets[a]
  local count = #targets
  self.targets[a] = {}
  drop(self, targets)
  return count
end

--- One handle more.
function Graph:retain(a)
  check(self, a)
  self.counts[a], self.held[a] = self.counts[a] + 1, self.held[a] + 1
end

--- One handle less, and all that dies of it.
function Graph:release(a)
  check(self, a)
  if self.held[a] == 0 then
    error(("node %d has no handle"):format(a), 2)
  end
  self.held[a] = self.held[a] - 1
  drop(self, { a })
end

---@return boolean
function Graph:alive(a)
  return self.counts[a] ~= nil
end

--- Handles on a node and edges to it.
---@return integer
function Graph:refcount(a)
  check(self, a)
  return self.counts[a]
end

---@return any
function Graph:value(a)
  check(self, a)
  return self.values[a]
end

--- Nodes that are alive.
---@return integer
function Graph:count()
  return self.made - self.died
end

--- None: a count does not tell from where the references come.
---@return integer[][]
function Graph.cycles()
  return {}
end

--- Frees nothing: there is no collector.
---@return {freed: integer}
function Graph.collect()
  return { freed = 0 }
end

---@return {nodes: integer, edges: integer, died: integer, collections: integer, automatic: integer}
function Graph:stats()
  local edges = 0
  for _, targets in pairs(self.targets) do
    edges = edges + #targets
  end
  return {
    nodes = self:count(), edges = edges, died = self.died, collections = 0, automatic = 0,
  }
end

return naive
