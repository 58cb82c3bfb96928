--- What a graph must be, in plain lists: counts are counted anew, and garbage is what a search
--- from the handles does not reach. Nodes are numbered from 1 in the order in which they were
--- thought of; `plans` tells what the finalizer does with which node.

---@class GraphModel
---@field last integer the greatest number
---@field handles table<integer, integer> of those that are alive
---@field out table<integer, integer[]> strong edges
---@field weak_edges table<integer, integer[]> some of them to the dead, which do not count
---@field finalized table<integer, true>
---@field calls integer[] nodes that the finalizer was called for
---@field objects table<integer, integer> object -> node
local Model = {}
Model.__index = Model

local function new(plans)
  return setmetatable({
    plans = plans, last = 0, handles = {}, out = {}, weak_edges = {}, finalized = {}, calls = {},
    objects = {}, saved = {}, finalizing = false, saving = false, busy = false,
    died = 0, freed = 0, resurrected = 0,
  }, Model)
end

local function remove_one(list, item)
  for i, other in ipairs(list) do
    if other == item then
      table.remove(list, i)
      return true
    end
  end
  return false
end

function Model:alive(a) return self.handles[a] ~= nil end

function Model:has_handle(a) return (self.handles[a] or 0) > 0 end

--- The handle of what was saved is not for the user to release.
function Model:is_held(a) return (self.handles[a] or 0) > (self.saved[a] and 1 or 0) end

--- Calls fn(a) for each node.
function Model:each(fn)
  for a = 1, self.last do
    if self.handles[a] then fn(a) end
  end
end

--- The references of each node.
function Model:counts()
  local counts = {}
  for a, handles in pairs(self.handles) do
    counts[a] = (counts[a] or 0) + handles
    for _, b in ipairs(self.out[a]) do counts[b] = (counts[b] or 0) + 1 end
  end
  return counts
end

--- Weak edges to what is alive.
function Model:weak_targets(a)
  local targets = {}
  for _, b in ipairs(self.weak_edges[a]) do
    if self:alive(b) then targets[#targets + 1] = b end
  end
  return targets
end

--- Node -> steps to it from the nearest of the first ones.
function Model:distances(firsts)
  local queue, distance, i = {}, {}, 1
  for _, a in ipairs(firsts) do queue[#queue + 1], distance[a] = a, 0 end
  while queue[i] do
    for _, b in ipairs(self.out[queue[i]]) do
      if not distance[b] then
        queue[#queue + 1], distance[b] = b, distance[queue[i]] + 1
      end
    end
    i = i + 1
  end
  return distance
end

function Model:roots()
  local roots = {}
  self:each(function(a)
    if self:has_handle(a) then roots[#roots + 1] = a end
  end)
  return roots
end

function Model:remove(a)
  self.handles[a], self.out[a], self.weak_edges[a] = nil, nil, nil
end

function Model:finalize(a)
  if not self.finalizing or self.finalized[a] then return false end
  self.finalized[a] = true
  self.calls[#self.calls + 1] = a
  if self.plans[a] then self.plans[a](self, a) end
  return true
end

function Model:die(a)
  local called = self:finalize(a)
  if self:counts()[a] == 0 then
    self:remove(a)
    self.died = self.died + 1
  elseif called then
    self.resurrected = self.resurrected + 1
  end
end

function Model:one_without_reference()
  for a, count in pairs(self:counts()) do
    if count == 0 then return a end
  end
end

function Model:settle()
  if self.busy then return end
  self.busy = true
  local dying
  repeat
    dying = self:one_without_reference()
    if dying then self:die(dying) end
  until not dying
  self.busy = false
end

-- Nodes and edges

function Model:node(a)
  self.last = math.max(self.last, a)
  self.handles[a], self.out[a], self.weak_edges[a] = 1, {}, {}
end

function Model:link(a, b) table.insert(self.out[a], b) end

function Model:weak(a, b) table.insert(self.weak_edges[a], b) end

function Model:unlink(a, b)
  local found = remove_one(self.out[a], b) or remove_one(self.weak_edges[a], b)
  self:settle()
  return found
end

function Model:clear(a)
  local n = #self.out[a]
  self.out[a], self.weak_edges[a] = {}, {}
  self:settle()
  return n
end

function Model:link_all(pairs)
  for i = 1, #pairs, 2 do self:link(pairs[i], pairs[i + 1]) end
end

function Model:retain(a) self.handles[a] = self.handles[a] + 1 end

function Model:release_all(list)
  for _, a in ipairs(list) do self.handles[a] = self.handles[a] - 1 end
  self:settle()
end

function Model:release(a) self:release_all { a } end

--- What a finalizer does to another node.
function Model:drop(a)
  if self:is_held(a) then self:release(a) end
end

function Model:hold(object, a)
  self.objects[object] = a
  self:retain(a)
end

function Model:close_object(object)
  local a = self.objects[object]
  self.objects[object] = nil
  if self:is_held(a) then self:release(a) end
end

-- Collections

function Model:garbage()
  local reached, garbage = self:distances(self:roots()), {}
  self:each(function(a)
    if not reached[a] then garbage[#garbage + 1] = a end
  end)
  return garbage
end

-- What of the garbage has a reference from elsewhere by now, with what it leads to; and the rest.
function Model:part(garbage)
  local inside, firsts, kept, rest = {}, {}, {}, {}
  for _, a in ipairs(garbage) do inside[a] = true end
  self:each(function(a)
    if inside[a] then
      if self:has_handle(a) then firsts[#firsts + 1] = a end
      return
    end
    for _, b in ipairs(self.out[a]) do
      if inside[b] then firsts[#firsts + 1] = b end
    end
  end)
  local reached = self:distances(firsts)
  for _, a in ipairs(garbage) do table.insert(reached[a] and kept or rest, a) end
  return kept, rest
end

function Model:free(garbage)
  for _, a in ipairs(garbage) do self:remove(a) end
  self.freed = self.freed + #garbage
end

function Model:save(garbage)
  for _, a in ipairs(garbage) do
    self:retain(a)
    self.saved[a] = true
  end
end

function Model:collect()
  local garbage = self:garbage()
  self.busy = true
  for _, a in ipairs(garbage) do self:finalize(a) end
  self.busy = false
  local kept, rest = self:part(garbage)
  if self.saving then self:save(rest) else self:free(rest) end
  self.resurrected = self.resurrected + #kept
  self:settle()
  return {
    freed = self.saving and 0 or #rest, uncollectable = self.saving and #rest or 0,
    resurrected = #kept,
  }
end

function Model:finalizer(on) self.finalizing = on end

function Model:saveall(on)
  self.saving = on
  if on then return end
  local list = {}
  for a in pairs(self.saved) do list[#list + 1] = a end
  self.saved = {}
  self:release_all(list)
end

return new
