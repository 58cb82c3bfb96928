--- What goes to a worker by name: things that a loaded module holds, and registered metatables. A
--- worker of a script pool is this process, so that they are the same things there.

local names = {}

-- Taken now: where code is judged, they are off limits to it later.
local getinfo <const> = debug.getinfo

local GLOBALS <const> = _ENV

local has_name = { ["function"] = true, table = true, userdata = true }

-- Thing -> true, as of when package.loaded had so many entries.
local known, entries = {}, -1

-- Name -> metatable, and the other way.
local metatables, registered = {}, {}

local function is_c(fn)
  return getinfo(fn, "S").what == "C"
end

-- Of the globals only C functions: the others are the program's own.
local function has_field_name(module, value)
  if rawequal(module, GLOBALS) then return type(value) == "function" and is_c(value) end
  return has_name[type(value)]
end

local function add_module(module)
  known[module] = true
  if type(module) ~= "table" then return end
  for _, value in next, module do
    if has_field_name(module, value) then known[value] = true end
  end
end

local function count(list)
  local n = 0
  for _ in next, list do n = n + 1 end
  return n
end

local function look_again()
  known, entries = setmetatable({}, { __mode = "k" }), count(package.loaded)
  for _, module in next, package.loaded do
    if has_name[type(module)] then add_module(module) end
  end
end

--- To be called before `has`: sees to modules that have come or gone.
function names.refresh()
  if entries ~= count(package.loaded) then look_again() end
end

--- For what cannot be sent without a name it looks at all modules once more.
---@param value function|table|userdata
---@return boolean?
function names.has(value)
  if registered[value] or known[value] then return true end
  if type(value) == "userdata" or type(value) == "function" and is_c(value) then
    look_again()
  end
  return known[value]
end

--- Returns true, or the argument's number and what is wrong.
---@param name string
---@param metatable table
---@return true|integer
---@return string?
function names.register(name, metatable)
  if metatables[name] and not rawequal(metatables[name], metatable) then
    return 1, "that is another metatable's name"
  elseif registered[metatable] and registered[metatable] ~= name then
    return 2, "the metatable has another name"
  end
  metatables[name], registered[metatable] = metatable, name
  return true
end

return names
