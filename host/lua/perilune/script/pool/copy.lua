--- Copies of values, as they go from the program to a worker and back. To pack them gives a parcel,
--- which holds them as they were then and can be unpacked as often as one likes.
---
--- Nodes of a parcel are numbered as they are met, so neither way recurses over the values.

local names = require("perilune.script.pool.names")
local path = require("perilune.script.pool.path")

-- Taken now: where code is judged, they are off limits to it later.
local getinfo, set_metatable = debug.getinfo, debug.setmetatable
local getupvalue, setupvalue = debug.getupvalue, debug.setupvalue
local upvalueid, upvaluejoin = debug.upvalueid, debug.upvaluejoin

local copy = {}

---@class perilune.script.pool.Side
---@field globals table
---@field own table<function, function> original -> what stands for it on this side
---@field originals table<function, function>

---@class perilune.script.pool.Parcel
---@field n integer
---@field values any[] plain ones, or nodes
---@field nodes perilune.script.pool.Node[]

---@class perilune.script.pool.Node
---@field kind "table"|"function"|"same"|"globals"
---@field fields? any[] of a table: keys and values in turn, plain ones or nodes
---@field metatable? perilune.script.pool.Node
---@field code? string of a function
---@field cells? {value: any}[] its upvalues, shared as they are
---@field object? any of "same"
---@field holder? perilune.script.pool.Node where it was met first,
---@field step any and how

local plain = { ["nil"] = true, boolean = true, number = true, string = true }

-- Metatable -> what its tables are called, which stay where they are.
local kept = {}

--- Tables with this metatable are refused.
function copy.refuse(metatable, name)
  kept[metatable] = name
end

-- Packing

---@class perilune.script.pool.Packing
---@field side perilune.script.pool.Side
---@field label string
---@field nodes perilune.script.pool.Node[]
---@field objects any[] for each node
---@field known table<any, perilune.script.pool.Node> object -> its node
---@field cells table<lightuserdata, {value: any}>
---@field refusal? string

local function kind_of(side, value)
  if rawequal(value, side.globals) then return "globals" end
  if names.has(value) then return "same" end
  if type(value) == "table" then
    return not kept[debug.getmetatable(value)] and "table" or nil
  end
  local is_lua = type(value) == "function" and getinfo(value, "S").what ~= "C"
  return is_lua and "function" or nil
end

local function refuse(self, value, holder, step)
  if self.refusal then return end
  local what = type(value) == "table" and kept[debug.getmetatable(value)] or path.kind(value)
  self.refusal = ("%s: a %s cannot be sent"):format(path.to(self.label, holder, step), what)
end

local function new_node(self, value, holder, step)
  if #self.nodes == 0 then names.refresh() end
  local kind = kind_of(self.side, value)
  if not kind then return refuse(self, value, holder, step) end
  local node, i = { kind = kind, holder = holder, step = step }, #self.nodes + 1
  if kind == "same" then node.object = value end
  self.known[value], self.nodes[i], self.objects[i] = node, node, value
  return node
end

-- What stands for a value in a parcel: itself or a node, nil too where it is refused.
local function pack_value(self, value, holder, step)
  if plain[type(value)] then return value end
  value = self.side.originals[value] or value
  return self.known[value] or new_node(self, value, holder, step)
end

local fill_node = {}

function fill_node.table(self, node, object)
  local fields, n = {}, 0
  for key, value in next, object do
    fields[n + 1] = pack_value(self, key, node, key)
    fields[n + 2] = pack_value(self, value, node, key)
    n = n + 2
  end
  local metatable = debug.getmetatable(object)
  node.fields = fields
  node.metatable = metatable and pack_value(self, metatable, node, path.METATABLE)
end

-- An environment that is nothing but a way to others, computed, as test frameworks give to the
-- files they run. All that framework would go along: the worker's globals stand for it.
local function is_proxy(name, value)
  if name ~= "_ENV" or type(value) ~= "table" or next(value) ~= nil then return false end
  local metatable = debug.getmetatable(value)
  return metatable ~= nil and type(rawget(metatable, "__index")) == "function"
end

fill_node["function"] = function(self, node, fn)
  node.code, node.cells = string.dump(fn), {}
  for i = 1, getinfo(fn, "u").nups do
    local id = upvalueid(fn, i)
    local cell = self.cells[id]
    if not cell then
      local name, value = getupvalue(fn, i)
      cell = {}
      self.cells[id] = cell
      if is_proxy(name, value) then value = self.side.globals end
      cell.value = pack_value(self, value, node, name)
    end
    node.cells[i] = cell
  end
end

local function new_packing(side, label)
  return { side = side, label = label, nodes = {}, objects = {}, known = {}, cells = {} }
end

--- Access is raw. Where something cannot be sent, it returns nil and a refusal.
---@param side perilune.script.pool.Side that the values are on
---@param label string of the values in a refusal: "argument %d"
---@param ... any
---@return perilune.script.pool.Parcel?
---@return string? refusal "argument 2.items[3]: a coroutine cannot be sent"
function copy.pack(side, label, ...)
  local self = new_packing(side, label)
  local parcel = { n = select("#", ...), values = { ... }, nodes = self.nodes }
  for i = 1, parcel.n do parcel.values[i] = pack_value(self, parcel.values[i], nil, i) end
  local i = 0
  while i < #self.nodes and not self.refusal do
    i = i + 1
    local node = self.nodes[i]
    local fill = fill_node[node.kind]
    if fill then fill(self, node, self.objects[i]) end
  end
  if self.refusal then return nil, self.refusal end
  return parcel
end

-- Unpacking

local make = {}

function make.same(side, node) return side.own[node.object] or node.object end
function make.globals(side) return side.globals end
function make.table() return {} end

make["function"] = function(_, node)
  return assert(load(node.code, nil, "b"))
end

local function set_upvalues(fn, cells, objects, owners)
  for i, cell in ipairs(cells) do
    local owner = owners[cell]
    if owner then
      upvaluejoin(fn, i, owner.fn, owner.i)
    else
      owners[cell] = { fn = fn, i = i }
      setupvalue(fn, i, objects[cell.value] or cell.value)
    end
  end
end

local function set_fields(object, fields, objects)
  for i = 1, #fields, 2 do
    local key, value = fields[i], fields[i + 1]
    object[objects[key] or key] = objects[value] or value
  end
end

local function make_all(side, nodes)
  local objects = {}
  for _, node in ipairs(nodes) do objects[node] = make[node.kind](side, node) end
  return objects
end

-- Metatables come last: a finaliser counts where it is there when the metatable is set, and __index
-- and __newindex only afterwards.
local function fill_all(nodes, objects)
  local owners = {}
  for _, node in ipairs(nodes) do
    if node.fields then set_fields(objects[node], node.fields, objects) end
    if node.cells then set_upvalues(objects[node], node.cells, objects, owners) end
  end
  for _, node in ipairs(nodes) do
    if node.metatable then set_metatable(objects[node], objects[node.metatable]) end
  end
end

--- New copies of the values.
---@param side perilune.script.pool.Side that they come to
---@param parcel perilune.script.pool.Parcel
---@return any[] values with n
function copy.unpack(side, parcel)
  local objects = make_all(side, parcel.nodes)
  fill_all(parcel.nodes, objects)
  local values = { n = parcel.n }
  for i = 1, parcel.n do
    local value = parcel.values[i]
    if value ~= nil then values[i] = objects[value] or value end
  end
  return values
end

return copy
