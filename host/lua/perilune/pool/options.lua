--- What both versions of perilune.pool take, and how they refuse the rest.
---
--- Each function is called by the public function or method itself: it blames the caller of that
--- one. So what is found out deeper down (a refusal to send something) comes back as a text, and
--- the method raises it: error(text, 2).
---
---     local settings = options.pool(given)              pool.new
---     local settings = options.map("imap", given)       what map or imap were given as options
---     local kill = options.cancel(given)                true or false
---     local cancel = options.shutdown(given)            true or false
---     options.self(self, Pool, "perilune.pool", "submit")
---     options.task("submit", fn)                        argument 1, a function
---     local n = options.items("imap", items)            argument 2: nil of a function
---     options.seconds(1, "result", timeout)             nil, or a number from 0
---     local list = options.futures(futures, is_future)  a copy, each future once
---     options.registration(name, metatable)             types alone

local arguments = require("perilune.arguments")

local shown, type_name = arguments.shown, arguments.type_name

local DEFAULT_RETRIES <const> = 0
local MOST_WORKERS <const> = 256
local VECTOR <const> = "perilune.ints" -- reads as a list does

local options = {}

---@class perilune.pool.Settings
---@field workers? integer nil: as many as there are processors
---@field init? function
---@field max_tasks_per_worker? integer
---@field retries integer
---@field task_timeout? number
---@field memory_limit? integer
---@field timeline boolean

---@class perilune.pool.MapSettings
---@field chunksize integer|"auto"
---@field ordered boolean
---@field window? integer
---@field on_error "raise"|"return"

local function integer_of(value)
  return math.type(value) and math.tointeger(value)
end

local function is_boolean(value) return type(value) == "boolean" end
local function is_function(value) return type(value) == "function" end

local function is_count(value)
  local integer = integer_of(value)
  return integer and integer >= 1
end

-- NaN is none.
local function is_seconds(value)
  return math.type(value) ~= nil and value >= 0
end

local COUNT <const> = { "an integer from 1", is_count }
local BOOLEAN <const> = { "a boolean", is_boolean }
local FUNCTION <const> = { "a function", is_function }

local pool_options = {
  workers = {
    ("an integer from 1 to %d"):format(MOST_WORKERS),
    function(value) return is_count(value) and value <= MOST_WORKERS end,
  },
  init = FUNCTION,
  max_tasks_per_worker = COUNT,
  retries = {
    "an integer from 0",
    function(value) return value == 0 or is_count(value) end,
  },
  task_timeout = {
    "a number of seconds above 0",
    function(value) return is_seconds(value) and value > 0 end,
  },
  memory_limit = COUNT,
  timeline = BOOLEAN,
}

local map_options = {
  chunksize = {
    'an integer from 1, or "auto"',
    function(value) return value == "auto" or is_count(value) end,
  },
  on_error = {
    '"raise" or "return"',
    function(value) return value == "raise" or value == "return" end,
  },
}

local imap_options = {
  chunksize = map_options.chunksize, on_error = map_options.on_error,
  ordered = BOOLEAN, window = COUNT,
}

local cancel_options = { kill = BOOLEAN }
local shutdown_options = { cancel = BOOLEAN }

-- Level 4: below this function and the one of this module's, the public one's caller.
local function refuse(argument, name, text, ...)
  error(("bad argument #%d to '%s' (%s)"):format(argument, name, text:format(...)), 4)
end

-- Returns the settings, or nil and what is wrong. Integers are integers, also where floats were
-- given.
local function read(known, given, settings)
  if given == nil then return settings end
  if type(given) ~= "table" then return nil, "table expected, got " .. type_name(given) end
  for name, value in next, given do
    local why = arguments.why_not(name, value, known)
    if why then return nil, why end
    settings[name] = integer_of(value) or value
  end
  return settings
end

---@param given any
---@return perilune.pool.Settings
function options.pool(given)
  local settings, why = read(pool_options, given, { retries = DEFAULT_RETRIES, timeline = false })
  if not settings then refuse(1, "new", "%s", why) end
  return settings
end

---@param name "map"|"imap"
---@param given any
---@return perilune.pool.MapSettings
function options.map(name, given)
  local settings = { chunksize = "auto", ordered = true, on_error = "raise" }
  local known = name == "imap" and imap_options or map_options
  local why
  settings, why = read(known, given, settings)
  if not settings then refuse(3, name, "%s", why) end
  return settings
end

---@param given any
---@return boolean kill
function options.cancel(given)
  local settings, why = read(cancel_options, given, { kill = false })
  if not settings then refuse(1, "cancel", "%s", why) end
  return settings.kill
end

---@param given any
---@return boolean cancel
function options.shutdown(given)
  local settings, why = read(shutdown_options, given, { cancel = false })
  if not settings then refuse(1, "shutdown", "%s", why) end
  return settings.cancel
end

---@param self any
---@param metatable table
---@param expected string
---@param name string of the method
function options.self(self, metatable, expected, name)
  if debug.getmetatable(self) == metatable then return end
  error(("calling '%s' on bad self (%s expected, got %s)"):format(
    name, expected, type_name(self)), 3)
end

---@param name string
---@param fn any
function options.task(name, fn)
  if type(fn) ~= "function" then
    refuse(1, name, "function expected, got %s", type_name(fn))
  end
end

---@param name "map"|"imap"
---@param items any a list, of integers packed too; of imap also a function
---@return integer? n of items in the list
function options.items(name, items)
  local got = type_name(items)
  if got == VECTOR then return #items end
  if name == "imap" and type(items) == "function" then return nil end
  if type(items) ~= "table" then
    refuse(2, name, "%s expected, got %s", name == "imap" and "table or function" or "table", got)
  end
  local n = rawget(items, "n") -- no field of a class
  if n == nil then n = #items end
  local length = integer_of(n)
  if not length or length < 0 then
    refuse(2, name, "length: an integer from 0 expected, got %s", shown(n))
  end
  return length
end

---@param argument integer
---@param name string
---@param value any
function options.seconds(argument, name, value)
  if value ~= nil and not is_seconds(value) then
    refuse(argument, name, "a number of seconds from 0 expected, got %s", shown(value))
  end
end

---@param futures any
---@param is_future fun(value: any): boolean
---@return perilune.pool.Future[]
function options.futures(futures, is_future)
  if type(futures) ~= "table" then
    refuse(1, "as_completed", "table expected, got %s", type_name(futures))
  end
  local list, seen = {}, {}
  for i = 1, #futures do
    local future = futures[i]
    if not is_future(future) then
      refuse(1, "as_completed", "item %d: a future expected, got %s", i, shown(future))
    end
    if not seen[future] then list[#list + 1] = future end
    seen[future] = true
  end
  return list
end

---@param name any
---@param metatable any
function options.registration(name, metatable)
  if type(name) ~= "string" then
    refuse(1, "register", "string expected, got %s", type_name(name))
  elseif type(metatable) ~= "table" then
    refuse(2, "register", "table expected, got %s", type_name(metatable))
  end
end

return options
