--- perilune.pool on worker processes. What carries tasks to them and answers back is C
--- (native/pool/); which task goes where is decided in pool/scheduler.lua.

local batch = require("perilune.native.pool.batch")
local crew = require("perilune.native.pool.crew")
local failure = require("perilune.pool.failure")
local future = require("perilune.native.pool.future")
local options = require("perilune.pool.options")
local scheduler = require("perilune.native.pool.scheduler")

local NAME <const> = "perilune.pool"
local SHUT <const> = "calling '%s' on bad self (the pool is shut down)"
local WINDOW <const> = 2048 -- tasks that imap hands in ahead, at most
local AHEAD <const> = 8 -- and at least

local Pool = { __name = NAME }
Pool.__index = Pool

-- Of a method that hands in tasks, for its caller: nil and what is wrong.
local function define(self, name, fn)
  if self.shut then return nil, SHUT:format(name) end
  return self.scheduler:define(fn)
end

function Pool:submit(fn, ...)
  options.self(self, Pool, NAME, "submit")
  options.task("submit", fn)
  local def, refusal = define(self, "submit", fn)
  if not def then error(refusal, 2) end
  local task
  task, refusal = future.new(self.scheduler, def, ...)
  if not task then error(refusal, 2) end
  self.scheduler:add(task)
  return task
end

function Pool:map(fn, list, given)
  options.self(self, Pool, NAME, "map")
  options.task("map", fn)
  local n, settings = options.items("map", list), options.map("map", given)
  local def, refusal = define(self, "map", fn)
  if not def then error(refusal, 2) end
  local tasks <close> = batch.new(self.scheduler, def, settings, list, n, "map")
  self.scheduler:pump()
  local failed = tasks:finish_all()
  if tasks.refusal then error(tasks.refusal, 2) end
  if failed then error(tasks.problems[failed], 0) end
  tasks.results.n = n
  return tasks.results
end

-- Returns a function that adds tasks where half of the window is free and there are items; it
-- returns why one cannot be sent.
local function feeder(tasks, items, n, given)
  local ended = false
  local window = given or AHEAD

  local function feed(first, ...)
    if first == nil then
      ended = true
    else
      return tasks:add(first, ...)
    end
  end

  local function feed_list()
    local last = math.min(n, tasks.taken + window)
    if last > tasks.last then return tasks:grow(last) end
  end

  local function feed_items()
    local refusal
    while not (ended or refusal) and tasks.last - tasks.taken < window do
      refusal = feed(items())
    end
    return refusal
  end

  return function()
    if tasks.last - tasks.taken > window // 2 then return nil end
    window = given or math.max(AHEAD, math.min(WINDOW, 2 * tasks.scheduler:quota()))
    if n then return feed_list() end
    return feed_items()
  end
end

function Pool:imap(fn, items, given)
  options.self(self, Pool, NAME, "imap")
  options.task("imap", fn)
  local n, settings = options.items("imap", items), options.map("imap", given)
  local def, refusal = define(self, "imap", fn)
  if not def then error(refusal, 2) end
  local tasks = batch.new(self.scheduler, def, settings, n and items, n, "imap")
  local feed = feeder(tasks, items, n, settings.window)

  local function next_result()
    local why = feed()
    if why then error(why, 2) end
    if tasks:waiting() > 0 and not self.shut then self.scheduler:pump() end
    local index, results, problem = tasks:take()
    if tasks.refusal then error(tasks.refusal, 2) end
    if problem and settings.on_error == "raise" then error(problem, 0) end
    if not index then return nil end
    if problem then return index, problem end
    return index, table.unpack(results, 1, results.n)
  end

  return next_result, nil, nil, tasks
end

function Pool:stats()
  options.self(self, Pool, NAME, "stats")
  return self.scheduler:stats()
end

function Pool:timeline()
  options.self(self, Pool, NAME, "timeline")
  return self.scheduler:timeline()
end

function Pool:shut_down()
  self.shut, self.scheduler.shut = true, true
end

function Pool:shutdown(given)
  options.self(self, Pool, NAME, "shutdown")
  local cancel = options.shutdown(given)
  if self.shut then return end
  self.scheduler:refuse_nested()
  self:shut_down()
  if cancel then self.scheduler:drop_all(failure.cancelled) end
  while self.scheduler:is_busy() do self.scheduler:advance() end
  self.scheduler:retire()
end

function Pool:close(problem)
  options.self(self, Pool, NAME, "close")
  if problem == nil then return self:shutdown() end
  self.scheduler:refuse_nested()
  self:shut_down()
  self.scheduler:end_at_once()
end

Pool.__close = Pool.close

function Pool:__gc()
  if self.scheduler then self.scheduler:abandon() end
end

local pool = { is_error = failure.is_error, cpus = crew.cpus }

function pool.register(name, metatable)
  options.registration(name, metatable)
  local ok, why = pcall(crew.register, name, metatable)
  if not ok then error(why:gsub("'perilune.-'", "'register'"), 2) end
end

function pool.as_completed(futures, timeout)
  local list = options.futures(futures, future.is_future)
  options.seconds(2, "as_completed", timeout)
  return future.as_completed(list, timeout)
end

function pool.new(given)
  local settings = options.pool(given)
  local made, message, code = scheduler.new(settings)
  if not made and not code then error(message, 2) end
  if not made then return nil, message, code end
  local self = setmetatable({ scheduler = made, shut = false }, Pool)
  made.pool = self -- for its futures: it is not collected while somebody may wait for one
  return self
end

return pool
