--- The tasks of a script pool, in the order in which they were handed in, and the worker that runs
--- them one by one.

local copy = require("perilune.script.pool.copy")
local failure = require("perilune.pool.failure")
local sides = require("perilune.script.pool.sides")
local time = require("perilune.script.pool.time")
local worker = require("perilune.script.pool.worker")

local queue = {}

local SPAN <const> = 0.001 -- seconds that tasks may take to share one

---@class perilune.script.pool.Task: perilune.pool.Future
---@field queue perilune.script.pool.Queue
---@field number integer
---@field index? integer in map's or imap's list
---@field state "queued"|"running"|"done"
---@field code? perilune.script.pool.Parcel until it is done
---@field arguments? perilune.script.pool.Parcel
---@field results? any[] with n
---@field problem? perilune.pool.Error
---@field watchers? perilune.script.pool.Task[][] lists to which it is added when it is done

---@class perilune.script.pool.Queue
---@field owner perilune.script.pool.Side that made the pool
---@field settings perilune.pool.Settings
---@field init? perilune.script.pool.Parcel
---@field codes table<function, perilune.script.pool.Parcel> as they were first handed in
---@field tasks table<integer, perilune.script.pool.Task> from `first` to `last`
---@field worker? perilune.script.pool.Worker
---@field spans perilune.pool.Span[]
---@field shut boolean no more tasks are taken

---@param settings perilune.pool.Settings
---@param init? perilune.script.pool.Parcel
---@return perilune.script.pool.Queue
function queue.new(settings, init)
  return {
    settings = settings, owner = sides.current, init = init, tasks = {}, first = 1, last = 0,
    codes = setmetatable({}, { __mode = "k" }), spans = {}, shut = false,
    submitted = 0, completed = 0, failed = 0, cancelled = 0, running = 0, workers = 0,
  }
end

--- The function as it was when it was first handed in, or nil and a refusal.
function queue.code_of(self, fn)
  local code, refusal = self.codes[fn], nil
  if not code then
    code, refusal = copy.pack(self.owner, "function", fn)
    self.codes[fn] = code
  end
  return code, refusal
end

--- Adds a task that has code and arguments.
---@param task perilune.script.pool.Task
function queue.add(self, task)
  self.submitted, self.last = self.submitted + 1, self.last + 1
  task.queue, task.number, task.state = self, self.submitted, "queued"
  self.tasks[self.last] = task
end

local function settle(task, count, results, problem)
  local self = task.queue
  task.results, task.problem, task.state = results, problem, "done"
  task.code, task.arguments = nil, nil
  self[count] = self[count] + 1
  if problem then problem.task, problem.index = task.number, task.index end
  for _, watcher in ipairs(task.watchers or {}) do watcher[#watcher + 1] = task end
end

-- Those that were cancelled are still in their places.
local function take(self)
  while self.first <= self.last do
    local task = self.tasks[self.first]
    self.tasks[self.first], self.first = nil, self.first + 1
    if task.state == "queued" then return task end
  end
end

local function worker_of(self)
  if not self.worker then
    self.worker, self.workers = worker.new(self.owner, self.init), self.workers + 1
  end
  return self.worker
end

local function is_worn(self, one)
  local most = self.settings.max_tasks_per_worker
  return one.exit_status or most and one.tasks >= most
end

local function note(self, task, one, start, cpu)
  local stop, spans = time.now(), self.spans
  local span = spans[#spans]
  if span and span.first + span.tasks == task.number and stop - span.start < SPAN then
    span.tasks, span.stop, span.cpu = span.tasks + 1, stop, span.cpu + time.cpu() - cpu
    return
  end
  spans[#spans + 1] = {
    worker = 1, pid = one.pid, first = task.number, tasks = 1, start = start, stop = stop,
    cpu = time.cpu() - cpu,
  }
end

-- The copies, too, may find no memory.
local function run(self, task)
  local one = worker_of(self)
  local start, cpu = time.now(), time.cpu()
  local ok, results, problem = pcall(worker.run, one, task.code, task.arguments)
  if not ok then results, problem = nil, failure.raised(results) end
  if self.settings.timeline then note(self, task, one, start, cpu) end
  if is_worn(self, one) and self.worker == one then self.worker = nil end
  return results, problem
end

--- Runs the next task; false when there is none.
---@return boolean
function queue.run_next(self)
  local task = take(self)
  if not task then return false end
  task.state, self.running = "running", self.running + 1
  local results, problem = run(self, task)
  self.running = self.running - 1
  settle(task, problem and "failed" or "completed", results, problem)
  return true
end

--- Runs tasks until this one is done; its Error, or nil.
---@param task perilune.script.pool.Task
---@param timeout? number seconds, after which the Error's code is "wait"
---@return perilune.pool.Error?
function queue.wait(task, timeout)
  local deadline = timeout and time.now() + timeout
  while task.state ~= "done" do
    if not queue.run_next(task.queue) then error("the task waits for itself", 0) end
    if task.state ~= "done" and deadline and time.now() >= deadline then
      return failure.waited(timeout)
    end
  end
  return task.problem
end

---@param task perilune.script.pool.Task
---@return boolean whether it is cancelled, now or before
function queue.cancel(task)
  if task.state == "queued" then settle(task, "cancelled", nil, failure.cancelled()) end
  return task.state == "done" and task.problem ~= nil and task.problem.code == "cancelled"
end

--- Of the tasks that have not started.
---@param count "cancelled"|"failed"
---@param problem fun(): perilune.pool.Error
function queue.drop_all(self, count, problem)
  local task = take(self)
  while task do
    settle(task, count, nil, problem())
    task = take(self)
  end
end

--- Runs what is left, and takes no more.
function queue.shut_down(self)
  self.shut = true
  while queue.run_next(self) do end
  self.worker = nil
end

---@return perilune.pool.Stats
function queue.stats(self)
  local ended = self.completed + self.failed + self.cancelled
  local one = self.worker
  return {
    submitted = self.submitted, completed = self.completed, failed = self.failed,
    cancelled = self.cancelled, retried = 0, running = self.running,
    queued = self.submitted - ended - self.running, restarts = math.max(self.workers - 1, 0),
    workers = one and { { pid = one.pid, tasks = one.tasks } } or {},
  }
end

---@return perilune.pool.Span[] copies
function queue.timeline(self)
  local spans = {}
  for i, span in ipairs(self.spans) do
    spans[i] = {}
    for name, value in next, span do spans[i][name] = value end
  end
  return spans
end

return queue
