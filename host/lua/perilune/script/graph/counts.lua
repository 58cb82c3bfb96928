--- The counting half of perilune.script.graph. A node's count is the number of its handles and of
--- the strong edges to it; what takes the last one away puts the node among the dying, and `bury`
--- goes through these: a node that dies takes its edges away, of which others die. The dying wait
--- in a list, so a chain of any length dies without recursion.
---
--- Lua's own collector runs where a table, a closure or a string is made or the stack grows, and
--- its finalisers may call any method of the graph. Between two such places each function here
--- leaves the graph as it must be.

---@class perilune.script.graph.Node
---@field id integer
---@field count integer references: its handles and the strong edges to it
---@field handles integer
---@field out perilune.script.graph.Node[] the target of each strong edge
---@field candidate integer|false its place among the candidates
---@field trial integer|false references that a collection cannot explain, while there is one
---@field value any
---@field label? string
---@field weak? table<perilune.script.graph.Node, integer> weak edges from it: how many to which
---@field watchers? table<perilune.script.graph.Node, true> nodes with weak edges to it
---@field finalized? true the finalizer was called for it
---@field saved? true one of its handles is the graph's, for "saveall"

---@class perilune.script.graph.State
---@field nodes table<integer, perilune.script.graph.Node> alive
---@field last integer id that was given
---@field dying perilune.script.graph.Node[] to be buried, unless they get a reference before
---@field candidates perilune.script.graph.Node[] could be on a cycle that nothing else holds
---@field busy boolean nodes are being buried or collected: that is not begun again meanwhile
---@field unsound boolean memory ran out while it was busy
---@field closed boolean
---@field finalizer? fun(id: integer, value: any)
---@field base integer the threshold that was set
---@field threshold integer the one in force
---@field auto boolean
---@field on table<string, function>
---@field save_all boolean garbage is saved instead of freed
---@field stats perilune.graph.Stats

local counts = {}

local NONE <const> = {} -- stays empty
counts.NONE = NONE

