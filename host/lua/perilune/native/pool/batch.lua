--- The tasks of one map or imap of a native pool: a job whose tasks have the items' places as their
--- indices.

local are_plain = require("perilune.native.pool.plain")
local queue = require("perilune.native.pool.queue")
local slots = require("perilune.native.pool.slots")

-- See native/pool/answers_lua.c.
local NONE <const>, LIST <const>, QUEUE <const> = 0, 1, 3

---@class perilune.native.pool.Batch: perilune.native.pool.Record
---@field scheduler perilune.native.pool.Scheduler
---@field items any[] those of a list; of an iterator single plain ones, until they are done
---@field sheets table<integer, userdata> what else an iterator gave, likewise
---@field next integer the first item that has not been handed out
---@field last integer the last one there is, as yet
---@field back integer[] indices that have come back, the first to go last
---@field results table
---@field problems table<integer, perilune.pool.Error>
---@field arrived? integer[] of imap without order; [0] is how many have arrived so far
---@field tries table<integer, integer>
---@field trouble any an error that came while items were handed out: raised once they are counted
---@field counted integer tasks that the pool's figures have
---@field closed boolean
local Batch = {}
Batch.__index = Batch

local batch = {}

-- What a list's __index does must not be done in the midst of handing out.
local function read(items, n)
  if type(items) ~= "table" or not debug.getmetatable(items) then return items end
  local list = {}
  for i = 1, n do list[i] = items[i] end
  return list
end

---@param scheduler perilune.native.pool.Scheduler
---@param def perilune.native.pool.Definition
---@param settings perilune.pool.MapSettings
---@param items? any[] nil of an iterator
---@param n integer
---@param kind "map"|"imap"
---@return perilune.native.pool.Batch
function batch.new(scheduler, def, settings, items, n, kind)
  local list = read(items, n)
  local self = setmetatable({
    scheduler = scheduler, def = def, settings = settings, chunk = settings.chunksize,
    mode = kind == "map" and LIST or QUEUE, items = list or {}, is_list = list ~= nil,
    sheets = {}, next = 1, last = 0, back = {}, results = {}, problems = {}, tries = {},
    failures = 0, counted = 0, cancelled = 0, taken = 0, closed = false,
    arrived = kind == "imap" and not settings.ordered and { [0] = 0 } or nil,
  }, Batch)
  queue.open(scheduler, self)
  scheduler.batches[self] = true
  if kind == "map" then self.refusal = self:grow(n) end
  return self
end

--- There are so many items now. Returns why they are not taken.
---@return string?
function Batch:grow(last)
  local scheduler = self.scheduler
  if scheduler.shut then return "the pool is shut down" end
  queue.count(scheduler, self, self.last + 1, last - self.last)
  self.last = last
  queue.add(scheduler, self)
end

--- Adds what an iterator gave. Returns why it cannot be sent, if that is so.
---@return string?
function Batch:add(...)
  local i = self.last + 1
  if select("#", ...) == 1 and are_plain(...) then
    self.items[i] = ...
  else
    local sheet, refusal = self.scheduler.crew:pack("argument", ...)
    if not sheet then return ("item %d, %s"):format(i, refusal) end
    self.sheets[i] = sheet
  end
  return self:grow(i)
end

-- What is behind a failure need not be done.
local function limit_of(self)
  return self.stop and math.min(self.last, self.stop) or self.last
end

function Batch:waiting()
  if self.closed or self.refusal then return 0 end
  return #self.back + math.max(0, limit_of(self) - self.next + 1)
end

-- Hands out items from..to of what is not in a sheet; returns the first that the worker has not
-- taken.
local function feed(self, slot, from, to)
  local index, refusal, problem = self.scheduler.crew:feed(
    slot.number, self.def.id, self.job, self.items, from, to)
  self.sent, self.trouble = self.sent + index - from, problem
  if refusal then self.refusal = ("item %d, %s"):format(index, refusal) end
  return index
end

-- Hands out from..to; returns the first that the worker has not taken.
local function send_range(self, slot, from, to)
  local crew = self.scheduler.crew
  local sheet = self.sheets[from]
  if sheet then
    local taken = crew:send(slot.number, slots.TASK, self.def.id, self.job, from, sheet)
    if not taken then return from end
    self.sent = self.sent + 1
    return from + 1
  end
  local last = from
  while last < to and not self.sheets[last + 1] do last = last + 1 end
  return feed(self, slot, from, last)
end

