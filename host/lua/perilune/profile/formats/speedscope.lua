--- For speedscope (https://www.speedscope.app/file-format-schema.json). Its "evented" form: each
--- calling context is opened and closed once, so that the file grows with the contexts and not with
--- their depth. A profile of memory has bytes first, then seconds.

local bytes = require("perilune.profile.bytes")
local dkjson = require("dkjson")
local place = require("perilune.profile.place")
local tree = require("perilune.profile.tree")

local format = { extensions = { "speedscope.json", "speedscope" } }

local SCHEMA = "https://www.speedscope.app/file-format-schema.json"
local KEYS = {
  "$schema", "name", "exporter", "activeProfileIndex", "shared", "frames", "file", "line",
  "profiles", "type", "unit", "startValue", "endValue", "events", "frame", "at",
}

local readable = bytes.readable

local function frame_of(fn)
  local frame = { name = readable(fn.name) }
  if fn.kind == "Lua" or fn.kind == "main" then
    frame.file = readable(place.file(fn.source))
    frame.line = fn.line > 0 and fn.line or nil
  end
  return frame
end

local EVENT = '{"type":"%s","frame":%d,"at":%s}'
local EVENTS = {}

--- Events are written by us, as a table for each of 200,000 would take a second.
function EVENTS.__tojson(texts)
  return "[" .. table.concat(texts, ",\n") .. "]"
end

local NANOSECONDS = 1000000000

-- Times are counted in nanoseconds, and written without the decimal point that a locale may have.
local UNITS = {
  seconds = {
    field = "self", value = function(at) return at / NANOSECONDS end,
    count = function(x) return math.floor(x * NANOSECONDS + 0.5) end,
    text = function(at) return ("%d.%09d"):format(at // NANOSECONDS, at % NANOSECONDS) end,
  },
  bytes = {
    field = "bytes", value = function(at) return at end, count = function(x) return x end,
    text = tostring,
  },
}

local function weights_of(nodes, unit)
  local weights = {}
  for i, x in ipairs(nodes[unit.field]) do
    weights[i] = math.max(unit.count(x), 0)
  end
  return weights
end

--- Opens and closes contexts that have something; the root is no frame.
local function events_of(nodes, unit)
  local weights = weights_of(nodes, unit)
  local sums = tree.sums({ parent = nodes.parent, weight = weights }, "weight")
  local functions, events, at = nodes["function"], setmetatable({}, EVENTS), 0
  local function add(sign, i)
    if i > 1 and sums[i] > 0 then
      events[#events + 1] = EVENT:format(sign, functions[i] - 1, unit.text(at))
    end
  end
  tree.walk(nodes, function(i)
    add("O", i)
    at = at + weights[i]
  end, function(i)
    add("C", i)
  end)
  return events, at
end

local function profile_of(nodes, title, name)
  local unit = UNITS[name]
  local events, at = events_of(nodes, unit)
  return {
    type = "evented", name = title, unit = name, startValue = 0, endValue = unit.value(at),
    events = events,
  }
end

---@param profile perilune.profiler.Profile
---@return string
function format.encode(profile)
  local raw, frames = profile.raw, {}
  for i, fn in ipairs(raw.functions) do
    frames[i] = frame_of(fn)
  end
  local name = readable(raw.script and raw.script.path or "perilune")
  local profiles = { profile_of(raw.nodes, name .. ", time", "seconds") }
  if raw.nodes.bytes then
    table.insert(profiles, raw.mode == "memory" and 1 or 2,
      profile_of(raw.nodes, name .. ", memory", "bytes"))
  end
  return dkjson.encode({
    ["$schema"] = SCHEMA, name = name, exporter = "perilune", activeProfileIndex = 0,
    shared = { frames = frames }, profiles = profiles,
  }, { keyorder = KEYS }) .. "\n"
end

return format
