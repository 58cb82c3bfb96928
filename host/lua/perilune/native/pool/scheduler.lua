--- The heart of a native pool: hands tasks to workers and takes what comes, whenever somebody
--- looks.

local clock = require("perilune.clock")
local crew = require("perilune.native.pool.crew")
local failure = require("perilune.pool.failure")
local handing = require("perilune.native.pool.handing")
local knowledge = require("perilune.native.pool.knowledge")
local news = require("perilune.native.pool.news")
local queue = require("perilune.native.pool.queue")
local reports = require("perilune.native.pool.reports")
local slots = require("perilune.native.pool.slots")
local waiting = require("perilune.native.pool.waiting")

---@class perilune.native.pool.Scheduler
---@field crew userdata
---@field reports perilune.native.pool.Reports
---@field slots perilune.native.pool.Slot[]
---@field jobs table<integer, perilune.native.pool.Record>
---@field queue perilune.native.pool.Record[] from `first` to `last`: those with tasks to hand out
---@field broken? perilune.pool.Error of every task from now on
---@field unsettled boolean there was no room to tell workers something
---@field at_work boolean
---@field torn boolean an error has once ended its work: what was sent may not be counted
---@field ended? boolean there are no workers any more, nor will there be
---@field saturated boolean there are tasks for which no worker has room
local Scheduler = { define = knowledge.define }
Scheduler.__index = Scheduler

local NESTED <const> = "a finaliser cannot wait for a pool that is at work"
-- Seconds of silence after which tasks that wait go to another worker.
local SILENCE <const> = 0.001
local UNSEEN <const> = 32 -- tasks that are added before somebody looks what workers have done
-- Seconds that workers get to tell what was recorded before they are killed.
local LAST_WORDS <const> = 1

local scheduler = {}

---@param settings perilune.pool.Settings
---@return perilune.native.pool.Scheduler?
---@return string? message
---@return string? code nil: the caller's mistake
function scheduler.new(settings)
  local workers = settings.workers or crew.cpus()
  local made, message, code = crew.new {
    workers = workers, memory_limit = settings.memory_limit,
    task_timeout = settings.task_timeout, timeline = settings.timeline,
  }
  if not made then return nil, message, code end
  local self = setmetatable({
    crew = made, settings = settings, slots = slots.new(workers), jobs = made:jobs(),
    queue = {}, first = 1, last = 0, free = {}, newest = 0, batches = {}, closing = {},
    events = {}, spans = {}, numbers = {}, recent = 1, stillborn = 0, unseen = 0, at_work = false,
    unsettled = false, torn = false,
    submitted = 0, completed = 0, failed = 0, cancelled = 0, retried = 0, restarts = 0, live = 0,
  }, Scheduler)
  self.reports = reports.new(self)
  local known, refusal = knowledge.begin(self, settings.init)
  if not known then
    made:close()
    return nil, refusal
  end
  return self
end

-- There the collector counts nothing.
local function is_in_finaliser()
  return not collectgarbage("count")
end

-- Whether this is a finaliser that was run by the scheduler's own work on this pool.
local function is_nested(self)
  return self.at_work and is_in_finaliser()
end

--- For what a finaliser must not do in the midst of the scheduler's work.
function Scheduler:refuse_nested()
  if is_nested(self) then error(NESTED, 0) end
end

-- Batches that were closed while workers had tasks of theirs.
local function release_closed(self)
  for i = #self.closing, 1, -1 do
    if self.closing[i]:release() then table.remove(self.closing, i) end
  end
end

local function give_out(self)
  if #self.forgotten > 0 then knowledge.forget(self) end
  if #self.closing > 0 then release_closed(self) end
  if self.unsettled then handing.settle(self) end
  handing.hand_out(self)
  if self.live > 0 and #self.slots > 1 then handing.balance(self) end
end

--- Gives tasks to workers. Those that a finaliser hands in meanwhile wait for the next look.
function Scheduler:pump()
  if is_nested(self) then
    self.crew:nudge()
    return
  end
  self.torn = self.torn or self.at_work
  self.at_work = true
  give_out(self)
  self.at_work = false
end

-- Deals with what has come, and gives out more.
local function handle(self, is_uneven)
  self:refuse_nested()
  self.torn = self.torn or self.at_work
  self.at_work = true
  local came = self.crew:drain(self.events)
  local told = news.take(self, self.events)
  if came > 0 then
    for _, slot in ipairs(self.slots) do
      if slot.alive then slots.learn(self, slot) end
    end
  elseif is_uneven and told == 0 then
    handing.note_silence(self, SILENCE)
  end
  give_out(self)
  self.at_work = false
  if is_in_finaliser() then self.crew:nudge() end -- others were about to wait for what has come
  waiting.resume(self.crew, came > 0 or told > 0)
end

--- Adds a record. Where workers have enough to do it is not looked at once, but now and then.
function Scheduler:add(record)
  queue.add(self, record)
  self.unseen = self.unseen + 1
  if not self.saturated then
    self:pump()
  elseif self.unseen >= UNSEEN and not is_nested(self) then
    self.unseen = 0
    handle(self)
  else
    self.crew:nudge()
  end
end

--- Looks what has come, without waiting.
function Scheduler:poll()
  if not self.ended and not is_nested(self) then handle(self) end
end

--- Waits for news, until a deadline of clock.now's: false when that has passed.
---@param deadline? number
---@return boolean
function Scheduler:advance(deadline)
  local seconds = deadline and math.max(0, deadline - clock.now())
  self:refuse_nested()
  local is_uneven = #self.slots > 1 and handing.is_uneven(self)
  local is_idle = queue.next(self) ~= nil and self:running() == 0
  if is_uneven or is_idle then seconds = math.min(seconds or SILENCE, SILENCE) end
  if self.at_work then seconds = 0 end -- an error has ended it: the news may be there already
  waiting.wait(self.crew, seconds)
  handle(self, is_uneven)
  return not deadline or clock.now() < deadline
