--- Tracks the memory of the program that runs, from the moment this is loaded, and reports on it
--- when it ends, however it ends. `perilune memory` starts a script so, and says in PERILUNE_MEMORY
--- what it wants (perilune.heap.settings).

local allocator = require("perilune.allocator")
local file = require("perilune.profile.file")
local heap = require("perilune.heap")
local pristine = require("perilune.profile.pristine")
local program = require("perilune.profile.program")
local report = require("perilune.heap.report")
local settings = require("perilune.heap.settings")
local stream = require("perilune.profile.stream")
local exit = require("perilune.recorder").exit

local VARIABLE = "PERILUNE_MEMORY"
local PATIENCE = 1 -- seconds for workers that are at a task when the program ends

local wanted = settings.parse(os.getenv(VARIABLE) or "")
local home = exit.folder()
local restore -- the standard library, which the program may change

--- Raises a message that the interpreter prints without a traceback.
local function refuse(message)
  error(setmetatable({}, { __tostring = function() return message end }))
end

local function complain(message)
  io.stderr:write("perilune: ", message, "\n")
end

--- Garbage is no longer held. Where the program has stopped the collector, or a copy of it that was
--- caught in the midst of something reports, it stays. No finaliser runs that would not have run.
local function collect()
  if collectgarbage("isrunning") == false then
    return false
  end
  allocator.collect()
  collectgarbage("stop")
  return true
end

local function observe()
  local collected = collect()
  local snapshot, timeline = heap.snapshot(PATIENCE), heap.timeline()
  heap.stop()
  return {
    script = program(), collected = collected, snapshot = snapshot, timeline = timeline,
  }
end

--- The script could not be loaded. One that can may have allocated nothing.
local function nothing_ran(what)
  for _, row in ipairs(what.snapshot:top(nil, "line", "total_blocks")) do
    if row.kind ~= "none" then
      return false
    end
  end
  return not loadfile(what.script)
end

local function speaks_utf8()
  local locale = os.getenv("LC_ALL") or os.getenv("LC_CTYPE") or os.getenv("LANG") or ""
  return locale:lower():find("utf%-?8") ~= nil
end

local function encode(what, descriptor)
  if wanted.format == "json" then
    return report.json(what, wanted)
  end
  local width, paint
  if descriptor then
    width, paint = stream.look(descriptor)
  end
  return report.text(what, wanted,
    { width = width, paint = paint, unicode = width ~= nil and speaks_utf8() })
end

--- Names of files count from where the program began.
local function write(what)
  local path = wanted.output
  if path and path ~= "-" then
    if home and exit.folder() ~= home then
      exit.enter(home)
    end
    return file.write(path, encode(what))
  end
  local handle, descriptor = io.stderr, 2
  if path then
    handle, descriptor = io.stdout, 1
  end
  return stream.write(handle, encode(what, descriptor))
end

local function save()
  restore()
  if not heap.tracking() then
    complain("no report: the program has stopped the tracker itself")
    return
  end
  local what = observe()
  if nothing_ran(what) then
    return
  end
  local ok, message = write(what)
  if not ok then
    complain("cannot report on memory: " .. message)
  end
end

local function begin()
  exit.forget(VARIABLE)
  restore = pristine()
  collectgarbage()
  heap.reset_peak()
  local ok, message = heap.start({
    mode = wanted.mode, interval = wanted.interval, frames = wanted.frames,
  })
  if not ok then
    refuse("cannot track memory: " .. message)
  end
  exit.watch(save)
end

begin()
