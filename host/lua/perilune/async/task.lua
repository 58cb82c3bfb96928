--- A task: a coroutine that waits for wake functions, and what becomes of it.
---
--- Nothing here resumes one task from within another: who is woken goes into the run's queue, and
--- who is cancelled into a list, so that chains of tasks may be as long as they like, where Lua's C
--- calls nest 200 deep.

local failure = require("perilune.async.failure")
local queue = require("perilune.async.queue")

-- "waiting" -> "ready" -> "running" -> "waiting"; in the end "done", "failed" or "cancelled".
---@class perilune.async.Task
---@field run perilune.async.Run
---@field id integer in the run, in the order of spawning
---@field coroutine thread
---@field fn function
---@field arguments? table packed, until it starts
---@field place string where it was spawned
---@field state string
---@field wait? table the await that it is suspended in
---@field doomed? boolean cancelled while it was running: closed when it stops to wait
---@field watchers perilune.async.Queue of functions that are called when it is over
---@field results table packed
---@field error any
---@field traceback? string
---@field cause? perilune.async.Task whose error it passes on
---@field passed integer tasks that its error has passed through before
local Task = { __name = "perilune.async.Task" }
Task.__index = Task

local task = {}

local IS_OVER <const> = { done = true, failed = true, cancelled = true }

local current -- the task that runs; may be stale where an interrupt has ended a run
local closing -- the coroutine that is being closed

function Task:description()
  return (self.id == 1 and "the main task, run at " or "a task spawned at ") .. self.place
end

function Task:__tostring()
  return ("%s (%s)"):format(self:description(), self.state)
end

local function is_active(self)
  local status = coroutine.status(self.coroutine)
  return status == "running" or status == "normal"
end

---@return perilune.async.Task?
function task.running()
  return current and is_active(current) and current or nil
end

local function settle(self)
  repeat
    local watcher = self.watchers:pop()
    if watcher then watcher() end
  until not watcher
  self.run.tasks[self.id] = nil
end

local function finish(self, ok, ...)
  if ok then
    self.state, self.results = "done", table.pack(...)
  else
    self.state, self.error = "failed", (...)
    self.run.failed[self.id] = self
  end
  settle(self)
end

local function on_error(value)
  local self = current
  if self.cause and not rawequal(self.cause.error, value) then self.cause = nil end
  self.passed = self.cause and self.cause.passed + 1 or 0
  if self.passed < failure.MOST_TRACEBACKS then self.traceback = failure.traceback() end
  return value
end

local function body(self)
  local arguments = self.arguments
  self.arguments = nil
  finish(self, xpcall(self.fn, on_error, table.unpack(arguments, 1, arguments.n)))
end

---@param run perilune.async.Run
---@param place string
---@param fn function
---@return perilune.async.Task
function task.new(run, place, fn, ...)
  run.spawned = run.spawned + 1
  local self = setmetatable({
    run = run, id = run.spawned, coroutine = coroutine.create(body), fn = fn,
    arguments = table.pack(...), place = place, state = "ready", watchers = queue.new(),
    passed = 0,
  }, Task)
  run.tasks[self.id] = self
  run.ready:push(self)
  return self
end

---@param value any
---@return boolean
function task.is_task(value)
  return debug.getmetatable(value) == Task
end

local function make_ready(self)
  self.state = "ready"
  self.run.ready:push(self)
  self.run:rouse()
end

--- Lets a ready task run until it waits, or is over. Raises an interrupt that has reached it.
function Task:step()
  local before = current
  current, self.state = self, "running"
  local ok, failed = coroutine.resume(self.coroutine, self)
  current = before
  if not ok then error(failed, 0) end -- raised in `finish`: an interrupt, or no memory
  if failure.is_interrupt(self.error) then error(failure.leaving(self), 0) end
  if self.doomed then
    self:cancel()
  elseif self.state == "running" then -- a plain coroutine.yield lets the others go first
    make_ready(self)
  end
end

