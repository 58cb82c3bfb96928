--- First in, first out, where what waits may also leave from the middle. All of it O(1), amortised.

---@class perilune.async.Queue
---@field first integer where the oldest may be
---@field last integer where the newest may be
local Queue = {}
Queue.__index = Queue

local queue = {}

---@return perilune.async.Queue
function queue.new()
  return setmetatable({ first = 1, last = 0 }, Queue)
end

---@param item any not nil
---@return integer place for `remove`
function Queue:push(item)
  self.last = self.last + 1
  self[self.last] = item
  return self.last
end

--- Takes an item out, if it is still there.
function Queue:remove(place, item)
  if self[place] == item then self[place] = nil end
end

---@return any item the oldest, taken out, or nil
function Queue:pop()
  while self.first <= self.last do
    local item = self[self.first]
    self[self.first] = nil
    self.first = self.first + 1
    if item ~= nil then return item end
  end
  self.first, self.last = 1, 0 -- back to where the table has room
end

--- May say no when all items have been removed.
---@return boolean
function Queue:is_empty()
  return self.first > self.last
end

return queue
