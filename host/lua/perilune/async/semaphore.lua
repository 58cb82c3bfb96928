--- Lets n tasks at a time through, in the order in which they came.

local queue = require("perilune.async.queue")
local task = require("perilune.async.task")

---@class perilune.async.Semaphore
---@field size integer
---@field free integer
---@field waiting perilune.async.Queue of {wake: function, granted?: boolean}
local Semaphore = { __name = "perilune.async.Semaphore" }
Semaphore.__index = Semaphore

---@class perilune.async.Permit
local Permit = { __name = "perilune.async.Permit" }
Permit.__index = Permit

local semaphore = {}

---@param n integer
---@return perilune.async.Semaphore
function semaphore.new(n)
  return setmetatable({ size = n, free = n, waiting = queue.new() }, Semaphore)
end

-- The permit is handed over before the task goes on: where it is cancelled in between, it gives it
-- back.
local function wait(self)
  task.await("acquire", 3, function(wake)
    local entry = { wake = wake }
    local place = self.waiting:push(entry)
    return function()
      if entry.granted then self:release() else self.waiting:remove(place, entry) end
    end
  end)
end

---@return perilune.async.Permit
function Semaphore:acquire()
  if self.free > 0 then self.free = self.free - 1 else wait(self) end
  return setmetatable({ semaphore = self }, Permit)
end

function Semaphore:release()
  local entry = self.waiting:pop()
  if entry then
    entry.granted = true
    entry.wake()
  elseif self.free < self.size then
    self.free = self.free + 1
  else
    error("async: the semaphore was released more often than acquired", 2)
  end
end

function Permit:release()
  local owner = self.semaphore
  self.semaphore = nil
  if owner then owner:release() end
end

Permit.close, Permit.__close = Permit.release, Permit.release

return semaphore
