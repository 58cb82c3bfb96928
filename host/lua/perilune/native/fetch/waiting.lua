--- How a session waits: in C, or in a task of perilune.async, where the others go on meanwhile.

local waiting = {}

---@class perilune.native.fetch.Watch
---@field count integer tasks that wait
---@field turn? function called by the loop
---@field poll? userdata luv's
---@field timer? userdata

---@class perilune.native.fetch.Bell what somebody waits for
---@field rung? boolean
---@field wake? function of the task that waits
---@field trouble? any an error that it must raise

-- In a task that can wait here; else all wait.
local function async_here()
  local async = package.loaded["perilune.async"]
  return type(async) == "table" and async.can_wait() and async or nil
end

local function close(handle)
  if handle and not handle:is_closing() then handle:close() end
end

--- Has the loop come back when something is due.
---@param session perilune.native.fetch.Session
---@param least? integer milliseconds
function waiting.arm(session, least)
  local timer = session.watch.timer
  if not timer then return end
  local patience = session:patience()
  if patience then
    require("luv").update_time()
    timer:start(math.max(math.ceil(patience * 1000), least or 0), 0, session.watch.turn)
  else
    timer:stop()
  end
end

-- An error must not leave a callback of luv's: those who wait raise it. A timer that is due at once
-- would be called again before anything else is, tasks included.
local function turn(session)
  local ok, problem = pcall(session.step, session, 0)
  if not ok then session:spoil(problem) end
  waiting.arm(session, 1)
end

local function open(session)
  local uv, watch = require("luv"), session.watch
  watch.turn = watch.turn or function() turn(session) end
  watch.timer = uv.new_timer()
  watch.poll = uv.new_poll(session.engine:descriptor())
  watch.poll:start("r", watch.turn)
end

local function enter(session)
  local watch = session.watch
  if watch.count == 0 then open(session) end
  watch.count = watch.count + 1
end

--- Closes what luv watches, while its loop still runs.
function waiting.stop(session)
  local watch = session.watch
  close(watch.poll)
  close(watch.timer)
  watch.poll, watch.timer = nil, nil
end

local function leave(session)
  local watch = session.watch
  watch.count = watch.count - 1
  if watch.count == 0 then waiting.stop(session) end
end

-- Tasks may wait meanwhile, and what is due may have changed.
local function block(session)
  session:step()
  waiting.arm(session)
end

local function await(session, async, bell)
  if bell.wake then error("two tasks wait for the same iterator's next result", 0) end
  async.await(function(wake)
    enter(session)
    bell.wake = wake
    waiting.arm(session)
    return function()
      bell.wake = nil
      leave(session)
    end
  end)
  bell.wake = nil
  leave(session)
end

--- In a task, keeps the loop at work for the session until `waiting.release`. True: it does.
---@param session perilune.native.fetch.Session
---@return boolean
function waiting.hold(session)
  if not async_here() then return false end
  enter(session)
  waiting.arm(session)
  return true
end

---@param session perilune.native.fetch.Session
function waiting.release(session) leave(session) end

---@param bell perilune.native.fetch.Bell
function waiting.ring(bell)
  bell.rung = true
  if bell.wake then bell.wake() end
end

--- Returns when the bell has been rung. Errors: what a callback could not raise.
---@param session perilune.native.fetch.Session
---@param bell perilune.native.fetch.Bell
function waiting.wait(session, bell)
  local async = async_here()
  session:check()
  session.bells[bell] = true
  while not bell.rung do
    if async then await(session, async, bell) else block(session) end
  end
  session.bells[bell] = nil
  bell.rung = false
  if bell.trouble ~= nil then error(bell.trouble, 0) end
end

return waiting
