--- perilune.hashset in plain Lua: the simple version that the native one is measured against and
--- must agree with. The members of a set are the keys of a table.

local type_name = require("perilune.arguments").type_name

local TYPE = "perilune.hashset"
local VECTOR = "perilune.ints" -- reads as a list does

-- Every set's metatable.
local Set = { __name = TYPE }

local methods = {}
Set.__index = methods

local function why_not_a_set(value)
  local name = type_name(value)
  if name ~= TYPE then return TYPE .. " expected, got " .. name end
  return type(value) == "userdata" and "a script set and a native one do not mix"
    or "sets of two copies of the script module do not mix"
end

-- Checks blame the caller of the function that checks: level 3.

local function check_self(self, name)
  if getmetatable(self) ~= Set then
    error(("calling '%s' on bad self (%s)"):format(name, why_not_a_set(self)), 3)
  end
end

local function check_operands(operator, a, b)
  if getmetatable(a) ~= Set then
    error(("bad operand to '%s' (%s)"):format(operator, why_not_a_set(a)), 3)
  elseif getmetatable(b) ~= Set then
    error(("bad operand to '%s' (%s)"):format(operator, why_not_a_set(b)), 3)
  end
end

-- Returns the list's length.
local function check_list(name, list)
  local got = type_name(list)
  if (type(list) ~= "table" and got ~= VECTOR) or got == TYPE then
    error(("bad argument #1 to '%s' (table expected, got %s)"):format(name, got), 3)
  end
  local length = math.tointeger(#list)
  if not length then error("object length is not an integer", 3) end
  return length
end

local function check_item(name, i, item)
  if item == nil then
    error(("bad argument #1 to '%s' (item %d is nil)"):format(name, i), 3)
  elseif item ~= item then
    error(("bad argument #1 to '%s' (item %d is NaN)"):format(name, i), 3)
  end
end

local function new_set()
  return setmetatable({ members = {}, count = 0, version = 0 }, Set)
end

local function contains(self, value)
  return value ~= nil and self.members[value] ~= nil
end

local function insert(self, value)
  if self.members[value] then return false end
  self.members[value] = true
  self.count = self.count + 1
  self.version = self.version + 1
  return true
end

-- Called from add and from the bound one: blames their caller.
local function add(self, value)
  if value == nil then
    error("bad argument #1 to 'add' (nil cannot be a member)", 3)
  elseif value ~= value then
    error("bad argument #1 to 'add' (NaN cannot be a member)", 3)
  end
  local new = insert(self, value)
  return new
end

function methods:add(value)
  check_self(self, "add")
  local new = add(self, value)
  return new
end

function methods:remove(value)
  check_self(self, "remove")
  if not contains(self, value) then return false end
  self.members[value] = nil
  self.count = self.count - 1
  self.version = self.version + 1
  return true
end

function methods:contains(value)
  check_self(self, "contains")
  return contains(self, value)
end

function methods:values()
  check_self(self, "values")
  local values = {}
  for value in pairs(self.members) do
    values[#values + 1] = value
  end
  return values
end

function methods:iter()
  check_self(self, "iter")
  local version, last, done = self.version, nil, false
  return function()
    if done then return nil end
    if self.version ~= version then error("set changed during iteration", 2) end
    last = next(self.members, last)
    done = last == nil
    return last
  end
end

function methods:copy()
  check_self(self, "copy")
  local copy = new_set()
  for value in pairs(self.members) do
    insert(copy, value)
  end
  return copy
end

function methods:clear()
  check_self(self, "clear")
  self.members, self.count, self.version = {}, 0, self.version + 1
end

function methods:bind()
  check_self(self, "bind")
  local function bound_contains(value)
    return contains(self, value)
  end
  local function bound_add(value)
    local new = add(self, value)
    return new
  end
  return bound_contains, bound_add
end

function methods:stats()
  check_self(self, "stats")
  return { count = self.count }
end

-- Adds those members of 'from' whose being in 'other' is 'wanted'.
local function insert_some(self, from, other, wanted)
  for value in pairs(from.members) do
    if contains(other, value) == wanted then insert(self, value) end
  end
end

local function is_subset(a, b)
  if a.count > b.count then return false end
  for value in pairs(a.members) do
    if not contains(b, value) then return false end
  end
  return true
end

function Set.__bor(a, b)
  check_operands("|", a, b)
  local union = a:copy()
  insert_some(union, b, a, false)
  return union
end

function Set.__band(a, b)
  check_operands("&", a, b)
  local intersection = new_set()
  insert_some(intersection, a, b, true)
  return intersection
end

function Set.__sub(a, b)
  check_operands("-", a, b)
  local difference = new_set()
  insert_some(difference, a, b, false)
  return difference
end

function Set.__bxor(a, b)
  check_operands("~", a, b)
  local difference = new_set()
  insert_some(difference, a, b, false)
  insert_some(difference, b, a, false)
  return difference
end

function Set.__le(a, b)
  check_operands("<=", a, b)
  return is_subset(a, b)
end

function Set.__lt(a, b)
  check_operands("<", a, b)
  return a.count < b.count and is_subset(a, b)
end

function Set.__eq(a, b)
  if getmetatable(a) ~= Set or getmetatable(b) ~= Set then return false end
  return a.count == b.count and is_subset(a, b)
end

function Set:__len()
  check_self(self, "#")
  return self.count
end

Set.__pairs = methods.iter

function Set:__tostring()
  check_self(self, "tostring")
  return ("hashset (%d member%s)"):format(self.count, self.count == 1 and "" or "s")
end

function Set.__newindex()
  error("a set has no fields to assign to; s:add(v) adds to it", 2)
end

local hashset = {}

function hashset.new(list)
  local set = new_set()
  if list == nil then return set end
  for i = 1, check_list("new", list) do
    local item = list[i]
    check_item("new", i, item)
    insert(set, item)
  end
  return set
end

function hashset.duplicates(list)
  local seen, repeated, duplicates = {}, {}, {}
  for i = 1, check_list("duplicates", list) do
    local item = list[i]
    check_item("duplicates", i, item)
    if not seen[item] then
      seen[item] = true
    elseif not repeated[item] then
      repeated[item] = true
      duplicates[#duplicates + 1] = item
    end
  end
  return duplicates
end

function hashset.unique(list)
  local seen, unique = {}, {}
  for i = 1, check_list("unique", list) do
    local item = list[i]
    check_item("unique", i, item)
    if not seen[item] then
      seen[item] = true
      unique[#unique + 1] = item
    end
  end
  return unique
end

return hashset
