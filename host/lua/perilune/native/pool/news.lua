--- What the workers of a native pool have done, and what becomes of the tasks of those that have
--- died.

local crew = require("perilune.native.pool.crew")
local failure = require("perilune.pool.failure")
local queue = require("perilune.native.pool.queue")
local waiting = require("perilune.native.pool.waiting")

-- Workers that die one after another before their first task, until the pool gives up.
local MOST_STILLBORN <const> = 5

local news = {}

local function problem_of(event)
  if event.code == "data" then return failure.unsendable(event.message) end
  local problem = failure.raised(event.value, event.traceback, event.message or event.code)
  problem.code = event.code
  if event.code == "memory" then problem.message = "not enough memory" end
  return problem
end

local on = {}

function on.answer(self, event)
  self.reports:answer(event)
end

function on.failure(self, event)
  if event.job == 0 and event.index ~= 0 then
    self.reports:answer(event)
    return
  end
  local problem = problem_of(event)
  if event.job == 0 then
    problem.code, problem.pid = "init", event.pid
    queue.give_up(self, problem)
    return
  end
  event.record = event.record or self.jobs[event.job]
  if event.record then queue.fail(event.record, event.index, problem, event.pid) end
end

function on.span(self, event)
  self.spans[#self.spans + 1] = {
    worker = event.slot, pid = event.pid,
    first = queue.number_of(self.numbers[event.job], event.index),
    tasks = event.tasks, start = event.start, stop = event.stop, cpu = event.cpu,
  }
end

local function problem_of_death(self, event, slot, record)
  local how, what = crew.ending(event.status)
  local limit = self.settings.task_timeout
  if slot.doomed and slot.doomed == record then return failure.cancelled() end
  if how == "exit" then return failure.exited(what) end
  if limit and what == "SIGKILL" and event.ran >= limit then return failure.overdue(limit) end
  local problem = failure.crashed(what)
  problem.may_retry = true
  return problem
end

-- What becomes of the task that a worker died with.
local function bury(self, event, slot, record, index)
  local problem = problem_of_death(self, event, slot, record)
  local may_retry = problem.may_retry
  problem.may_retry = nil
  if may_retry and record:try_again(index, self.settings.retries) then
    self.retried = self.retried + 1
    queue.put_back(self, record, index)
  else
    queue.fail(record, index, problem, event.pid)
    record.landed = record.landed + 1
  end
end

local function note_stillborn(self, event, slot)
  if slot.ending or event.ready then
    self.stillborn = 0
    return
  end
  local how, what = crew.ending(event.status)
  self.stillborn = self.stillborn + 1
  local problem
  if event.reason then
    problem = failure.new { code = "system", message = "cannot start a worker: " .. event.reason }
  elseif how == "exit" then
    problem = failure.exited(what)
  else
    problem = failure.crashed(what)
  end
  if problem.code ~= "system" then problem.code, problem.pid = "init", event.pid end
  if problem.status or self.stillborn >= MOST_STILLBORN then queue.give_up(self, problem) end
end

-- Frees a dead worker's slot: {record, index, record, index...} of what it had, oldest first.
local function release(self, event, slot)
  if event.unfinished then return event.unfinished end
  local unfinished = self.crew:release(event.slot)
  event.unfinished = unfinished
  slot.alive, self.live = false, self.live - 1
  for i = 1, #unfinished, 2 do unfinished[i] = self.jobs[unfinished[i]] end
  return unfinished
end

function on.death(self, event)
  local slot = self.slots[event.slot]
  waiting.tell(self.crew) -- and here one less
  local unfinished = release(self, event, slot)
  self.reports:bury(slot)
  if not event.begun then note_stillborn(self, event, slot) end
  for i = #unfinished - 1, 1, -2 do
    local record, index = unfinished[i], unfinished[i + 1]
    if event.begun and i == 1 then
      self.stillborn = 0
      bury(self, event, slot, record, index)
    else
      queue.put_back(self, record, index)
    end
    unfinished[i + 1], unfinished[i] = nil, nil
  end
  if self.broken then queue.give_up(self) end
end

--- Takes events, and returns how many. An error may end it anywhere: the next look begins with the
--- event that it was at, which may be dealt with in part, or wholly.
function news.take(self, events)
  local count = #events
  for i = 1, count do
    local event = events[i]
    if event and event.event then
      on[event.event](self, event)
    elseif event then
      event:finish()
    end
    events[i] = false
  end
  for i = count, 1, -1 do events[i] = nil end
  return count
end

return news
