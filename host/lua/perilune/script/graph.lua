--- perilune.graph in plain Lua: the simple version that the native one is measured against and must
--- agree with. A node is a table, in a table by id; `graph/counts.lua` counts references,
--- `graph/collector.lua` finds the cycles, and here are the methods with what they refuse.

local analyses = require("perilune.graph.analyses")
local checks = require("perilune.script.graph.checks")
local collector = require("perilune.script.graph.collector")
local counts = require("perilune.script.graph.counts")
local search = require("perilune.script.graph.search")
local no_option = require("perilune.arguments").no_option

local THRESHOLD <const> = 10000
local MOST <const> = (1 << 31) - 1 -- nodes, as the native version has them
local EVENTS <const> = { start = true, stop = true }
local FLAGS <const> = { saveall = true }

local Graph, Object = checks.Graph, checks.Object
local check, check_node, check_value = checks.self, checks.node, checks.value
local refuse = checks.refuse
local methods, object_methods = {}, {}
Graph.__index, Object.__index = methods, object_methods

-- Nodes

function methods:node(value)
  local state = check(self, "node")
  check_value(self, 1, "node", value)
  return counts.new(state, value).id
end

function methods:nodes(n)
  local state = check(self, "nodes")
  local length = checks.integer(n, 0)
  if not length then refuse(1, "nodes", "n must be an integer from 0 on") end
  if length + state.stats.nodes >= MOST then error("too many nodes", 2) end
  local ids = {}
  for i = 1, length do ids[i] = counts.new(state).id end
  return ids
end

-- Without a node it is closed.
local function new_object(self)
  return setmetatable({ graph = self, node = false }, Object)
end

function methods:object(value)
  local state = check(self, "object")
  check_value(self, 1, "object", value)
  local object = new_object(self)
  object.node = counts.new(state, value)
  return object
end

function methods:hold(a)
  check(self, "hold")
  local object = new_object(self)
  local node = check_node(self, 1, "hold", a)
  counts.retain(node)
  object.node = node
  return object
end

function methods:retain(a)
  check(self, "retain")
  counts.retain(check_node(self, 1, "retain", a))
end

function methods:release(a)
  local state = check(self, "release")
  local node = check_node(self, 1, "release", a)
  if not counts.release(state, node) then
    refuse(1, "release", "the node has no handle")
  end
  collector.settle(state)
end

-- Takes a handle of each node, or none at all and gives the index of one that has none.
local function take_handles(nodes)
  for i, node in ipairs(nodes) do
    if not counts.is_held(node) then
      for j = 1, i - 1 do nodes[j].handles = nodes[j].handles + 1 end
      return i
    end
    node.handles = node.handles - 1
  end
end

function methods:release_all(ids)
  local state = check(self, "release_all")
  local nodes = checks.nodes(self, "release_all", ids)
  local i = take_handles(nodes)
  if i then refuse(1, "release_all", ("item %d has no handle to release"):format(i)) end
  for _, node in ipairs(nodes) do counts.lose_reference(state, node) end
  collector.settle(state)
end

function methods:alive(a)
  check(self, "alive")
  local node, why = checks.find(self, a)
  if not node and why ~= checks.DEAD then refuse(1, "alive", why) end
  return node ~= nil
end

function methods:refcount(a)
  check(self, "refcount")
  return check_node(self, 1, "refcount", a).count
end

function methods:handles(a)
  check(self, "handles")
  return check_node(self, 1, "handles", a).handles
end

function methods:value(a)
  check(self, "value")
  return check_node(self, 1, "value", a).value
end

function methods:set_value(a, value)
  check(self, "set_value")
  check_value(self, 2, "set_value", value)
  check_node(self, 1, "set_value", a).value = value
end

function methods:label(a)
  check(self, "label")
  return check_node(self, 1, "label", a).label
end

function methods:set_label(a, label)
  check(self, "set_label")
  if label ~= nil then checks.type(2, "set_label", label, "string") end
  check_node(self, 1, "set_label", a).label = label
end

-- Edges

function methods:link(a, b)
  local state = check(self, "link")
  local from, to = check_node(self, 1, "link", a), check_node(self, 2, "link", b)
  counts.link(state, from, to)
end

function methods:weak(a, b)
  check(self, "weak")
  local watchers, weak = {}, {}
  local from, to = check_node(self, 1, "weak", a), check_node(self, 2, "weak", b)
  from.weak, to.watchers = from.weak or weak, to.watchers or watchers
  counts.link_weakly(from, to)
end

function methods:unlink(a, b)
  local state = check(self, "unlink")
  local from, to = check_node(self, 1, "unlink", a), check_node(self, 2, "unlink", b)
  local found = counts.unlink(state, from, to)
  collector.settle(state)
  return found
end

function methods:clear(a)
  local state, out = check(self, "clear"), {}
  local removed = counts.clear(state, check_node(self, 1, "clear", a), out)
  collector.settle(state)
  return removed
end

function methods:link_all(pairs)
  local state = check(self, "link_all")
  local nodes = checks.nodes(self, "link_all", pairs)
  if #nodes % 2 ~= 0 then refuse(1, "link_all", "odd number of items") end
  for i = 1, #nodes, 2 do counts.link(state, nodes[i], nodes[i + 1]) end
end

function methods:referents(a)
  check(self, "referents")
  local node = check_node(self, 1, "referents", a)
  return search.referents(node)
end

function methods:referrers(a)
  local state = check(self, "referrers")
  local node = check_node(self, 1, "referrers", a)
  return search.referrers(state, node)
