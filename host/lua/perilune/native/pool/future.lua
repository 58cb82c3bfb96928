--- Futures of a native pool: jobs of one task.

local clock = require("perilune.clock")
local completed = require("perilune.pool.completed")
local are_plain = require("perilune.native.pool.plain")
local failure = require("perilune.pool.failure")
local options = require("perilune.pool.options")
local queue = require("perilune.native.pool.queue")
local slots = require("perilune.native.pool.slots")

local NAME <const> = "perilune.pool.Future"
local CALL <const> = 2 -- see native/pool/answers_lua.c

---@class perilune.native.pool.Future: perilune.native.pool.Record, perilune.pool.Future
---@field scheduler perilune.native.pool.Scheduler
---@field state "queued"|"running"|"done"
---@field n integer? of arguments that are plain; without it they are in the sheet
---@field argument? any the only one, or the list of them
---@field sheet? userdata
---@field results? any[] with n
---@field problem? perilune.pool.Error
---@field tries integer that have failed
---@field watchers? perilune.native.pool.Future[][] lists to which it is added when it is done

local Future = { __name = NAME }
Future.__index = Future

local future = { Future = Future }

--- A task that is to be handed out. Its arguments are kept until it is done, for another try:
--- those that nobody can change as they are, others as they are sent. nil and a refusal where they
--- cannot.
---@param scheduler perilune.native.pool.Scheduler
---@param def perilune.native.pool.Definition
---@return perilune.native.pool.Future?
---@return string?
function future.new(scheduler, def, ...)
  local n, argument, sheet = select("#", ...), nil, nil
  if not are_plain(...) then
    local refusal
    sheet, refusal = scheduler.crew:pack("argument", ...)
    if not sheet then return nil, refusal end
    n = nil
  elseif n == 1 then
    argument = ...
  else
    argument = { ... }
  end
  local self = setmetatable({
    mode = CALL, chunk = "auto", def = def, n = n, argument = argument, sheet = sheet,
    scheduler = scheduler, state = "queued", tries = 0, job = 0, bits = nil, landed = 0, sent = 0,
    results = nil, problem = nil, queued = false,
  }, Future)
  queue.open(scheduler, self)
  queue.count(scheduler, self, 1, 1)
  return self
end

function Future:waiting()
  return self.state == "queued" and 1 or 0
end

local function send(self, crew, slot)
  local id, job, n = self.def.id, self.job, self.n
  if n == 1 then
    return crew:task(slot, id, job, 1, self.argument)
  elseif n then
    return crew:task(slot, id, job, 1, table.unpack(self.argument, 1, n))
  end
  return crew:send(slot, slots.TASK, id, job, 1, self.sheet)
end

function Future:send(scheduler, slot)
  if not send(self, scheduler.crew, slot.number) then return 0 end
  self.state, self.sent = "running", 1
  return 1
end

function Future:put_back()
  self.state = "queued"
end

function Future:try_again(_, retries)
  self.tries = self.tries + 1
  return self.tries <= retries
end

local none = {}

-- Where an error has ended it, it is done again.
local function settle(self, count)
  local scheduler, watchers = self.scheduler, self.watchers or none
  for i = #watchers, 1, -1 do
    local watcher = watchers[i]
    watcher[#watcher + 1] = self
    watchers[i] = nil
  end
  if self.state ~= "done" then
    self.state, self.sheet, self.argument, self.def = "done", nil, nil, nil
    scheduler[count] = scheduler[count] + 1
  end
  queue.close(scheduler, self)
end

function Future:finish()
  settle(self, "completed")
end

function Future:fail(_, problem)
  self.problem = problem
  settle(self, problem.code == "cancelled" and "cancelled" or "failed")
end

function Future:abandon(problem)
  queue.fail(self, 1, problem())
end

-- Its Error, or nil; an Error of the wait, and true, where that took too long.
local function wait(self, timeout)
  local scheduler = self.scheduler
  local deadline = timeout and clock.now() + timeout
  while self.state ~= "done" do
    if not scheduler:advance(deadline) and self.state ~= "done" then
      return failure.waited(timeout), true
    end
  end
  return self.problem
end

function Future:result(timeout)
  options.self(self, Future, NAME, "result")
  options.seconds(1, "result", timeout)
  local problem = wait(self, timeout)
  if problem then error(problem, 0) end
  return table.unpack(self.results, 1, self.results.n)
end

function Future:error(timeout)
  options.self(self, Future, NAME, "error")
  options.seconds(1, "error", timeout)
  local problem, late = wait(self, timeout)
  if late then error(problem, 0) end
  return problem
end

function Future:done()
  options.self(self, Future, NAME, "done")
  if self.state ~= "done" then self.scheduler:poll() end
  return self.state == "done"
end

local function is_cancelled(self)
  return self.problem ~= nil and self.problem.code == "cancelled"
end

function Future:cancel(given)
  options.self(self, Future, NAME, "cancel")
  local kill = options.cancel(given)
  local scheduler = self.scheduler
  if self.state ~= "done" then scheduler:poll() end
  if self.state == "running" and scheduler:take_back(self, 1) then self.state = "queued" end
  if self.state == "queued" then
    queue.fail(self, 1, failure.cancelled())
  elseif self.state == "running" and kill then
    scheduler:kill(self)
  end
  return is_cancelled(self)
end

function Future:cancelled()
  options.self(self, Future, NAME, "cancelled")
  return is_cancelled(self)
end

function future.is_future(value)
  return debug.getmetatable(value) == Future
end

-- Seconds that one of several pools is waited for, before the others are looked at.
local TURN <const> = 0.002

local function schedulers_of(futures)
  local list, seen = {}, {}
  for _, one in ipairs(futures) do
    if not seen[one.scheduler] then list[#list + 1] = one.scheduler end
    seen[one.scheduler] = true
  end
  return list
end

-- Waits for one pool, or for each of several in turn. False: the time is over.
local function advance(schedulers, one, deadline)
  if #schedulers == 1 then return one.scheduler:advance(deadline) end
  for _, scheduler in ipairs(schedulers) do scheduler:poll() end
  local turn = clock.now() + TURN
  one.scheduler:advance(deadline and math.min(deadline, turn) or turn)
  return not deadline or clock.now() < deadline
end

--- Iterates over futures as they get done.
---@param list perilune.native.pool.Future[] each once
---@param timeout? number seconds
function future.as_completed(list, timeout)
  local schedulers = schedulers_of(list)
  return completed(list, timeout, clock.now, function(one, deadline)
    return advance(schedulers, one, deadline)
  end)
end

return future
