--- The jobs of a native pool, and which of them have tasks that no worker has.
---
--- A record stands for one job: a future (one task) or a batch (a task for each item). The crew
--- puts results into it by its field `mode` (native/pool/answers_lua.c), and adds to `landed`.

local failure = require("perilune.pool.failure")

local queue = {}

---@class perilune.native.pool.Record
---@field job integer
---@field mode integer
---@field chunk integer|"auto"
---@field bits perilune.native.pool.Bit[] which numbers its tasks have in the pool
---@field def perilune.native.pool.Definition
---@field landed integer tasks that are done
---@field sent integer tasks that went to workers, and did not come back undone
---@field queued? boolean
---@field send fun(self, scheduler, slot, room): integer hands out tasks, adds them to `sent` and
---  returns how many
---@field trouble any an error that came meanwhile
---@field waiting fun(self): integer tasks that are not handed out
---@field put_back fun(self, index: integer) a task that has not run
---@field try_again fun(self, index: integer, retries: integer): boolean
---@field fail fun(self, index: integer, problem: perilune.pool.Error)
---@field abandon fun(self, problem: fun(): perilune.pool.Error) fails what is not handed out
---@field finish? fun(self) a future's results have come

--- Gives a record its place. With a timeline no job's number is given again, for spans name it.
function queue.open(self, record)
  local free = self.free
  local job = free[#free]
  if job and not self.settings.timeline then
    free[#free] = nil
  else
    job = self.newest + 1
    self.newest = job
  end
  record.job, record.landed, record.sent, record.bits = job, 0, 0, {}
  if self.settings.timeline then self.numbers[job] = record.bits end
  self.jobs[job] = record
end

--- Lets go of a record of which no task is at a worker. Where an error has once ended the
--- scheduler's work that is not sure: a number of which an answer may still come is then given to
--- nobody else.
function queue.close(self, record)
  local job = record.job
  if self.jobs[job] ~= record then return end
  self.jobs[job] = false
  if self.torn and self:is_at_work(job, math.maxinteger) then return end
  self.free[#self.free + 1] = job
end

--- Adds a record to those that have tasks to hand out.
function queue.add(self, record)
  if record.queued then return end
  self.queue[self.last + 1] = record -- the first, for memory may run out here
  self.last, record.queued = self.last + 1, true
end

--- What has come back is the first to go again.
function queue.add_first(self, record)
  if record.queued then return end
  self.queue[self.first - 1] = record
  self.first, record.queued = self.first - 1, true
end

--- The first record that has tasks to hand out.
---@return perilune.native.pool.Record?
function queue.next(self)
  while self.first <= self.last do
    local record = self.queue[self.first]
    if record:waiting() > 0 then return record end
    record.queued = false
    self.queue[self.first] = nil
    self.first = self.first + 1
  end
  self.first, self.last = 1, 0
end

--- A task comes back from a worker that has not run it.
function queue.put_back(self, record, index)
  queue.add_first(self, record) -- here and in the next memory may run out
  record:put_back(index)
  record.sent = record.sent - 1
end

-- Of a job whose tasks came bit by bit: the first index of each bit, and its number.
---@class perilune.native.pool.Bit
---@field index integer
---@field number integer

--- A task's number in the pool.
---@param bits perilune.native.pool.Bit[]
---@param index integer
---@return integer
function queue.number_of(bits, index)
  local i = #bits
  while bits[i].index > index do i = i - 1 end
  return bits[i].number + index - bits[i].index
end

--- The pool gets further tasks of a job, with indices from this one on.
function queue.count(self, record, index, tasks)
  local bits = record.bits
  if not bits[1] or queue.number_of(bits, index) ~= self.submitted + 1 then
    bits[#bits + 1] = { index = index, number = self.submitted + 1 }
  end
  self.submitted = self.submitted + tasks
end

--- Ends a task with an error.
function queue.fail(record, index, problem, pid)
  problem.pid, problem.task = pid or problem.pid, queue.number_of(record.bits, index)
  record:fail(index, problem)
end

--- The Error of a task that cannot be run any more, if that is so.
function queue.fault(self)
  return self.broken and failure.again(self.broken)
end

--- All tasks that wait get an error.
---@param problem fun(): perilune.pool.Error
function queue.drop(self, problem)
  local record = queue.next(self)
  while record do
    record:abandon(problem)
    record = queue.next(self)
  end
end

--- All that waits fails, and all that comes.
---@param problem? perilune.pool.Error nil: as before
function queue.give_up(self, problem)
  self.broken = self.broken or problem
  queue.drop(self, function() return queue.fault(self) end)
end

return queue
