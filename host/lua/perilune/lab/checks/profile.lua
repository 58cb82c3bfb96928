--- A saved profile of the given script, complete, beside the answers. What it holds is measured
--- once, for the checks that come after.
---
---   profile  the file's name
---   script   the given script's name in the exercise's folder
---   calls    {name, calls}...: functions that are called as often whenever the script runs
---   shares   {name, share}...: functions, and about which part of the work is theirs wherever the
---            script runs
---   command  what saves such a profile

local files = require("perilune.lab.files")
local format = require("perilune.format")
local hotspots = require("perilune.lab.hotspots")
local profiler = require("perilune.profiler")

-- Fewer samples tell too little.
local SAMPLES = 100
-- A script whose lines are recorded takes so many times as long, at most.
local SLOWEST = { lines = 5 }
-- As a factor: how far a function's part of the work may lie from what it is here. Which way it is
-- recorded makes 1.7 of it.
local SHIFTED = 2
-- As a factor: how far the whole run may lie from what the functions account for.
local UNACCOUNTED = 3

local function load(session, check)
  local path = files.folder(session.file) .. "/" .. check.profile
  if files.kind(path) ~= "file" then
    return nil, ("there is no %s beside answers.md"):format(check.profile)
  elseif files.read(path) == "" then
    return nil, check.profile .. " is empty"
  end
  local profile, message = profiler.load(path)
  if not profile then
    message = message:gsub("^" .. path:gsub("%p", "%%%0") .. ": ", "")
    return nil, ("%s cannot be read: %s"):format(check.profile, format.printable(message))
  end
  return profile
end

local function given_text(session, check)
  return assert(files.read(session.exercise.folder .. "/" .. check.script))
end

--- Why a profile is of something else.
local function foreign(session, check, profile)
  local recorded, own = profile.script, check.profile
  if profile.mode == "memory" then
    return own .. " is a profile of memory; times are asked"
  elseif not recorded then
    return own .. " does not tell which script it is of"
  elseif files.basename(recorded.path) ~= check.script then
    local name = format.printable(files.basename(recorded.path), 60)
    return ("%s is a profile of %s, not of %s"):format(own, name, check.script)
  end
  if recorded.hash ~= files.hash(given_text(session, check)) then
    return ("%s is a profile of another %s than the given one"):format(own, check.script)
  end
end

local function times(n)
  return n == 1 and "once" or n == 0 and "never" or format.count(n) .. " times"
end

--- The line of each local function, by name.
local function lines_of(text)
  local lines, number = {}, 0
  for line in text:gmatch("([^\n]*)\n") do
    number = number + 1
    local name = line:match("^local function ([%w_]+)")
    if name then
      lines[name] = number
    end
  end
  return lines
end

--- What tells that the script did not come to its end while it was profiled.
local function incomplete(check, profile, spots, lines)
  if #spots.list == 0 then
    return ("%s holds no function of %s"):format(check.profile, check.script)
  elseif profile.mode == "sample" then
    local few = (profile.samples or 0) < SAMPLES
    return few and ("%s has only %s; %d are needed"):format(
      check.profile, format.plural(profile.samples or 0, "sample"), SAMPLES) or nil
  end
  for _, known in ipairs(check.calls) do
    local name, calls = table.unpack(known)
    local spot = spots.at[lines[name]]
    local got = spot and spot.calls or 0
    if got ~= calls then
      return ("%s is of no whole run: %s was called %s, not %s"):format(
        check.profile, name, times(got), times(calls))
    end
  end
end

local function is_near(value, known, factor)
  return value <= known * factor and value * factor >= known
end

--- What tells that the figures were not recorded.
local function implausible(check, profile, spots, lines)
  if not is_near(profile.duration, spots.seconds, UNACCOUNTED) then
    return ("%s accounts for %s of %s: no run does so"):format(check.profile,
      format.seconds(spots.seconds), format.seconds(profile.duration))
  end
  for _, known in ipairs(check.shares or {}) do
    local name, usual = table.unpack(known)
    local spot = spots.at[lines[name]]
    local share = spot and spots:share(spot) or 0
    if not is_near(share, usual, SHIFTED) then
      return ("%s says that %s did %.2g %% of the work; in any run of %s it does about %.2g %%")
        :format(check.profile, name, 100 * share, check.script, 100 * usual)
    end
  end
end

local HOW = { calls = "each call was recorded", lines = "each line was recorded" }

local function describe(profile, spots)
  return ("of the given script: %s in %s; %s"):format(
    format.seconds(spots.seconds), format.plural(#spots.list, "Lua function"),
    HOW[profile.mode] or format.plural(profile.samples, "sample"))
end

--- The profile's functions, or why it will not do.
local function examine(session, check)
  local profile, message = load(session, check)
  message = message or foreign(session, check, profile)
  if message then
    return nil, message
  end
  local lines = lines_of(given_text(session, check))
  local spots = hotspots.of(profile, lines)
  message = incomplete(check, profile, spots, lines) or implausible(check, profile, spots, lines)
  if message then
    return nil, message
  end
  return spots, profile
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local spots, profile = examine(session, check)
  if not spots then
    return { status = "fail", detail = profile, notes = { check.command } }
  end
  local plain = spots.seconds / (SLOWEST[profile.mode] or 1)
  session.measures[check.name] = {
    spots = spots, seconds = { spots.seconds, plain, profile.duration, profile.cpu },
  }
  return { status = "pass", detail = describe(profile, spots), notes = profile.notes }
end