--- A node that loses a reference and keeps others may have been held by a cycle that it is on.
function counts.suspect(state, node)
  if node.candidate or node.handles > 0 or #node.out == 0 then return end
  local list = state.candidates
  list[#list + 1] = node
  node.candidate = #list
end

local suspect = counts.suspect

local function clear_of_suspicion(state, node)
  local place, list = node.candidate, state.candidates
  if not place then return end
  local last = list[#list]
  list[place], last.candidate = last, place
  list[#list], node.candidate = nil, false
end

--- A reference less, a handle or an edge. Without one left the node waits for `bury`.
function counts.lose_reference(state, node)
  node.count = node.count - 1
  if node.count > 0 then return suspect(state, node) end
  state.dying[#state.dying + 1] = node
end

local lose_reference = counts.lose_reference

local State = {}

function State:__close(message)
  self.busy, self.unsound = false, self.unsound or message ~= nil
end

---@return perilune.script.graph.State
function counts.new_state(threshold, auto)
  return setmetatable({
    nodes = {}, last = 0, dying = {}, candidates = {}, busy = false, unsound = false,
    closed = false, save_all = false,
    on = {}, base = threshold, threshold = threshold, auto = auto,
    stats = {
      nodes = 0, edges = 0, candidates = 0, threshold = 0, collections = 0, automatic = 0,
      died = 0, freed = 0, resurrected = 0, pause_ns = 0, longest_ns = 0,
    },
  }, State)
end

--- The graph is busy until the result is closed, whatever is raised.
function counts.enter(state)
  state.busy = true
  return state
end

--- A new node with one handle.
---@param state perilune.script.graph.State
---@param value any
---@return perilune.script.graph.Node
function counts.new(state, value)
  local node = { id = 0, count = 1, handles = 1, out = {}, candidate = false, trial = false }
  local stats = state.stats
  node.value = value
  node.id, state.last = state.last + 1, state.last + 1
  state.nodes[node.id] = node
  stats.nodes = stats.nodes + 1
  return node
end

function counts.is_alive(state, node) return state.nodes[node.id] == node end

function counts.retain(node)
  node.handles, node.count = node.handles + 1, node.count + 1
end

--- Whether there is a handle for the user to release.
function counts.is_held(node)
  return node.handles > (node.saved and 1 or 0)
end

--- Takes a handle away, false where there is none.
function counts.release(state, node)
  if not counts.is_held(node) then return false end
  node.handles = node.handles - 1
  lose_reference(state, node)
  return true
end

function counts.link(state, from, to)
  local out, stats = from.out, state.stats
  out[#out + 1] = to
  to.count = to.count + 1
  stats.edges = stats.edges + 1
end

function counts.link_weakly(from, to)
  from.weak[to] = (from.weak[to] or 0) + 1
  to.watchers[from] = true
end

local function unlink_weakly(from, to)
  local weak = from.weak
  if not weak or not weak[to] then return false end
  weak[to] = weak[to] > 1 and weak[to] - 1 or nil
  if not weak[to] then to.watchers[from] = nil end
  return true
end

--- Removes one edge, a strong one if there is one; false where there is none.
function counts.unlink(state, from, to)
  local out, stats = from.out, state.stats
  for i = #out, 1, -1 do
    if out[i] == to then
      out[i] = out[#out]
      out[#out] = nil
      stats.edges = stats.edges - 1
      lose_reference(state, to)
      return true
    end
  end
  return unlink_weakly(from, to)
end

--- Removes all edges out of a node, which gets an empty list instead.
---@param out perilune.script.graph.Node[]
---@return integer strong ones that there were
function counts.clear(state, node, out)
  local old, stats = node.out, state.stats
  if node.weak then
    for to in pairs(node.weak) do to.watchers[node] = nil end
  end
  node.out, node.weak = out, nil
  stats.edges = stats.edges - #old
  for i = 1, #old do
    if counts.is_alive(state, old[i]) then lose_reference(state, old[i]) end
  end
  return #old
end

--- Makes a node dead, whose edges are to be cleared next. (The collector makes all its garbage dead
--- first: what is dead loses no references.)
function counts.remove(state, node)
  local stats = state.stats
  state.nodes[node.id] = nil
  stats.nodes = stats.nodes - 1
  clear_of_suspicion(state, node)
  if node.watchers then
    for from in pairs(node.watchers) do from.weak[node] = nil end
  end
  node.watchers, node.value = nil, nil
end

--- Calls a function of the user's; its error is a warning that names it. The call comes from C, so
--- that it cannot yield: the graph would be busy until somebody resumes it.
---@param name string
---@param call fun() gives nothing
function counts.call(name, call)
  local ok, message = pcall(string.gsub, "", "", call)
  if not ok then
    warn("error in ", name, " (",
      type(message) == "string" and message or "error object is not a string", ")")
  end
end

--- Calls the finalizer for a node, once in its life.
---@return boolean called
function counts.finalize(state, node)
  local fn = state.finalizer
  if not fn or node.finalized then return false end
  node.finalized = true
  counts.call("finalizer", function() fn(node.id, node.value) end)
  return true
end

local function die(state, node)
  local stats = state.stats
  local called = counts.finalize(state, node)
  if node.count == 0 then
    counts.remove(state, node)
    counts.clear(state, node, NONE)
    stats.died = stats.died + 1
  elseif called then
    stats.resurrected = stats.resurrected + 1
  end
end

--- Goes through the dying and those that die of it. One that got a reference meanwhile stays, and
--- that may be by a cycle alone.
---@param state perilune.script.graph.State
function counts.bury(state)
  local dying = state.dying
  while #dying > 0 do
    local node = table.remove(dying)
    local is_alive = counts.is_alive(state, node)
    if is_alive and node.count == 0 then die(state, node) end
    if is_alive and node.count > 0 then suspect(state, node) end
  end
end

return counts
