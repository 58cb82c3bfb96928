--- A run: a main task, the tasks that it spawns, and the turns of luv's loop in between.
---
--- Tasks never run inside luv's callbacks: these only put tasks into a queue. The run's coroutine
--- empties the queue, and gives the loop a turn. It is a coroutine of its own for two reasons: an
--- error that a hook raises inside uv.run would end the process if it reached a callback, and the
--- coroutine's status tells for sure whether a run is still going on, whatever has ended it.

local uv = require("perilune.async.luv").uv
local failure = require("perilune.async.failure")
local queue = require("perilune.async.queue")
local task = require("perilune.async.task")
local timers = require("perilune.async.timers")

-- An interrupt is noticed when Lua code runs again, so the loop never sleeps longer.
local LONGEST_SLEEP <const> = 100
local STEPS_PER_TURN <const> = 100
local MOST_REPORTS <const> = 10

---@class perilune.async.Run
---@field coroutine thread
---@field ready perilune.async.Queue of tasks; those that are cancelled meanwhile stay in it
---@field timers perilune.async.Timers in nanoseconds of uv.hrtime
---@field spawned integer tasks so far
---@field tasks table<integer, perilune.async.Task> by id, those that are not over
---@field failed table<integer, perilune.async.Task> by id, those whose error nobody has got
---@field unclean table[] errors of cancelled tasks
---@field called_off perilune.async.Queue of tasks to be cancelled
---@field dying perilune.async.Task[] to be closed, from the last
---@field asleep? boolean the loop may wait
---@field draining? boolean cancelled tasks are being closed
---@field main? perilune.async.Task
---@field closed? boolean
local Run = {}
Run.__index = Run

local run = {}

local active -- the latest run
local alarm -- the one timer of luv's, which is never closed: see `wake_up_after`

---@return perilune.async.Run? that is going on
function run.current()
  local status = active and coroutine.status(active.coroutine)
  if status == "running" or status == "normal" then return active end
end

-- The timer is stopped between the turns, so that it keeps no loop alive, and lasts as long as the
-- state: luv 1.44 crashes when a state is closed after a handle was, without a turn in between. Its
-- callback is a C function that does nothing, for a hook could raise an error in one of Lua's. It
-- goes off again and again: a turn first looks at timers and then waits, so that one that is due by
-- then, where the process had to wait for its processor, would wake nobody.
local function wake_up_after(milliseconds)
  if not alarm or uv.is_closing(alarm) then alarm = assert(uv.new_timer()) end
  uv.update_time()
  uv.timer_start(alarm, milliseconds, 1, coroutine.isyieldable)
end

local function sleep(self)
  local due = self.timers:next()
  if not due and not uv.loop_alive() then
    local trace = debug.traceback(self.main.coroutine)
    error("async: all tasks wait, and nothing is left that could wake one; the main task:\n" ..
      trace, 0)
  end
  local nanoseconds = due and due - uv.hrtime() or math.huge
  uv.run("nowait")
  if nanoseconds <= 0 or not self.ready:is_empty() then return end
  wake_up_after(math.ceil(math.min(nanoseconds / 1e6, LONGEST_SLEEP)))
  self.asleep = true
  uv.run("once")
  self.asleep = false
  uv.timer_stop(alarm)
end

--- A task is ready: the loop, which may have looked at its timers and not waited yet, must not.
function Run:rouse()
  if self.asleep then uv.timer_start(alarm, 0, 1, coroutine.isyieldable) end
end

local function step(self)
  for _ = 1, STEPS_PER_TURN do
    local ready = self.ready:pop()
    if not ready then return end
    if ready.state == "ready" then ready:step() end
    if self.main:is_over() then return end
  end
end

local function turn(self)
  step(self)
  if self.main:is_over() then return end
  if self.ready:is_empty() then sleep(self) else uv.run("nowait") end
  self.timers:fire(uv.hrtime())
end

-- Yields after each turn: in `lua5.4` a Ctrl-C only reaches the main thread.
local function turns(self)
  repeat
    turn(self)
    coroutine.yield()
  until self.main:is_over()
end

---@param place string
---@return perilune.async.Run
function run.new(place, fn, ...)
  local self = setmetatable({
    coroutine = coroutine.create(turns), ready = queue.new(), timers = timers.new(), spawned = 0,
    tasks = {}, failed = {}, unclean = {}, called_off = queue.new(), dying = {},
  }, Run)
  self.main = task.new(self, place, fn, ...)
  return self
end

local function by_id(tasks)
  local list = {}
  for _, each in pairs(tasks) do list[#list + 1] = each end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

-- Warnings are off unless somebody asks for them.
local function complain(...) io.stderr:write(table.concat({ ... }), "\n") end

local function report(list, text, tell)
  for i = 1, math.min(#list, MOST_REPORTS) do tell("async: ", text(list[i])) end
  if #list > MOST_REPORTS then tell(("async: ... and %d more"):format(#list - MOST_REPORTS)) end
end

local function left_behind(each) return each:description() .. " was left behind" end

local function failed(each)
  return ("%s failed: %s\n%s"):format(
    each:description(), failure.text(each.error), failure.tracebacks(each))
end

local function unclean(each)
  return ("%s failed while it was cancelled: %s"):format(
    each.task:description(), failure.text(each.error))
end

-- Tasks that are still there are cancelled, the youngest first. The last turn of the loop is for
-- handles that have been closed.
local function clean_up(self)
  self.main:ask()
  self.draining = nil -- an interrupt may have kept it
  local left = by_id(self.tasks)
  local is_well = self.main.state == "done"
  if is_well then report(left, left_behind, warn) end
  for i = #left, 1, -1 do left[i]:cancel() end
  coroutine.wrap(uv.run)("nowait")
  -- Beside an error that the run raises, others have often the same cause.
  report(by_id(self.failed), failed, is_well and complain or warn)
  report(self.unclean, unclean, is_well and complain or warn)
end

--- Does nothing the second time. An interrupt amid this must not leave the rest open.
function Run:close()
  if self.closed then return end
  local ok, problem = pcall(clean_up, self)
  if not ok then clean_up(self) end
  self.closed = true
  if not ok then error(problem, 0) end
end

Run.__close = Run.close

--- Runs the tasks until the main one is over; nothing is left open then.
function Run:drive()
  active = self
  local ok, value
  repeat
    ok, value = coroutine.resume(self.coroutine, self)
  until coroutine.status(self.coroutine) == "dead"
  self:close()
  if not ok then error(value, 0) end
end

--- What the main task has come to, for the program around the run.
function Run:outcome()
  if self.main.state == "done" then return self.main:outcome() end
  error(failure.leaving(self.main), 0)
end

return run
