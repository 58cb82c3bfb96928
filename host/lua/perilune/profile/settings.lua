--- How a whole program is profiled: the words of PERILUNE_PROFILE.
---
---     mode=sample,interval=0.01,format=html,output=out/app.html
---
--- `output` is the last word and takes the rest. In the others `%2C` is a comma, `%25` a `%`.

local formats = require("perilune.profile.formats")
local sort = require("perilune.profile.sort")

local settings = {}

---@class ProfileSettings
---@field mode "calls"|"sample"|"lines"|"memory"
---@field interval? number seconds between samples
---@field sort? string     of the table, as are limit and filter
---@field limit? integer   rows; 0 for all
---@field filter? string
---@field format? string   guessed from the output's name when not given, else json
---@field open? boolean    show the page in a browser
---@field once? boolean    the variable is not left to child processes
---@field output? string   "-" is standard output

local MODES = { "calls", "sample", "lines", "memory" }
local SHORTEST, LONGEST = 0.0001, 10 -- seconds between samples, as the recorder has them

--- The value if it is one of the names, else what is wrong with it.
local function one_of(kind, value, names)
  for _, name in ipairs(names) do
    if name == value then
      return value
    end
  end
  return nil, ("unknown %s '%s': %s"):format(kind, value, table.concat(names, ", "))
end

local function yes(value)
  if value == "yes" then
    return true
  end
  return nil, ("'%s' is not 'yes'"):format(value)
end

local function text(value)
  return value
end

--- What each word takes: text -> value, or nil and what is wrong.
local check = { filter = text, output = text, open = yes, once = yes }

function check.mode(value)
  return one_of("mode", value, MODES)
end

function check.format(value)
  return one_of("format", value, formats.names)
end

function check.interval(value)
  local seconds = tonumber(value)
  if seconds and seconds >= SHORTEST and seconds <= LONGEST then
    return seconds
  end
  return nil, ("'%s' is no interval: seconds from %g to %g"):format(value, SHORTEST, LONGEST)
end

function check.limit(value)
  local limit = math.tointeger(tonumber(value))
  if limit and limit >= 0 then
    return limit
  end
  return nil, ("'%s' is no number of rows"):format(value)
end

function check.sort(value)
  local keys, message = sort.parse(value)
  return keys and value, message
end

settings.check = check

-- In the order in which they are written.
local WORDS = {
  "mode", "interval", "sort", "limit", "filter", "format", "open", "once", "output",
}

local function decode(value)
  return (value:gsub("%%2C", ","):gsub("%%25", "%%"))
end

local function encode(value)
  if value == true then
    return "yes"
  end
  return (tostring(value):gsub("%%", "%%25"):gsub(",", "%%2C"))
end

local function take(found, part)
  local word, value = part:match("^%s*([^=]*)=(.*)$")
  if not word then
    return ("'%s' is no word=value"):format(part)
  end
  local known, message = one_of("word", word, WORDS)
  if known then
    found[word], message = check[word](decode(value))
  end
  return message
end

--- Settings that contradict each other, or cannot be kept.
---@param found ProfileSettings
---@return string? message
local function contradiction(found)
  local named = found.output and found.output ~= "-"
  if named and not found.format and not formats.guess(found.output) then
    return (select(2, formats.guess(found.output)))
  elseif found.interval and found.mode ~= "sample" then
    return "an interval is for mode sample"
  elseif found.open and (settings.format(found) ~= "html" or found.output == "-") then
    return "a browser is opened on a page: with format html, in a file"
  end
end

--- The format that settings ask for.
---@param found ProfileSettings
---@return string
function settings.format(found)
  local named = found.output and found.output ~= "-"
  return found.format or named and formats.guess(found.output)
    or found.output == "-" and "text" or "json"
end

---@param value string of PERILUNE_PROFILE
---@return ProfileSettings? settings
---@return string? message
function settings.parse(value)
  local found = { mode = "calls" }
  local words, output = value:match("^(.-),?%s*output=(.*)$")
  if output == "" then
    return nil, "'output' needs a name"
  end
  for part in (words or value):gmatch("[^,]+") do
    local message = take(found, part)
    if message then
      return nil, message
    end
  end
  found.output = output
  local message = contradiction(found)
  if message then
    return nil, message
  end
  return found
end

---@param found ProfileSettings
---@return string
function settings.encode(found)
  local parts = {}
  for _, word in ipairs(WORDS) do
    local value = found[word]
    if value ~= nil and value ~= false then
      parts[#parts + 1] = word .. "=" .. (word == "output" and value or encode(value))
    end
  end
  return table.concat(parts, ",")
end

return settings
