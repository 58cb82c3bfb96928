--- What becomes of a task that has no results: perilune.pool's Error, in both versions.
---
---     failure.new{code = "exit", message = text, status = 3, pid = pid, task = 7}
---     failure.raised(value, traceback)    of what a task raised: "error", or "memory"
---     failure.exited(status)  failure.crashed(signal)  failure.overdue(seconds)
---     failure.cancelled()  failure.closed()  failure.unsendable(refusal)
---     failure.waited(seconds)             of a wait for one future
---     failure.late(left, all, seconds)    of as_completed
---     failure.again(problem)              a copy, for another task
---
--- Each makes a new Error, to which its maker adds pid, task and index. The metatable is a field of
--- this module, so an Error can be sent to a worker and back, and stays one.

local failure = {}

local Error = { __name = "perilune.pool.Error" }
Error.__index = Error
failure.Error = Error

---@param fields perilune.pool.Error
---@return perilune.pool.Error
function failure.new(fields)
  return setmetatable(fields, Error)
end

--- The same for another task.
---@param problem perilune.pool.Error
---@return perilune.pool.Error
function failure.again(problem)
  local fields = {}
  for name, value in next, problem do fields[name] = value end
  return failure.new(fields)
end

---@param value any
---@return boolean
function failure.is_error(value)
  return debug.getmetatable(value) == Error
end

-- A text of several lines is whole in `value` alone.
function Error:__tostring()
  local text = type(self.value) == "string" and self.value or self.message
  return self.traceback and text .. "\n" .. self.traceback or text
end

--- What tostring gives, also where that fails.
---@param value any
---@return string
function failure.text(value)
  local ok, text = pcall(tostring, value)
  return ok and text or ("(error object is a %s value)"):format(type(value))
end

---@param value any what a task raised, or its copy
---@param traceback? string
---@param text? string what tostring gives of the value itself, where `value` is a copy or none
---@return perilune.pool.Error
function failure.raised(value, traceback, text)
  text = text or failure.text(value)
  return failure.new {
    code = value == "not enough memory" and "memory" or "error",
    message = text:match("^[^\n]*"), value = value, traceback = traceback,
  }
end

---@param status integer
---@return perilune.pool.Error
function failure.exited(status)
  local text = ("the worker exited with status %d"):format(status)
  return failure.new { code = "exit", message = text, status = status }
end

---@param signal string "SIGKILL" and so on
---@return perilune.pool.Error
function failure.crashed(signal)
  local text = ("the worker died of %s"):format(signal)
  return failure.new { code = "crash", message = text, signal = signal }
end

---@param seconds number the pool's task_timeout
---@return perilune.pool.Error
function failure.overdue(seconds)
  local text = ("the task took more than %.14g s"):format(seconds)
  return failure.new { code = "timeout", message = text }
end

---@return perilune.pool.Error
function failure.cancelled()
  return failure.new { code = "cancelled", message = "the task was cancelled" }
end

---@return perilune.pool.Error
function failure.closed()
  return failure.new { code = "closed", message = "the pool was closed before the task was done" }
end

---@param refusal string "result 2.x: a coroutine cannot be sent"
---@return perilune.pool.Error
function failure.unsendable(refusal)
  return failure.new { code = "data", message = refusal }
end

---@param seconds number
---@return perilune.pool.Error
function failure.waited(seconds)
  return failure.new {
    code = "wait", message = ("the task was not done after %.14g s"):format(seconds),
  }
end

---@param left integer futures that are not done
---@param all integer
---@param seconds number
---@return perilune.pool.Error
function failure.late(left, all, seconds)
  local text = ("%d of %d futures were not done after %.14g s"):format(left, all, seconds)
  return failure.new { code = "timeout", message = text }
end

return failure