local function send_back(self, slot)
  local index = self.back[#self.back]
  if send_range(self, slot, index, index) == index then return false end
  self.back[#self.back] = nil
  return true
end

local function send_next(self, slot, room)
  local to = math.min(limit_of(self), self.next + room - 1)
  if self.next > to then return 0 end
  if next(self.sheets) == nil then
    local index = send_range(self, slot, self.next, to)
    local sent = index - self.next
    self.next = index
    return sent
  end
  local from = self.next
  while self.next <= to and not self.refusal and not self.trouble do
    local index = send_range(self, slot, self.next, to)
    if index == self.next then break end
    self.next = index
  end
  return self.next - from
end

function Batch:send(_, slot, room)
  if self.refusal then return 0 end
  local sent = 0
  while sent < room and #self.back > 0 and send_back(self, slot) do
    sent = sent + 1
    if self.trouble then return sent end
  end
  if sent == room or #self.back > 0 then return sent end
  return sent + send_next(self, slot, room - sent)
end

function Batch:put_back(index)
  if self.closed then
    self.scheduler.cancelled = self.scheduler.cancelled + 1
  else
    self.back[#self.back + 1] = index
  end
end

function Batch:try_again(index, retries)
  self.tries[index] = (self.tries[index] or 0) + 1
  return self.tries[index] <= retries
end

-- Memory may run out here before anything is counted.
local function store(self, index, problem)
  local arrived = self.mode == QUEUE and self.arrived
  problem.index = index
  if self.mode == LIST then self.results[index] = problem end
  if arrived then arrived[arrived[0] + 1] = index end
  self.problems[index] = problem
  if arrived then arrived[0] = arrived[0] + 1 end
end

function Batch:fail(index, problem)
  if self.problems[index] then return end
  store(self, index, problem)
  if problem.code == "cancelled" then
    self.cancelled = self.cancelled + 1
  else
    self.failures = self.failures + 1
  end
  if self.settings.on_error == "raise" and not (self.stop and self.stop < index) then
    self.stop = index
  end
end

local function abandon_task(self, index, problem)
  self.sent, self.landed = self.sent + 1, self.landed + 1
  queue.fail(self, index, problem)
end

--- Every task that was not handed out gets an error.
---@param problem fun(): perilune.pool.Error
function Batch:abandon(problem)
  for _ = 1, #self.back do abandon_task(self, table.remove(self.back), problem()) end
  while self.next <= self.last do
    self.next = self.next + 1
    abandon_task(self, self.next - 1, problem())
  end
end

--- Adds what has been done to the pool's figures.
function Batch:count()
  local scheduler = self.scheduler
  local done = self.landed - self.counted
  self.counted = self.landed
  scheduler.completed = scheduler.completed + done - self.failures - self.cancelled
  scheduler.failed = scheduler.failed + self.failures
  scheduler.cancelled = scheduler.cancelled + self.cancelled
  self.failures, self.cancelled = 0, 0
end

-- Whether a task before the one that failed is not done.
local function is_open_before(self, index)
  for _, back in ipairs(self.back) do
    if back < index then return true end
  end
  return self.scheduler:is_at_work(self.job, index)
end

--- Waits for all of a map, or for the failure that is to be raised: its index, then.
---@return integer?
function Batch:finish_all()
  while self.landed < self.last and not self.refusal do
    if self.stop and not is_open_before(self, self.stop) then return self.stop end
    self.scheduler:advance()
  end
  return self.stop
end

-- The index of the next result, when it is there.
local function next_there(self)
  if self.arrived then return self.arrived[self.taken + 1] end
  local index = self.taken + 1
  return (self.results[index] or self.problems[index]) and index
end

--- Waits for imap's next result, and takes it; nil when all have been taken.
---@return integer? index
---@return any[]? results
---@return perilune.pool.Error?
function Batch:take()
  local index = next_there(self)
  while not index and self.taken < self.last and not self.refusal do
    self.scheduler:advance()
    index = next_there(self)
  end
  if not index then return nil end
  local results, problem = self.results[index], self.problems[index]
  if self.arrived then self.arrived[self.taken + 1] = nil end
  self.results[index], self.problems[index], self.sheets[index] = nil, nil, nil
  if not self.is_list then self.items[index] = nil end
  self.taken = self.taken + 1
  return index, results, problem
end

-- Whether a worker has a task of it. Once it is closed the crew decides: an error may have come
-- between sending a task and counting it.
local function is_out(self)
  if self.closed then return self.scheduler:is_at_work(self.job, math.maxinteger) end
  return self.landed < self.sent
end

-- Lets go of its place once no worker has a task of it.
function Batch:release()
  if is_out(self) then return false end
  self:count()
  self.scheduler.batches[self] = nil
  queue.close(self.scheduler, self)
  return true
end

--- Cancels what has not started. What runs goes on, and nobody wants its results.
function Batch:close()
  if self.closed then return end
  local scheduler = self.scheduler
  local taken = scheduler:take_back_all(self)
  self.sent = self.sent - taken
  local left = self.last - self.sent
  scheduler.cancelled = scheduler.cancelled + left
  self.closed, self.mode, self.results, self.items = true, NONE, {}, {}
  if not self:release() then table.insert(scheduler.closing, self) end
  -- Its workers may have nothing left, so that no news would have anybody look again.
  if not scheduler.shut then scheduler:pump() end
end

Batch.__close = Batch.close

return batch
