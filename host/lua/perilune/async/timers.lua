--- What is to be called when: a binary heap by time, and by age where times are equal. A timer is
--- no handle of luv's, so thousands of them cost the loop nothing, and none has to be closed.

---@class perilune.async.Timer
---@field due number
---@field age integer
---@field call fun()
---@field place? integer in the heap; nil when it is in none

---@class perilune.async.Timers
---@field count integer timers that there have been
local Timers = {}
Timers.__index = Timers

local timers = {}

---@return perilune.async.Timers
function timers.new()
  return setmetatable({ count = 0 }, Timers)
end

local function is_before(a, b)
  if a.due == b.due then return a.age < b.age end
  return a.due < b.due
end

local function put(self, place, timer)
  self[place] = timer
  timer.place = place
end

local function rise(self, timer)
  local place = timer.place
  while place > 1 and is_before(timer, self[place // 2]) do
    put(self, place, self[place // 2])
    place = place // 2
  end
  put(self, place, timer)
end

local function sink(self, timer)
  local place = timer.place
  while true do
    local child = 2 * place
    if child < #self and is_before(self[child + 1], self[child]) then child = child + 1 end
    if child > #self or not is_before(self[child], timer) then break end
    put(self, place, self[child])
    place = child
  end
  put(self, place, timer)
end

---@param due number in the units of `fire`'s time
---@param call fun() must not raise errors
---@return perilune.async.Timer
function Timers:add(due, call)
  self.count = self.count + 1
  local timer = { due = due, age = self.count, call = call, place = #self + 1 }
  self[timer.place] = timer
  rise(self, timer)
  return timer
end

local function take(self, place)
  local timer, last = self[place], self[#self]
  self[#self] = nil
  if last ~= timer then
    put(self, place, last)
    rise(self, last)
    sink(self, last)
  end
  timer.place = nil
end

--- Does nothing where the timer has been fired or removed.
---@param timer perilune.async.Timer
function Timers:remove(timer)
  if timer.place then take(self, timer.place) end
end

---@return number? due of the next timer
function Timers:next()
  return self[1] and self[1].due
end

--- Calls and removes what is due.
---@param now number
function Timers:fire(now)
  while self[1] and self[1].due <= now do
    local timer = self[1]
    take(self, 1)
    timer.call()
  end
end

return timers
