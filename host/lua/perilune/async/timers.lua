--- What is to be called when: a binary heap by time, and by age where times are equal. A timer is
--- no handle of luv's, so thousands of them cost the loop nothing, and none has to be closed.
---
--- An error that a hook raises amid a change, at whatever instruction, loses no timer: `moving` is
--- set as long as the heap is out of order, and the next that uses the heap mends it.

---@class perilune.async.Timer
---@field due number
---@field age integer
---@field call fun()
---@field place? integer in the heap; nil when it is in none

---@class perilune.async.Timers
---@field count integer timers that there have been
---@field heap perilune.async.Timer[]
---@field moving? perilune.async.Timer may be nowhere in the heap, and others twice
local Timers = {}
Timers.__index = Timers

local timers = {}

---@return perilune.async.Timers
function timers.new()
  return setmetatable({ count = 0, heap = {} }, Timers)
end

local function is_before(a, b)
  if a.due == b.due then return a.age < b.age end
  return a.due < b.due
end

local function put(heap, place, timer)
  heap[place] = timer
  timer.place = place
end

local function rise(heap, place, timer)
  while place > 1 and is_before(timer, heap[place // 2]) do
    put(heap, place, heap[place // 2])
    place = place // 2
  end
  put(heap, place, timer)
end

local function sink(heap, place, timer)
  while true do
    local child = 2 * place
    if child < #heap and is_before(heap[child + 1], heap[child]) then child = child + 1 end
    if child > #heap or not is_before(heap[child], timer) then break end
    put(heap, place, heap[child])
    place = child
  end
  put(heap, place, timer)
end

-- Those with a place, be it a wrong one, are those that are left. May itself be interrupted.
local function mend(self)
  local left, seen = {}, {}
  local function keep(timer)
    if timer.place and not seen[timer] then
      seen[timer], left[#left + 1] = true, timer
    end
  end
  keep(self.moving)
  for _, timer in ipairs(self.heap) do keep(timer) end
  table.sort(left, is_before)
  for place, timer in ipairs(left) do timer.place = place end
  self.heap = left
  self.moving = nil
end

---@param due number in the units of `fire`'s time
---@param call fun() must not raise errors
---@return perilune.async.Timer
function Timers:add(due, call)
  if self.moving then mend(self) end
  self.count = self.count + 1
  local heap, timer = self.heap, { due = due, age = self.count, call = call }
  self.moving = timer
  heap[#heap + 1] = timer
  rise(heap, #heap, timer)
  self.moving = nil
  return timer
end

local function take(self, timer)
  local heap, place = self.heap, timer.place
  local last = heap[#heap]
  self.moving = last
  timer.place = nil
  heap[#heap] = nil
  if last ~= timer then
    rise(heap, place, last)
    sink(heap, last.place, last)
  end
  self.moving = nil
end

--- Does nothing where the timer has been fired or removed.
---@param timer perilune.async.Timer
function Timers:remove(timer)
  if self.moving then mend(self) end
  if timer.place then take(self, timer) end
end

---@return number? due of the next timer
function Timers:next()
  if self.moving then mend(self) end
  return self.heap[1] and self.heap[1].due
end

--- Calls and removes what is due.
---@param now number
function Timers:fire(now)
  local due = self:next()
  while due and due <= now do
    local timer = self.heap[1]
    take(self, timer)
    timer.call()
    due = self:next()
  end
end

return timers
