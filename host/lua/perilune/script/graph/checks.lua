--- What a script graph's methods take, and how they refuse the rest: each check blames the caller
--- of the method that calls it.

local counts = require("perilune.script.graph.counts")
local type_name = require("perilune.arguments").type_name

local TYPE <const> = "perilune.graph"
local OBJECT <const> = "perilune.graph.object"
local VECTOR <const> = "perilune.ints" -- reads as a list does
local DEAD <const> = "the node is dead"

local checks = { DEAD = DEAD }

-- The metatables of graphs and objects.
local Graph = { __name = TYPE }
local Object = { __name = OBJECT }
checks.Graph, checks.Object = Graph, Object

local function bad_argument(i, name, text, level)
  error(("bad argument #%d to '%s' (%s)"):format(i, name, text), level + 1)
end

--- Called from the method itself.
function checks.refuse(i, name, text) bad_argument(i, name, text, 3) end

local function why_not_open(self)
  if getmetatable(self) == Graph then return "the graph is closed" end
  local name = type_name(self)
  if name == TYPE then return "a script graph and a native one do not mix" end
  return TYPE .. " expected, got " .. name
end

---@return perilune.script.graph.State
function checks.self(self, name)
  local state = getmetatable(self) == Graph and self.state
  if not state or state.closed then
    error(("calling '%s' on bad self (%s)"):format(name, why_not_open(self)), 3)
  end
  return state
end

--- Of an object, which may be closed.
function checks.object(self, name)
  if getmetatable(self) == Object then return end
  error(("calling '%s' on bad self (%s expected, got %s)"):format(
    name, OBJECT, type_name(self)), 3)
end

local function find_object(self, object)
  local node = object.node
  if not node then return nil, "the object is closed" end
  if object.graph ~= self then return nil, "an object of another graph" end
  if not counts.is_alive(self.state, node) then return nil, DEAD end
  return node
end

--- The node that an id or an object stands for, or nil and why there is none.
---@return perilune.script.graph.Node?
---@return string? why DEAD, or what is wrong with the argument
function checks.find(self, a)
  local node = self.state.nodes[a]
  if node then return node end
  if getmetatable(a) == Object then return find_object(self, a) end
  local got = type_name(a)
  if got == OBJECT then
    return nil, "an object of another graph"
  elseif math.type(a) == nil then
    return nil, "node expected, got " .. got
  elseif not math.tointeger(a) then
    return nil, "number has no integer representation"
  end
  return nil, DEAD
end

---@return perilune.script.graph.Node
function checks.node(self, i, name, a)
  local node, why = checks.find(self, a)
  if not node then bad_argument(i, name, why, 3) end
  return node
end

function checks.value(self, i, name, value)
  if getmetatable(value) == Object and value.graph == self then
    bad_argument(i, name, "a value must not be an object of its own graph", 3)
  end
end

function checks.callback(i, name, fn)
  if fn ~= nil and type(fn) ~= "function" then
    bad_argument(i, name, "function expected, got " .. type_name(fn), 3)
  end
end

--- One of the names, or nil.
function checks.name(i, name, value, names)
  if value == nil or names[value] then return end
  local text = type(value) == "string" and ("invalid option '%s'"):format(value)
    or "string expected, got " .. type_name(value)
  bad_argument(i, name, text, 3)
end

function checks.type(i, name, value, expected)
  if type(value) ~= expected then
    bad_argument(i, name, ("%s expected, got %s"):format(expected, type_name(value)), 3)
  end
end

--- The integer, or false.
function checks.integer(value, least)
  local integer = math.type(value) and math.tointeger(value)
  return integer and integer >= least and integer
end

local function check_list(name, list)
  local got = type_name(list)
  if (type(list) ~= "table" and got ~= VECTOR) or got == TYPE or got == OBJECT then
    bad_argument(1, name, "table expected, got " .. got, 4)
  end
  local length = math.tointeger(#list)
  if not length then error("object length is not an integer", 4) end
  return length
end

--- The nodes of a list of ids. All items are read first: to read one may call anything.
---@return perilune.script.graph.Node[]
function checks.nodes(self, name, list)
  local nodes = {}
  local length = check_list(name, list)
  for i = 1, length do nodes[i] = list[i] or false end
  for i = 1, length do
    local node = self.state.nodes[nodes[i]]
    if not node then bad_argument(1, name, ("item %d is no live node"):format(i), 3) end
    nodes[i] = node
  end
  return nodes
end

return checks