end

--- Tasks that workers can have at once, as quick as tasks are of late.
---@return integer
function Scheduler:quota()
  local sum = 0
  for _, slot in ipairs(self.slots) do sum = sum + (slot.alive and slot.quota or slots.LEAST) end
  return sum
end

--- Tasks that are at workers.
---@return integer
function Scheduler:running()
  local count = 0
  for _, slot in ipairs(self.slots) do
    if slot.alive then count = count + self.crew:held(slot.number) end
  end
  return count
end

--- Whether anything is left to be done.
function Scheduler:is_busy()
  return queue.next(self) ~= nil or self:running() > 0
end

--- The slot where a task is, or nil.
function Scheduler:slot_of(record, index)
  for _, slot in ipairs(self.slots) do
    if slot.alive and self.crew:holds(slot.number, record.job, index) then return slot end
  end
end

--- Takes a task back from its worker. False: it has begun.
function Scheduler:take_back(record, index)
  local slot = self:slot_of(record, index)
  if not slot or not self.crew:take_back(slot.number, record.job, index) then return false end
  record.sent = record.sent - 1
  slot.handed = slot.handed - 1
  self.crew:nudge()
  return true
end

--- Tasks that have not begun come back from a worker.
function Scheduler:recall(slot)
  while slot.alive do
    local job, index = self.crew:take_back(slot.number)
    if not job then break end
    slot.handed = slot.handed - 1
    queue.put_back(self, self.jobs[job], index)
  end
end

--- Kills the worker that runs a task, and waits until that is known. It must not begin another one.
function Scheduler:kill(record)
  local slot = self:slot_of(record, 1)
  if not slot then return end
  slot.doomed = record
  self:recall(slot)
  self:poll()
  -- It may have done this one and begun another: then the answer is on its way.
  while record.state ~= "done" and self.crew:held(slot.number) > 1 do self:advance() end
  if record.state == "done" then
    slot.doomed = nil
    self:pump()
    return
  end
  self.crew:kill(slot.number)
  while record.state ~= "done" do self:advance() end
end

--- Takes back all of a job's tasks that have not begun; returns how many.
function Scheduler:take_back_all(record)
  local count = 0
  for _, slot in ipairs(self.slots) do
    if slot.alive then
      local taken = self.crew:take_back_all(slot.number, record.job)
      slot.handed = slot.handed - taken
      count = count + taken
    end
  end
  if count > 0 then self.crew:nudge() end
  return count
end

--- Whether a worker has a task of a job with an index below this one.
function Scheduler:is_at_work(job, index)
  for _, slot in ipairs(self.slots) do
    if slot.alive and self.crew:holds_below(slot.number, job, index) then return true end
  end
  return false
end

--- All tasks that have not begun get an error.
---@param problem fun(): perilune.pool.Error
function Scheduler:drop_all(problem)
  for _, slot in ipairs(self.slots) do self:recall(slot) end
  queue.drop(self, problem)
end

-- While something is recorded.
local function hear_last(self)
  self:drop_all(failure.closed)
  self.reports:hear_last(LAST_WORDS)
end

--- Kills the workers; what is not done never will be.
function Scheduler:end_at_once()
  self.broken = self.broken or failure.closed()
  if self.reports:is_wanted() then hear_last(self) end
  for _, slot in ipairs(self.slots) do
    local unfinished = slot.alive and self.crew:release(slot.number) or {}
    for i = #unfinished - 1, 1, -2 do
      queue.put_back(self, self.jobs[unfinished[i]], unfinished[i + 1])
    end
    slot.alive = false
  end
  self.live = 0
  self.reports:close()
  self.ended = true
  self.crew:close()
  self:drop_all(failure.closed)
end

--- The pool is collected. Somebody may still wait for a future of it.
function Scheduler:abandon()
  if self.reports:is_wanted() and not self.at_work then hear_last(self) end
  self.reports:close()
  self.ended = true
  self.crew:close()
end

---@return perilune.pool.Stats
function Scheduler:stats()
  if self.live > 0 then self:poll() end
  for record in pairs(self.batches) do record:count() end
  local workers = {}
  for _, slot in ipairs(self.slots) do
    local pid, tasks, _, bytes
    if slot.alive then pid, tasks, _, bytes = self.crew:worker(slot.number) end
    if pid and pid ~= 0 then
      workers[#workers + 1] = { pid = pid, tasks = tasks, bytes = bytes }
    end
  end
  local running = self.live > 0 and self:running() or 0
  local ended = self.completed + self.failed + self.cancelled
  return {
    submitted = self.submitted, completed = self.completed, failed = self.failed,
    cancelled = self.cancelled, retried = self.retried, restarts = self.restarts,
    running = running, queued = self.submitted - ended - running, workers = workers,
  }
end

---@return perilune.pool.Span[] copies, oldest first
function Scheduler:timeline()
  if self.live > 0 then self:poll() end
  local spans = {}
  for i, span in ipairs(self.spans) do
    spans[i] = {}
    for name, value in next, span do spans[i][name] = value end
  end
  table.sort(spans, function(a, b) return a.start < b.start end)
  return spans
end

--- Ends all workers when they have done what they have.
function Scheduler:retire()
  for _, slot in ipairs(self.slots) do
    while slot.alive and not slot.ending do
      handing.end_worker(self, slot)
      if not slot.ending then self:advance() end
    end
    self.crew:continue(slot.number) -- somebody may have stopped it
  end
  while self.live > 0 do self:advance() end
  self.reports:close()
  self.ended = true
  self.crew:close()
end

return scheduler
