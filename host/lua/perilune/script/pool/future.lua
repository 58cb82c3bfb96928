--- Futures of a script pool: its tasks themselves.

local completed = require("perilune.pool.completed")
local options = require("perilune.pool.options")
local queue = require("perilune.script.pool.queue")
local time = require("perilune.script.pool.time")

local NAME <const> = "perilune.pool.Future"

local Future = { __name = NAME }
Future.__index = Future

function Future:result(timeout)
  options.self(self, Future, NAME, "result")
  options.seconds(1, "result", timeout)
  local problem = queue.wait(self, timeout)
  if problem then error(problem, 0) end
  return table.unpack(self.results, 1, self.results.n)
end

-- A wait that was too long is raised here, too: the task may yet have no error.
function Future:error(timeout)
  options.self(self, Future, NAME, "error")
  options.seconds(1, "error", timeout)
  local problem = queue.wait(self, timeout)
  if self.state ~= "done" then error(problem, 0) end
  return problem
end

-- Lets the next task run, so that a loop comes to an end that asks until it is done.
function Future:done()
  options.self(self, Future, NAME, "done")
  if self.state ~= "done" then queue.run_next(self.queue) end
  return self.state == "done"
end

function Future:cancel(given)
  options.self(self, Future, NAME, "cancel")
  options.cancel(given)
  return queue.cancel(self)
end

function Future:cancelled()
  options.self(self, Future, NAME, "cancelled")
  return self.problem ~= nil and self.problem.code == "cancelled"
end

local future = { Future = Future }

function future.is_future(value)
  return debug.getmetatable(value) == Future
end

local function advance(one, deadline)
  if not queue.run_next(one.queue) then error("the task waits for itself", 0) end
  return not deadline or time.now() < deadline
end

--- Iterates over futures as they get done.
---@param list perilune.script.pool.Task[] each once
---@param timeout? number seconds
function future.as_completed(list, timeout)
  return completed(list, timeout, time.now, advance)
end

return future
