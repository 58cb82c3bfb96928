--- A recording from its start to its stop, of this process and of the workers of its pools. All of
--- this file is left out of profiles (functions_is_own).

local recording = require("perilune.recording")

local session = {}

local PATIENCE <const> = 10 -- seconds for the tasks of workers to end
local IN_WORKER <const> = 1 -- less, so that a worker whose own workers are busy still answers

---@class ProfileSession
---@field parts? table raw profile of workers
---@field recording perilune.Recording

---@type ProfileSession?
local current

---@type ProfileSession? in a worker: the one that its owner has begun
local owners

local function recorder()
  return require("perilune.recorder")
end

local function workers()
  return require("perilune.profile.workers")
end

local function new_session(options)
  local self = {}
  local function parts()
    self.parts = self.parts or workers().none(options.mode or "calls")
    return self.parts
  end
  self.recording = {
    begin = session.begin, leave = session.leave,
    options = { mode = options.mode, interval = options.interval },
    add = function(text)
      if self.is_over then return end
      local ok, raw, why = require("perilune.native.message").decode(text or "")
      if ok and raw then
        workers().add(parts(), raw)
      else
        workers().miss(parts(), "refused", why)
      end
    end,
    miss = function(why, message)
      if not self.is_over then workers().miss(parts(), why, message) end
    end,
  }
  return self
end

--- Starts recording, as the recorder does.
function session.start(options)
  local ok, message, code = recorder().start(options)
  current = nil
  if ok then
    current = new_session(options)
    recording.open(current.recording)
  end
  return ok, message, code
end

--- Ends the recording. Waits for workers that are at a task.
---@param patience? number seconds
---@return table? raw profile of this process; nil when nothing was recorded
---@return table? parts raw profile of the workers, where there were any
function session.stop(patience)
  local raw = recorder().stop()
  local one = current
  current = nil
  if one then
    recording.close(one.recording, patience or PATIENCE)
    one.is_over = true
  end
  return raw, one and one.parts
end

--- In a worker. It may record itself already; then it does not for its owner.
function session.begin(options)
  if recorder().running() then return end
  session.start(options)
  owners = current
end

--- In a worker: what it has recorded.
---@return string
function session.leave()
  if not owners or owners ~= current then error("it was not the owner's recording", 0) end
  local raw, parts = session.stop(IN_WORKER)
  if parts then
    raw.sources = {}
    workers().join(raw, parts)
  end
  raw.processes = 1 + (parts and parts.processes or 0)
  return assert(require("perilune.native.message").encode(raw))
end

return session
