--- perilune.pool in plain Lua: the simple version that the native one is measured against and must
--- agree with. A queue of tasks, from which whoever waits runs one after another.
---
--- There is one worker at a time, whatever the options say; it is replaced as a process would be.
--- Whoever asks a future anything lets the next task run.

local batch = require("perilune.script.pool.batch")
local copy = require("perilune.script.pool.copy")
local failure = require("perilune.pool.failure")
local future = require("perilune.script.pool.future")
local names = require("perilune.script.pool.names")
local options = require("perilune.pool.options")
local queue = require("perilune.script.pool.queue")
local sides = require("perilune.script.pool.sides")

local NAME <const> = "perilune.pool"
local SHUT <const> = "calling '%s' on bad self (the pool is shut down)"
local WINDOW <const> = 4 -- tasks a worker

local Pool = { __name = NAME }
Pool.__index = Pool

copy.refuse(Pool, NAME)
copy.refuse(future.Future, future.Future.__name)

-- Of a method that hands in tasks, for its caller: nil and what is wrong.
local function code_of(self, name, fn)
  if self.queue.shut then return nil, SHUT:format(name) end
  return queue.code_of(self.queue, fn)
end

function Pool:submit(fn, ...)
  options.self(self, Pool, NAME, "submit")
  options.task("submit", fn)
  local code, refusal = code_of(self, "submit", fn)
  if not code then error(refusal, 2) end
  local arguments
  arguments, refusal = copy.pack(self.queue.owner, "argument %d", ...)
  if not arguments then error(refusal, 2) end
  local task = setmetatable({ code = code, arguments = arguments }, future.Future)
  queue.add(self.queue, task)
  return task
end

function Pool:map(fn, list, given)
  options.self(self, Pool, NAME, "map")
  options.task("map", fn)
  local n, settings = options.items("map", list), options.map("map", given)
  local code, refusal = code_of(self, "map", fn)
  if not code then error(refusal, 2) end
  local tasks <close> = batch.new(self.queue, code, settings)
  for i = 1, n do
    refusal = tasks:add(list[i])
    if refusal then error(refusal, 2) end
  end
  local results = { n = n }
  for i = 1, n do
    local task = tasks:take()
    results[i] = task.problem or task.results[1]
  end
  return results
end

-- Items of a list one by one; of an iterator what it gives, until that is nil.
local function source_of(items, n)
  if not n then return items, function(first) return first == nil end end
  local i = 0
  return function()
    i = i + 1
    if i <= n then return items[i] end
  end, function() return i > n end
end

-- Returns a function that adds tasks while there is room for them and there are items.
local function feeder(tasks, items, n, window)
  local next_item, is_end = source_of(items, n)
  local ended = false

  local function feed(...)
    ended = is_end((...))
    if not ended then return tasks:add(...) end
  end

  return function()
    local refusal
    while not (ended or refusal) and tasks.added - tasks.taken < window do
      refusal = feed(next_item())
    end
    return refusal
  end
end

function Pool:imap(fn, items, given)
  options.self(self, Pool, NAME, "imap")
  options.task("imap", fn)
  local n, settings = options.items("imap", items), options.map("imap", given)
  local code, refusal = code_of(self, "imap", fn)
  if not code then error(refusal, 2) end
  local tasks = batch.new(self.queue, code, settings)
  local feed = feeder(tasks, items, n, settings.window or WINDOW * self.workers)

  local function next_result()
    local why = feed()
    if why then error(why, 2) end
    local task = tasks:take()
    if not task then return nil end
    if task.problem then return task.index, task.problem end
    return task.index, table.unpack(task.results, 1, task.results.n)
  end

  return next_result, nil, nil, tasks
end

function Pool:stats()
  options.self(self, Pool, NAME, "stats")
  return queue.stats(self.queue)
end

function Pool:timeline()
  options.self(self, Pool, NAME, "timeline")
  return queue.timeline(self.queue)
end

function Pool:shutdown(given)
  options.self(self, Pool, NAME, "shutdown")
  local cancel = options.shutdown(given)
  if cancel then queue.drop_all(self.queue, "cancelled", failure.cancelled) end
  queue.shut_down(self.queue)
end

function Pool:close(problem)
  options.self(self, Pool, NAME, "close")
  if problem ~= nil then queue.drop_all(self.queue, "failed", failure.closed) end
  queue.shut_down(self.queue)
end

Pool.__close = Pool.close

local pool = { is_error = failure.is_error }

-- "0-3,8"
local function count_ranges(text)
  local n = 0
  for first, last in text:gmatch("(%d+)%-?(%d*)") do
    n = n + 1 + (tonumber(last) or first) - first
  end
  return n
end

function pool.cpus()
  local file <close> = io.open("/proc/self/status")
  local list = file and file:read("a"):match("\nCpus_allowed_list:%s*([%d,-]+)")
  return list and math.tointeger(count_ranges(list)) or 1
end

function pool.register(name, metatable)
  options.registration(name, metatable)
  local argument, why = names.register(name, metatable)
  if why then error(("bad argument #%d to 'register' (%s)"):format(argument, why), 2) end
end

function pool.as_completed(futures, timeout)
  local list = options.futures(futures, future.is_future)
  options.seconds(2, "as_completed", timeout)
  return future.as_completed(list, timeout)
end

function pool.new(given)
  local settings = options.pool(given)
  local init, refusal
  if settings.init then
    init, refusal = copy.pack(sides.current, "init", settings.init)
    if not init then error(refusal, 2) end
  end
  return setmetatable(
    { queue = queue.new(settings, init), workers = settings.workers or pool.cpus() }, Pool)
end

return pool
