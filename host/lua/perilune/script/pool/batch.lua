--- The tasks of one map or imap. They get done in the order of the items, as there is one queue:
--- imap's ordered and unordered results come alike.

local copy = require("perilune.script.pool.copy")
local queue = require("perilune.script.pool.queue")

local batch = {}

---@class perilune.script.pool.Batch
---@field queue perilune.script.pool.Queue
---@field code perilune.script.pool.Parcel
---@field settings perilune.pool.MapSettings
---@field tasks table<integer, perilune.script.pool.Task> those not taken, by index
---@field added integer
---@field taken integer

local Batch = {}
Batch.__index = Batch

---@return perilune.script.pool.Batch
function batch.new(tasks, code, settings)
  return setmetatable(
    { queue = tasks, code = code, settings = settings, tasks = {}, added = 0, taken = 0 }, Batch)
end

--- Adds the task of the next item. Returns why not, where it cannot.
---@return string?
function Batch:add(...)
  if self.queue.shut then return "the pool is shut down" end
  local i = self.added + 1
  local arguments, refusal = copy.pack(self.queue.owner, "argument %d", ...)
  if not arguments then return ("item %d, %s"):format(i, refusal) end
  self.added = i
  self.tasks[i] = { code = self.code, arguments = arguments, index = i }
  queue.add(self.queue, self.tasks[i])
end

--- Waits for the next task; nil when all have been taken. Raises its Error, unless that is to be
--- given back.
---@return perilune.script.pool.Task?
function Batch:take()
  local i = self.taken + 1
  local task = self.tasks[i]
  if not task then return nil end
  local problem = queue.wait(task)
  self.tasks[i], self.taken = nil, i
  if problem and self.settings.on_error == "raise" then error(problem, 0) end
  return task
end

--- Cancels what has not started.
function Batch:close()
  for i = self.taken + 1, self.added do queue.cancel(self.tasks[i]) end
end

Batch.__close = Batch.close

return batch
