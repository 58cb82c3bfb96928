--- Tasks: coroutines that wait together, on luv's loop.
---
---     local async = require "perilune.async"
---     local sum = async.run(function()
---       local task = async.spawn(compute, 1)
---       async.sleep(0.1)
---       return task:result() + async.timeout(5, compute, 2)
---     end)
---
--- A task runs until it waits, and only then another one does: none is interrupted, and what it
--- changes between two waits nobody sees half done. A plain `coroutine.yield` lets the others go
--- first. A task may use coroutines of its own, generators say, but only itself may wait.
---
--- An error belongs to its task, with its traceback, and goes on to those that ask for its result.
--- Nobody asked: it is written to standard error when the run ends; by `warn` (`-W` shows warnings)
--- where the run raises an error itself. Ctrl-C ends the run, whichever task it reaches, within a
--- tenth of a second.
---
--- To cancel a task is to close its coroutine where it waits: its to-be-closed variables run, last
--- ones first. They must not wait.
---
--- It loads in the host and in stock `lua5.4`, and needs luv. Handles of luv's own live on the same
--- loop: their callbacks may spawn tasks, wake and cancel them. Seconds are numbers from 0.
--- Wrong arguments are errors that name them and point to the caller's line.

local uv = require("perilune.async.luv").uv
local arguments = require("perilune.arguments")
local failure = require("perilune.async.failure")
local gather = require("perilune.async.gather")
local run = require("perilune.async.run")
local semaphore = require("perilune.async.semaphore")
local task = require("perilune.async.task")

---@class perilune.async.Task
---
--- Waits until the task is over, and gives its results; raises its error, or where it was cancelled
--- an Error with code "cancelled".
---@field result fun(self): ...
---
--- Whether the task is over: has returned, has failed or was cancelled. Does not wait.
---@field done fun(self): boolean
---
--- Cancels the task, and what it waits for in `gather` or `timeout`; at once where it waits, and a
--- task that runs (that cancels itself) when it next waits. True when it is cancelled, then or
--- before; false when it was over. `local t <close> = async.spawn(...)` cancels when the block is
--- left.
---@field cancel fun(self): boolean

---@class perilune.async.Error tostring gives the message, and the traceback where there is one
---
--- "timeout", "cancelled"; in what gather gives also "error": any other value was raised
---@field code string
---@field message string
---@field traceback? string
---@field value? any what the task raised (gather)
---@field index? integer the task's place in the list (gather)

---@class perilune.async.Semaphore
---
--- Waits until fewer than n permits are out; first come, first served.
---@field acquire fun(self): perilune.async.Permit
---
--- Gives one permit back, as the permit's own `release` does. Errors: none is out.
---@field release fun(self)

---@class perilune.async.Permit
---
--- Gives it back; further calls do nothing. `local permit <close> = semaphore:acquire()` does so
--- when the block is left, by an error or a cancellation too.
---@field release fun(self)
---@field close fun(self) release

local async = {}

local getinfo <const> = debug.getinfo

-- Level 4: the caller of the public function, below check.
local function bad(place, name, expected, value)
  error(("bad argument #%d to '%s' (%s expected, got %s)"):format(
    place, name, expected, math.type(value) and tostring(value) or type(value)), 4)
end

local function check_function(place, name, value)
  if type(value) ~= "function" then bad(place, name, "function", value) end
end

local function check_seconds(name, value)
  if math.type(value) == nil or value ~= value or value < 0 then
    bad(1, name, "a number of seconds from 0", value)
  end
end

local function check_count(name, value)
  if math.type(value) == nil or not math.tointeger(value) or value < 1 then
    bad(1, name, "an integer from 1", value)
  end
end

-- Where the public function was called; where that is not in Lua, where `fn` stands.
local function caller(fn)
  local info = getinfo(3, "Sl")
  if info and info.currentline > 0 then return info.short_src .. ":" .. info.currentline end
  info = getinfo(fn, "S")
  return info.short_src .. ":" .. info.linedefined
end

-- Blames the caller of the public function.
local function current_run(name)
  local current = run.current()
  if not current then
    error(("async.%s: nothing runs: call it inside async.run"):format(name), 3)
  end
  return current
end

--- Calls a function as the main task, and returns its results when it has returned; raises its
--- error. Strings come with the traceback that they had in their task, other values are raised as
--- they are. Tasks that are left behind are cancelled, and reported by `warn` unless the main task
--- has failed.
--- Errors: called in a task or a callback of luv's; all tasks wait and nothing could wake one.
---@param fn function
---@param ... any its arguments
---@return any ...
function async.run(fn, ...)
  check_function(1, "run", fn)
  if run.current() then
    error("async.run: called inside a run; call the function itself, or async.spawn", 2)
  elseif uv.loop_mode() then
    error("async.run: called in a callback of luv's, whose loop cannot be run inside itself", 2)
  end
  local self <close> = run.new(caller(fn), fn, ...)
  self:drive()
  return self:outcome()
