--- Where a profiled script spent its time, function by function, and which of its functions stand
--- for the same bottleneck.

local hotspots = {}

-- A function of which this part of the time of the second one holds is as good an answer.
local NEARLY = 0.9

---@class Hotspot
---@field name string
---@field kind "Lua"|"main"|"C"|"zone"|"root"
---@field line integer
---@field calls integer
---@field self number      seconds
---@field own number       `self` with the C functions that it called directly
---@field total number     with all that it called; once a path, however it recurses
---@field during table<Hotspot, number>  seconds of another's `own` during its calls
---@field by table<Hotspot, number>      of a C function: its seconds by the function that called it

---@class Hotspots
---@field script string          the script's name, without folders
---@field seconds number         all that the profile accounts for
---@field list Hotspot[]         of functions, the main chunk and C functions left out, by `own`
---@field named table<string, Hotspot>
---@field at table<integer, Hotspot> functions of the script by line
local Hotspots = {}
Hotspots.__index = Hotspots

local function new_spot(fn)
  return {
    name = fn.name, kind = fn.kind, line = fn.line, calls = 0,
    self = 0, own = 0, total = 0, during = {}, by = {},
  }
end

--- A spot for each function; one that the profile lists twice has one.
local function spots_of(functions)
  local spots, seen = {}, {}
  for i, fn in ipairs(functions) do
    local key = ("%s\0%s\0%d\0%s"):format(fn.kind, fn.source, fn.line,
      fn.kind == "C" and fn.name or "")
    seen[key] = seen[key] or new_spot(fn)
    spots[i] = seen[key]
  end
  return spots
end

--- For each node its spot, and the spot whose own work it is: C functions work for their callers.
local function assign(profile, spots)
  local nodes, of, owner = profile.nodes, {}, {}
  for i, fn in ipairs(nodes["function"]) do
    local above = owner[nodes.parent[i]]
    of[i] = spots[fn]
    owner[i] = of[i].kind == "C" and above or of[i]
  end
  return of, owner
end

local function add(map, key, seconds)
  map[key] = (map[key] or 0) + seconds
end

--- Counts a node's time for each function that was running, once.
local function add_running(parent, of, owner, i, seconds)
  local running, node = {}, i
  while node > 0 do
    local spot = of[node]
    if not running[spot] then
      running[spot] = true
      spot.total = spot.total + seconds
      add(spot.during, owner[i], seconds)
    end
    node = parent[node]
  end
end

local function measure(profile, of, owner)
  local nodes, seconds = profile.nodes, 0
  for i, spot in ipairs(of) do
    local spent = nodes.self[i]
    seconds = seconds + spent
    spot.calls, spot.self = spot.calls + nodes.calls[i], spot.self + spent
    owner[i].own = owner[i].own + spent
    add(spot.by, owner[i], spent)
    if spent ~= 0 then
      add_running(nodes.parent, of, owner, i, spent)
    end
  end
  return seconds
end

--- Files the spots by name, and those of the script by line; a name of the script's own wins.
local function file(self, functions, spots, source)
  local seen = {}
  for i, spot in ipairs(spots) do
    local is_own = functions[i].source == source
    if not seen[spot] and (is_own or not self.named[functions[i].name]) then
      self.named[functions[i].name] = spot
    end
    if is_own and spot.kind == "Lua" and not seen[spot] then
      self.at[spot.line] = spot
      table.insert(self.list, spot)
    end
    seen[spot] = true
  end
  table.sort(self.list, function(a, b)
    return a.own > b.own or a.own == b.own and a.line < b.line
  end)
end

--- A profile that tells its script.
---@param profile perilune.profiler.Profile
---@param lines? table<string, integer> where functions of the script stand, for those that the
---  profile has under another name
---@return Hotspots
function hotspots.of(profile, lines)
  local spots = spots_of(profile.functions)
  local of, owner = assign(profile, spots)
  local self = setmetatable({
    script = profile.script.path:match("[^/]+$"), seconds = measure(profile, of, owner),
    list = {}, named = {}, at = {},
  }, Hotspots)
  file(self, profile.functions, spots, "@" .. profile.script.path)
  for name, line in pairs(lines or {}) do
    self.named[name] = self.at[line] or self.named[name]
  end
  return self
end

---@param spot Hotspot
---@return number share of all time that a function did itself, C functions included
function Hotspots:share(spot)
  return spot.own / self.seconds
end

--- The two functions that did most of the work themselves, and others that come near the second.
---@return Hotspot[]
function Hotspots:hottest()
  local second, found = self.list[2] or self.list[1], {}
  for _, spot in ipairs(self.list) do
    if spot.own >= second.own * NEARLY then
      found[#found + 1] = spot
    end
  end
  return found
end

--- Whether to name one function is to name the other: it is the same, or a C function that does
--- most of its work, or a caller most of whose time, and most of whose own, it is.
---@param spot Hotspot
---@param hot Hotspot
---@return boolean
function hotspots.stands_for(spot, hot)
  if spot == hot then
    return true
  elseif spot.kind == "C" then
    return (spot.by[hot] or 0) > hot.own / 2
  end
  return spot.kind == "Lua" and (spot.during[hot] or 0) > math.max(spot.total, hot.own) / 2
end

return hotspots
