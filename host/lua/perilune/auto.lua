--- Profiles the program that runs, from the moment this is loaded:
---
---     lua5.4 -lperilune.auto app.lua
---
--- The profile is saved when the program ends, fails, calls `os.exit`, or is ended by Ctrl-C,
--- SIGTERM or SIGHUP: as app.profile.json here, or as PERILUNE_PROFILE says
--- (`mode=sample,sort=total,format=text`, `output=FILE` last; see perilune.profile.settings).

local pristine = require("perilune.profile.pristine")
local program = require("perilune.profile.program")
local recorded = require("perilune.profile.recorded")
local exit = require("perilune.recorder").exit
local report = require("perilune.profile.report")
local session = require("perilune.profile.session")
local settings = require("perilune.profile.settings")

local stop = session.stop

local VARIABLE = "PERILUNE_PROFILE"
local PATIENCE = 1 -- seconds for workers that are at a task when the program ends

--- Raises a message that the interpreter prints without a traceback.
local function refuse(message)
  error(setmetatable({}, { __tostring = function() return message end }))
end

local function read_settings()
  local wanted, message = settings.parse(os.getenv(VARIABLE) or "")
  if not wanted then
    refuse(("%s: %s"):format(VARIABLE, message))
  elseif wanted.once then
    exit.forget(VARIABLE)
  end
  return wanted
end

local wanted = read_settings()
local home = exit.folder()
local path = report.path(wanted, type(arg) == "table" and tostring(arg[0] or "lua") or "lua")
local restore -- the standard library, which the program may change

--- Goes back to where the program began: names of files count from there.
---@return string? path to write to
local function go_home()
  local moved = home and exit.folder() ~= home
  if moved then
    exit.enter(home)
    return path and path:sub(1, 1) ~= "/" and home .. "/" .. path or path
  end
  return path
end

local function complain(message)
  io.stderr:write("perilune: ", message, "\n")
end

--- The script could not be loaded. Few samples are no sign of that.
local function nothing_ran(raw)
  return raw.mode ~= "sample" and #raw.functions == 1
end

local function save()
  restore()
  local raw, parts = stop(PATIENCE)
  if not raw then
    complain("no profile: the program has stopped the profiler itself")
    return
  elseif nothing_ran(raw) then
    return
  end
  local to = go_home()
  local ok, message = report.write(recorded(raw, parts, program()), wanted, to)
  if not ok then
    complain("cannot save the profile: " .. message)
  end
end

local function begin()
  local ok, message = report.rehearse(wanted)
  if not ok then
    refuse(message)
  end
  restore = pristine()
  ok, message = session.start({ mode = wanted.mode, interval = wanted.interval })
  if not ok then
    refuse("cannot record a profile: " .. message)
  end
  exit.watch(save)
end

begin()
