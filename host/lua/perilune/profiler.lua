--- The profiler: what a Lua program's functions cost, by calling context.
---
---     local profiler = require("perilune.profiler")
---     profiler.start()                        -- or start{mode = "sample"}, "lines", "memory"
---     work()
---     local profile = profiler.stop()
---     print(profile:text())
---     profile:save("work.profile.json")       -- or .html, .pstats, .speedscope.json, ...
---
--- Saved profiles can be read where nothing can be recorded.

local arguments = require("perilune.arguments")
local model = require("perilune.profile.model")
local recorded = require("perilune.profile.recorded")
local session = require("perilune.profile.session")

local profiler = {}

local THREAD <const> = { "thread", function(value) return type(value) == "thread" end }

local function recorder()
  return require("perilune.recorder")
end

---@class perilune.profiler.Options
---
--- Every call and its time (the default); where the program is, 1,000 times a second; every line;
--- every allocation.
---@field mode? "calls"|"sample"|"lines"|"memory"
---@field interval? number seconds between samples (0.001), of mode "sample" alone

-- Their values are the recorder's to check.
local OPTIONS <const> = { mode = arguments.ANY, interval = arguments.ANY }

local function check_interval(options)
  if options.interval ~= nil and options.mode ~= "sample" then
    arguments.refuse(1, "start", "option 'interval' is for mode 'sample'")
  end
end

--- Starts recording. A wrong option, or a profiler that runs already, is an error.
---@param options? perilune.profiler.Options
---@return boolean? ok
---@return string? message why the system does not allow it
---@return string? code
function profiler.start(options)
  local wanted = arguments.options(1, "start", options, OPTIONS)
  check_interval(wanted)
  return session.start(wanted)
end

--- Ends the recording. What workers of pools did is part of the profile: those at a task are waited
--- for, `patience` seconds together. A wrong one is an error.
---@param patience? number seconds (10)
---@return perilune.profiler.Profile? profile nil when nothing was recorded
---@return string? message
function profiler.stop(patience)
  if patience ~= nil and not (math.type(patience) and patience >= 0) then
    error("the patience is not a number of seconds", 2)
  end
  local raw, parts = session.stop(patience)
  if not raw then
    return nil, "the profiler is not running"
  end
  return recorded(raw, parts)
end

--- The mode that is being recorded, or nil.
---@return string?
function profiler.running()
  return recorder().running()
end

---@class perilune.profiler.Zone
---
--- Ends it; also `__close`. Does nothing when done again.
---@field close fun(self)

--- A part of the program under a name of its own: what runs until the zone is closed stands below
--- it. `local zone <close> = profiler.zone("parse")`. Without a recording it costs next to nothing.
---@param name string
---@return perilune.profiler.Zone
function profiler.zone(name)
  arguments.check(1, "zone", name, arguments.STRING)
  return recorder().zone(name)
end

--- Brings a coroutine under the profiler that C code made before the start.
---@param thread thread
function profiler.adopt(thread)
  arguments.check(1, "adopt", thread, THREAD)
  return recorder().adopt(thread)
end

--- Reads a profile that was saved in the `json` format.
---@param path string
---@return perilune.profiler.Profile? profile
---@return string? message
---@return string? code "io", "format" (no profile, or a broken one), "version"
function profiler.load(path)
  arguments.check(1, "load", path, arguments.STRING)
  return model.load(path)
end

return profiler