-- Why no task can wait here, if none can.
local function obstacle()
  local self, thread = task.running(), coroutine.running()
  if thread == closing then
    return "a task that is being closed cannot wait"
  elseif not self then
    return "no task is running: call it in a function that async.run runs"
  elseif thread ~= self.coroutine then
    return "called in another coroutine than the task's own, such as a generator's"
  elseif not coroutine.isyieldable() then
    return "called inside a C function that cannot wait, such as table.sort or string.gsub"
  end
end

---@return boolean
function task.can_wait() return obstacle() == nil end

-- The running task, if it can wait here.
local function waiting_task(name, level)
  local text = obstacle()
  if text then error(("async: cannot wait in '%s': %s"):format(name, text), level + 2) end
  return task.running()
end

---@param name string of the function that the user has called
---@param level integer to blame where no task can wait: 1 is the function that calls this one
---@param start fun(wake: fun(...)): function?
---@return ...
function task.await(name, level, start)
  local self = waiting_task(name, level)
  if self.doomed then coroutine.yield() end
  local wait, results = {}, nil
  wait.cancel = start(function(...)
    if results then return end
    results = table.pack(...)
    if self.wait == wait and self.state == "waiting" then make_ready(self) end
  end)
  if not results or self.doomed then
    self.wait, self.state = wait, "waiting"
    coroutine.yield()
    self.wait = nil
  end
  return table.unpack(results, 1, results.n)
end

--- Has `watcher` called when the task is over; it must neither raise errors nor call into tasks.
---@return fun() stop
function Task:watch(watcher)
  local place = self.watchers:push(watcher)
  return function() self.watchers:remove(place, watcher) end
end

--- Its failure is somebody's now: it is not reported when the run ends.
function Task:ask()
  self.run.failed[self.id] = nil
end

--- What it has come to.
function Task:outcome()
  if self.state == "done" then return table.unpack(self.results, 1, self.results.n) end
  self:ask()
  local asker = task.running()
  if asker then asker.cause = self end
  error(self.error, 0)
end

function Task:is_over() return IS_OVER[self.state] ~= nil end

function Task:done() return self:is_over() end

function Task:result()
  if not self:is_over() then
    if self == task.running() then error("async: a task cannot wait for its own result", 2) end
    task.await("result", 2, function(wake) return self:watch(wake) end)
  end
  return self:outcome()
end

-- Cancelling

-- An error in what a cancelled task leaves behind has nobody to go to but the end of the run.
local function check_clean(self, ok, value)
  if ok then return end
  if failure.is_interrupt(value) then error(value, 0) end
  self.run.unclean[#self.run.unclean + 1] = { task = self, error = value }
end

local function call_off(self)
  local wait = self.wait
  self.wait = nil
  if wait and type(wait.cancel) == "function" then check_clean(self, pcall(wait.cancel)) end
end

local function close(self)
  local before, was_suspended = closing, coroutine.status(self.coroutine) == "suspended"
  closing = self.coroutine
  local ok, value = coroutine.close(self.coroutine)
  closing = before
  settle(self)
  check_clean(self, ok or not was_suspended, value)
end

local Draining = {}
function Draining:__close() self.run.draining = nil end

-- First all are called off, which may cancel more; then they are closed, the last one first, so
-- that a task's own tasks are closed before it. What that cancels is done here too.
local function drain(run)
  if run.draining then return end
  local _ <close> = setmetatable({ run = run }, Draining)
  run.draining = true
  repeat
    local self = run.called_off:pop()
    if self then
      run.dying[#run.dying + 1] = self
      call_off(self)
    else
      self = table.remove(run.dying)
      if self then close(self) end
    end
  until not self
end

-- A task that is over but still among the run's is one whose cancellation an interrupt has cut off:
-- it is done again.
function Task:cancel()
  if not self.run.tasks[self.id] then return self.state == "cancelled" end
  if is_active(self) then
    self.doomed = true
    return true
  end
  if not self:is_over() then
    self.error = failure.new("cancelled", self:description() .. " was cancelled")
    self.state = "cancelled"
  end
  self.run.called_off:push(self)
  drain(self.run)
  return self.state == "cancelled"
end

Task.__close = Task.cancel

return task
