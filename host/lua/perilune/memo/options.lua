--- What both versions of perilune.memo take, and how they refuse the rest.

local arguments = require("perilune.arguments")

local shown, type_name = arguments.shown, arguments.type_name

local DEFAULT_MAXSIZE <const> = 128

---@class perilune.memo.Settings
---@field maxsize number
---@field policy "lru"|"sieve"
---@field ttl? number seconds
---@field clock? fun(): number only with ttl
---@field key? function
---@field typed boolean
---@field weak boolean
---@field wait? fun(is_done: fun(): boolean)

local function is_callable(value)
  local metatable = debug.getmetatable(value)
  return type(value) == "function" or metatable and rawget(metatable, "__call") ~= nil
end

local function is_boolean(value) return type(value) == "boolean" end

local function is_size(value)
  if math.type(value) == nil or value < 0 then return false end
  return value == math.huge or math.tointeger(value) ~= nil
end

local options = {
  maxsize = { "an integer from 0, or math.huge", is_size },
  policy = { '"lru" or "sieve"', function(value) return value == "lru" or value == "sieve" end },
  ttl = {
    "a number of seconds above 0",
    function(value) return math.type(value) ~= nil and value > 0 end,
  },
  clock = { "a function", is_callable },
  key = { "a function", is_callable },
  typed = { "a boolean", is_boolean },
  weak = { "a boolean", is_boolean },
  wait = { "a function", is_callable },
}

-- Level 4: the caller of wrap, below bad and check.
local function bad(argument, text)
  error(("bad argument #%d to 'wrap' (%s)"):format(argument, text), 4)
end

-- A clock of the user's: both versions must refuse the same.
local function checked(clock)
  return function()
    local now = clock()
    if math.type(now) == nil then
      error(("option 'clock' gave %s, not a number of seconds"):format(shown(now)), 0)
    end
    return now
  end
end

--- Blames the caller of the function that calls it.
---@param fn any
---@param given any
---@return perilune.memo.Settings
return function(fn, given)
  if not is_callable(fn) then bad(1, "function expected, got " .. type_name(fn)) end
  if given ~= nil and type(given) ~= "table" then
    bad(2, "table expected, got " .. type_name(given))
  end
  local settings = { maxsize = DEFAULT_MAXSIZE, policy = "lru", typed = false, weak = false }
  for name, value in pairs(given or {}) do
    local text = arguments.why_not(name, value, options)
    if text then bad(2, text) end
    settings[name] = value
  end
  settings.maxsize = math.tointeger(settings.maxsize) or settings.maxsize
  if settings.ttl then
    settings.clock = settings.clock and checked(settings.clock) or require("perilune.clock").now
  end
  return settings
end
