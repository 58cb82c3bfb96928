--- A worker of a script pool: globals and functions of its own in this process, which run tasks
--- one by one.

local copy = require("perilune.script.pool.copy")
local failure = require("perilune.pool.failure")
local sides = require("perilune.script.pool.sides")

local worker = {}

-- What a task yields to end its worker, and what it raises where it cannot yield.
local EXIT <const> = setmetatable({}, { __name = "os.exit" })

local exit = os.exit

-- The worker whose task runs.
local current

---@class perilune.script.pool.Worker
---@field owner perilune.script.pool.Side
---@field side perilune.script.pool.Side
---@field functions table<perilune.script.pool.Parcel, function> its copies of tasks' functions
---@field thread? thread that runs a task
---@field exit_status? integer
---@field broken? perilune.pool.Error of init
---@field pid? integer this process's
---@field tasks integer done

local function status_of(code)
  if code == nil or code == true then return 0 end
  return code and math.tointeger(code) & 0xff or 1
end

-- In place of os.exit.
local function leave(code)
  current.exit_status = status_of(code)
  if coroutine.running() == current.thread and coroutine.isyieldable() then
    coroutine.yield(EXIT)
  end
  error(EXIT, 0)
end

local function pid_of_this_process()
  local file <close> = io.open("/proc/self/stat")
  return file and file:read("n")
end

-- Of what a task raised. The value goes back as a copy, if it can.
local function failure_of(self, value, traceback)
  local parcel = copy.pack(self.side, "error", value)
  local sent = parcel and copy.unpack(self.owner, parcel)[1]
  return failure.raised(sent, traceback, failure.text(value))
end

local function results_of(self, ...)
  local parcel, refusal = copy.pack(self.side, "result %d", ...)
  if not parcel then return nil, failure.unsendable(refusal) end
  return copy.unpack(self.owner, parcel)
end

-- Returns the results of a coroutine that has ended, or an Error. A variable to be closed may raise
-- another error than the task did; after os.exit none is closed.
local function outcome(self, thread, ok, ...)
  if self.exit_status then return nil, failure.exited(self.exit_status) end
  if coroutine.status(thread) == "suspended" then
    coroutine.close(thread)
    return nil, failure.raised("attempt to yield from outside a coroutine")
  elseif ok then
    return results_of(self, ...)
  end
  local traceback = debug.traceback(thread)
  local _, value = coroutine.close(thread)
  if self.exit_status then return nil, failure.exited(self.exit_status) end
  return nil, failure_of(self, value, traceback)
end

-- A task under way; it may use a pool. Meanwhile os.exit is the worker's, also for modules.
local Run = {}

function Run:__close()
  self.worker.thread = self.thread
  current, sides.current = self.current, self.side
  rawset(os, "exit", self.exit)
end

local function enter(self, thread)
  local before = {
    worker = self, thread = self.thread, current = current, side = sides.current, exit = os.exit,
  }
  self.thread = thread
  current, sides.current = self, self.side
  rawset(os, "exit", leave)
  return setmetatable(before, Run)
end

local function call(self, fn, arguments)
  local thread = coroutine.create(fn)
  local _ <close> = enter(self, thread)
  return outcome(self, thread,
    coroutine.resume(thread, table.unpack(arguments, 1, arguments.n)))
end

local function begin(self, init)
  local _, problem = call(self, copy.unpack(self.side, init)[1], { n = 0 })
  if problem then problem.code, problem.pid = "init", self.pid end
  self.broken = problem
end

--- Calls init, where there is one.
---@param owner perilune.script.pool.Side
---@param init? perilune.script.pool.Parcel
---@return perilune.script.pool.Worker
function worker.new(owner, init)
  local self = {
    owner = owner, side = sides.worker(owner, exit, leave), pid = pid_of_this_process(), tasks = 0,
    functions = setmetatable({}, { __mode = "k" }),
  }
  if init then begin(self, init) end
  return self
end

local function function_of(self, code)
  local fn = self.functions[code] or copy.unpack(self.side, code)[1]
  self.functions[code] = fn
  return fn
end

--- Whether the worker can go on shows in `exit_status`.
---@param self perilune.script.pool.Worker
---@param code perilune.script.pool.Parcel the function, of which the worker keeps a copy
---@param arguments perilune.script.pool.Parcel
---@return any[]? results with n
---@return perilune.pool.Error?
function worker.run(self, code, arguments)
  self.tasks = self.tasks + 1
  if self.broken then return nil, failure.again(self.broken) end
  local results, problem = call(self, function_of(self, code), copy.unpack(self.side, arguments))
  if problem then problem.pid = self.pid end
  return results, problem
end

return worker
