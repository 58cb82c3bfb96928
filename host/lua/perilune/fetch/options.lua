--- What requests may be told. Nothing is raised here: what is wrong comes back as a text, and the
--- public function blames its caller.

local resolve = require("perilune.fetch.resolve")
local type_name = require("perilune.arguments").type_name

local options = {}

local MIB <const> = 1 << 20

local function is(name)
  return function(value) return type(value) == name end
end

local function is_integer(least)
  return function(value)
    return math.type(value) ~= nil and math.tointeger(value) ~= nil and value >= least
  end
end

local STRING <const> = { "a string", is("string") }
local BOOLEAN <const> = { "a boolean", is("boolean") }
local TABLE <const> = { "a table", is("table") }
local FUNCTION <const> = { "a function", is("function") }
local NATURAL <const> = { "an integer from 0", is_integer(0) }
local COUNT <const> = { "an integer from 1", is_integer(1) }
local SECONDS <const> = {
  "a number of seconds from 0",
  function(value) return math.type(value) ~= nil and value >= 0 end,
}

--- Whether a value may be written into a header, a query or a form.
---@param value any
---@return boolean
function options.is_scalar(value)
  return type(value) == "string" or type(value) == "number" or type(value) == "boolean"
end

local function are_scalars(list)
  for i, value in pairs(list) do
    if type(i) ~= "number" or not options.is_scalar(value) then return false end
  end
  return true
end

local function is_fields(value)
  if type(value) ~= "table" then return false end
  for name, each in pairs(value) do
    local is_one = options.is_scalar(each) or type(each) == "table" and are_scalars(each)
    if type(name) ~= "string" or not is_one then return false end
  end
  return true
end

local FIELDS <const> = {
  "a table of strings, numbers, booleans and lists of them, by name", is_fields,
}
local ADDRESSES <const> = { "a list of HOST:PORT:ADDRESS", resolve.is_list }
local ANY <const> = { "a value", function() return true end }

--- Beside these there are the engine's own, which it checks itself.
options.request = {
  body = STRING, compression = BOOLEAN, form = FIELDS, headers = TABLE, json = ANY,
  max_bytes = NATURAL, max_redirects = NATURAL, on_data = FUNCTION, path = STRING, query = FIELDS,
  resolve = ADDRESSES, retries = NATURAL, retry_delay = SECONDS,
}

options.batch = {
  concurrency = COUNT, on_progress = FUNCTION, per_host = COUNT, progress = BOOLEAN,
}

--- Of these a single request may have some, too.
options.shown = { on_progress = FUNCTION, progress = BOOLEAN }

options.session = { cookies = BOOLEAN }

options.defaults = {
  compression = true, concurrency = 100, connect_timeout = 10, max_redirects = 10, retries = 0,
  retry_delay = 0.5, stall_rate = 1, stall_timeout = 30, timeout = 300, user_agent = "perilune",
}

--- Bytes of a body that is kept in memory. One that is not may be as long as it likes.
options.most = 64 * MIB

--- What is wrong with options that are known; nil: nothing.
---@param given any
---@param ... table<string, table> known ones
---@return string?
function options.problem(given, ...)
  if type(given) ~= "table" then return "table expected, got " .. type_name(given) end
  for i = 1, select("#", ...) do
    for name, rule in pairs((select(i, ...))) do
      local value = given[name]
      if value ~= nil and not rule[2](value) then
        return ("option %s: %s expected, got %s"):format(name, rule[1],
          math.type(value) and tostring(value) or type_name(value))
      end
    end
  end
end

--- What is wrong with options of one request that belong to several, or to a session.
---@param given table
---@return string?
function options.stranger(given)
  for name in pairs(given) do
    if options.batch[name] or options.session[name] then
      return ("option %s: there is no such option"):format(name)
    end
  end
end

-- Of both, by names in any case.
local function merge_headers(defaults, given)
  local all, given_names = {}, {}
  for name, value in pairs(given) do
    all[name] = value
    given_names[tostring(name):lower()] = true
  end
  for name, value in pairs(defaults) do
    if not given_names[tostring(name):lower()] then all[name] = value end
  end
  return all
end

--- All of the defaults that are not given.
---@param defaults table
---@param given? table
---@return table
function options.merge(defaults, given)
  local all = {}
  for name, value in pairs(defaults) do all[name] = value end
  for name, value in pairs(given or {}) do all[name] = value end
  if given and given.headers and defaults.headers then
    all.headers = merge_headers(defaults.headers, given.headers)
  end
  return all
end

return options