end

--- Has a function called as a task of its own, which starts when the running one waits.
--- Errors: nothing runs.
---@param fn function
---@param ... any its arguments
---@return perilune.async.Task
function async.spawn(fn, ...)
  check_function(1, "spawn", fn)
  return task.new(current_run("spawn"), caller(fn), fn, ...)
end

local function check_gather(list, options)
  if type(list) ~= "table" then bad(1, "gather", "table", list) end
  for i = 1, rawget(list, "n") or #list do
    local item = list[i]
    if type(item) ~= "function" and not task.is_task(item) then
      bad(1, "gather", ("item %d: task or function"):format(i), item)
    elseif item == task.running() then
      error("async: a task cannot wait for its own result", 3)
    end
  end
  if options ~= nil and type(options) ~= "table" then bad(2, "gather", "table", options) end
  for name, value in pairs(options or {}) do
    if name ~= "on_error" then
      error(("bad argument #2 to 'gather' (%s)"):format(
        arguments.no_option(name, { on_error = true })), 3)
    elseif value ~= "raise" and value ~= "return" then
      error('bad argument #2 to \'gather\' (option \'on_error\': "raise" or "return" expected)', 3)
    end
  end
end

--- Waits for all tasks of a list; a function in it is spawned. Gives their first results in order,
--- in a list with `n`. The first error is raised, and all other tasks of the list are cancelled;
--- with on_error = "return" an Error stands in the place of each failed task's result.
---@param list (perilune.async.Task|function)[] up to list.n or #list
---@param options? {on_error?: "raise"|"return"}
---@return any[]
function async.gather(list, options)
  check_gather(list, options)
  local current, tasks = current_run("gather"), { n = rawget(list, "n") or #list }
  for i = 1, tasks.n do
    local item = list[i]
    tasks[i] = task.is_task(item) and item or task.new(current, caller(item), item)
  end
  return gather(tasks, options and options.on_error or "raise")
end

--- Waits for so many seconds at least; 0 lets other tasks and the loop go first.
---@param seconds number
function async.sleep(seconds)
  check_seconds("sleep", seconds)
  local timers = current_run("sleep").timers
  task.await("sleep", 2, function(wake)
    local timer = timers:add(uv.hrtime() + seconds * 1e9, wake)
    return function() timers:remove(timer) end
  end)
end

-- Whether the task was over in time.
local function wait(limited, timers, seconds)
  local timer
  task.await("timeout", 3, function(wake)
    local stop = limited:watch(wake)
    timer = timers:add(uv.hrtime() + seconds * 1e9, wake)
    return function()
      stop()
      timers:remove(timer)
      limited:cancel()
    end
  end)
  timers:remove(timer)
  return limited:is_over()
end

--- Calls a function in a task of its own and waits for its results, for so many seconds at most:
--- then it is cancelled, and an Error with code "timeout" is raised.
---@param seconds number
---@param fn function
---@param ... any its arguments
---@return any ...
function async.timeout(seconds, fn, ...)
  check_seconds("timeout", seconds)
  check_function(2, "timeout", fn)
  local current = current_run("timeout")
  local limited = task.new(current, caller(fn), fn, ...)
  if wait(limited, current.timers, seconds) then return limited:outcome() end
  limited:cancel()
  error(failure.new("timeout", ("timed out after %g s"):format(seconds)), 0)
end

--- Suspends the running task. `start` is called at once with a function `wake`; `await` returns
--- what `wake` is called with, the first time that it is called: by another task, by a callback of
--- luv's, by `start` itself. When the task is cancelled before it has gone on, the function that
--- `start` may have returned is called, to undo what it began. Errors: those of `start`; called
--- where no task can wait.
---@param start fun(wake: fun(...)): function?
---@return any ...
function async.await(start)
  check_function(1, "await", start)
  return task.await("await", 1, start)
end

--- Up to n permits at a time.
---@param n integer from 1
---@return perilune.async.Semaphore
function async.semaphore(n)
  check_count("semaphore", n)
  return semaphore.new(math.tointeger(n))
end

--- The task that runs, or nil. In a task's own coroutines it is that task.
---@return perilune.async.Task?
function async.running() return task.running() end

--- Whether a task runs here that could wait: not where none runs, nor in a coroutine of its own or
--- a C function that cannot be left meanwhile. A library asks, and blocks where it is not so.
---@return boolean
function async.can_wait() return task.can_wait() end

--- Whether a value is an Error of this module's.
---@param value any
---@return boolean
function async.is_error(value) return failure.is_error(value) end

return async
