--- How the server answers: by its command line, and request by request in a query.

---@class perilune.serve.Settings
---@field latency number seconds before each answer
---@field jitter number up to so many seconds more
---@field errors number share of requests that get an error
---@field size? integer bytes of a body
---@field idle number seconds that a connection may do nothing; math.huge: for ever
local settings = {}

local RANGES = {
  latency = { 3600, "seconds" },
  jitter = { 3600, "seconds" },
  errors = { 1, "share" },
  size = { 1 << 40, "bytes", whole = true },
}

local WANTED = {
  seconds = "'%s' is no number of seconds from 0 to 3600",
  share = "'%s' is no share from 0 to 1",
  bytes = "'%s' is no number of bytes",
}

--- Reads a value as its user wrote it.
---@param name "latency" | "jitter" | "errors" | "size"
---@param text string
---@return number?
---@return string? message
function settings.read(name, text)
  local range = RANGES[name]
  local value = tonumber(text)
  if value and range.whole then value = math.tointeger(value) end
  if value and value >= 0 and value <= range[1] then return value end
  return nil, WANTED[range[2]]:format(text)
end

--- The settings with what a query has in their place. What it has of other names means nothing.
---@param given perilune.serve.Settings
---@param query string
---@return perilune.serve.Settings?
---@return string? message
function settings.with(given, query)
  if query == "" then return given end
  local own = {
    latency = given.latency, jitter = given.jitter, errors = given.errors, size = given.size,
  }
  for name, text in query:gmatch("([^&=]+)=([^&]*)") do
    if RANGES[name] then
      local value, message = settings.read(name, text)
      if not value then return nil, ("%s: %s"):format(name, message) end
      own[name] = value
    end
  end
  return own
end

return settings
