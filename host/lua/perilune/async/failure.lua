--- What tasks fail with, and what is told about it.

local failure = {}

--- An error that has passed through more tasks than this leaves no more tracebacks.
failure.MOST_TRACEBACKS = 10

---@class perilune.async.Error
local Error = { __name = "perilune.async.Error" }
Error.__index = Error

function Error:__tostring()
  return self.traceback and self.message .. "\n" .. self.traceback or self.message
end

---@param code string
---@param message string
---@return perilune.async.Error
function failure.new(code, message)
  return setmetatable({ code = code, message = message }, Error)
end

---@param value any
---@return boolean
function failure.is_error(value)
  return debug.getmetatable(value) == Error
end

--- Whether Ctrl-C or `perilune_interrupt` has raised it: these are the words of both, and of
--- `lua5.4`, and there is nothing else to tell it by.
---@param value any
---@return boolean
function failure.is_interrupt(value)
  return type(value) == "string" and value:find("interrupted!$") ~= nil
end

--- The traceback of the function that raised an error, from the handler of the xpcall that every
--- task begins with; without that beginning, its last two lines.
---@return string
function failure.traceback()
  return (debug.traceback("", 3):gsub("^\n", ""):gsub("\n[^\n]*\n[^\n]*$", ""))
end

---@param value any
---@return string
function failure.text(value)
  local ok, text = pcall(tostring, value)
  return ok and text or ("(an error object, a %s)"):format(type(value))
end

--- The tracebacks of a failed task: first that of the task that raised the error, then those of the
--- tasks that asked for its result.
---@param task perilune.async.Task
---@return string
function failure.tracebacks(task)
  local links, parts = {}, {}
  while task do
    links[#links + 1] = task
    task = task.cause
  end
  for i = #links, math.max(1, #links - failure.MOST_TRACEBACKS + 1), -1 do
    local link = links[i]
    parts[#parts + 1] = ("%s\n\t(%s)"):format(
      link.traceback or "stack traceback:", link:description())
  end
  local more = #links - failure.MOST_TRACEBACKS
  if more > 0 then parts[#parts + 1] = ("(%d more tasks asked for the result)"):format(more) end
  return table.concat(parts, "\n")
end

--- A failed task's error as the program around a run gets it: tables as they are, strings with the
--- tracebacks, which would be lost otherwise. (There are none where memory ran out.)
---@param task perilune.async.Task
---@return any
function failure.leaving(task)
  local value = task.error
  if not (task.traceback or task.cause) then return value end
  if type(value) == "string" then return value .. "\n" .. failure.tracebacks(task) end
  if failure.is_error(value) then value.traceback = value.traceback or failure.tracebacks(task) end
  return value
end

--- An Error that stands in a list in place of a failed task's result.
---@param task perilune.async.Task
---@param index integer
---@return perilune.async.Error
function failure.entry(task, index)
  local value = task.error
  local entry = failure.is_error(value) and failure.new(value.code, value.message) or
    failure.new("error", failure.text(value))
  entry.value, entry.index, entry.traceback = value, index, failure.tracebacks(task)
  return entry
end

return failure