end

-- The whole graph

function methods:count()
  local state = check(self, "count")
  return state.stats.nodes
end

function methods:ids()
  local state, ids = check(self, "ids"), {}
  for id in pairs(state.nodes) do ids[#ids + 1] = id end
  return ids
end

function methods:roots()
  local state, roots = check(self, "roots"), {}
  for id, node in pairs(state.nodes) do
    if node.handles > 0 then roots[#roots + 1] = id end
  end
  return roots
end

function methods:why_alive(a)
  local state = check(self, "why_alive")
  local node = check_node(self, 1, "why_alive", a)
  return search.path(state, node)
end

function methods:stats()
  local state, copy = check(self, "stats"), {}
  for name, value in pairs(state.stats) do copy[name] = value end
  copy.candidates, copy.threshold = #state.candidates, state.threshold
  return copy
end

function methods:bind()
  local state = check(self, "bind")
  local function node(value)
    check(self, "node")
    check_value(self, 1, "node", value)
    return counts.new(state, value).id
  end
  local function link(a, b)
    check(self, "link")
    local from, to = check_node(self, 1, "link", a), check_node(self, 2, "link", b)
    counts.link(state, from, to)
  end
  local function release(a)
    check(self, "release")
    local freed = counts.release(state, check_node(self, 1, "release", a))
    if not freed then refuse(1, "release", "the node has no handle") end
    collector.settle(state)
  end
  return node, link, release
end

-- Collections

function methods:collect()
  local state = check(self, "collect")
  local report = collector.collect(state)
  if report then return report end
  return nil, "a collection is under way", "busy"
end

function methods:auto(on)
  local state = check(self, "auto")
  local before = state.auto
  if on ~= nil and type(on) ~= "boolean" then
    refuse(1, "auto", "auto must be a boolean")
  end
  if on ~= nil then state.auto = on end
  return before
end

function methods:threshold(candidates)
  local state = check(self, "threshold")
  local before = state.base
  if candidates ~= nil then
    local base = checks.integer(candidates, 1)
    if not base then refuse(1, "threshold", "threshold must be an integer from 1 on") end
    state.base, state.threshold = base, base
  end
  return before
end

function methods:on(event, fn)
  local state = check(self, "on")
  checks.type(1, "on", event, "string")
  checks.name(1, "on", event, EVENTS)
  checks.callback(2, "on", fn)
  state.on[event] = fn
end

function methods:finalizer(fn)
  local state = check(self, "finalizer")
  checks.callback(1, "finalizer", fn)
  state.finalizer = fn
end

function methods:debug(flag)
  local state = check(self, "debug")
  checks.name(1, "debug", flag, FLAGS)
  state.save_all = flag ~= nil
  if flag then return end
  for _, id in ipairs(self:garbage()) do
    local node = state.nodes[id]
    node.saved = nil
    counts.release(state, node)
  end
  collector.settle(state)
end

function methods:garbage()
  local state, ids = check(self, "garbage"), {}
  for id, node in pairs(state.nodes) do
    if node.saved then ids[#ids + 1] = id end
  end
  return ids
end

function methods:close()
  local state = getmetatable(self) == Graph and self.state or check(self, "close")
  if state.closed then return end
  if state.busy then error("the graph is in use", 2) end
  local _ <close> = counts.enter(state)
  for _, id in ipairs(self:ids()) do
    local node = state.nodes[id]
    if node then counts.finalize(state, node) end
  end
  counts.bury(state)
  state.closed = true
  state.nodes, state.candidates, state.on, state.finalizer = {}, {}, {}, nil
end

Graph.__close, Graph.__gc = methods.close, methods.close

function Graph:__tostring()
  local state = getmetatable(self) == Graph and self.state or checks.self(self, "tostring")
  if state.closed then return "perilune.graph: closed" end
  local n = state.stats.nodes
  return ("perilune.graph: %d node%s"):format(n, n == 1 and "" or "s")
end

analyses.extend(methods)

function Graph.__newindex()
  error("a graph has no fields to assign to", 2)
end

-- Objects

function object_methods:id()
  checks.object(self, "id")
  if not self.node then error("calling 'id' on bad self (the object is closed)", 2) end
  return self.node.id
end

function object_methods:close()
  checks.object(self, "close")
  local graph, node = self.graph, self.node
  self.graph, self.node = false, false
  if not node or graph.state.closed then return end
  local state = graph.state
  if counts.is_alive(state, node) and counts.release(state, node) then collector.settle(state) end
end

Object.__close, Object.__gc = object_methods.close, object_methods.close

function Object:__tostring()
  checks.object(self, "tostring")
  return "perilune.graph.object: " .. (self.node and self.node.id or "closed")
end

function Object.__newindex()
  error("an object has no fields to assign to", 2)
end

-- Options

local options = {
  threshold = { "an integer from 1 on", function(value) return checks.integer(value, 1) end },
  auto = { "a boolean", function(value) return type(value) == "boolean" end },
}

local graph = {}

function graph.new(given)
  if given ~= nil then checks.type(1, "new", given, "table") end
  local settings = { threshold = THRESHOLD, auto = true }
  for name, value in pairs(given or {}) do
    local option = options[name]
    if not option then
      refuse(1, "new", no_option(name, options))
    elseif not option[2](value) then
      refuse(1, "new", ("%s must be %s"):format(name, option[1]))
    end
    settings[name] = value
  end
  local state = counts.new_state(math.tointeger(settings.threshold), settings.auto)
  return setmetatable({ state = state }, Graph)
end

return graph
