--- Which worker of a native pool gets which task.

local failure = require("perilune.pool.failure")
local knowledge = require("perilune.native.pool.knowledge")
local queue = require("perilune.native.pool.queue")
local slots = require("perilune.native.pool.slots")
local waiting = require("perilune.native.pool.waiting")

-- Seconds of a task for which nobody need be woken while another worker is at it.
local QUICK <const> = 5e-5

local handing = {}

--- Has a worker end when it has done what it has. It may have no room to be told.
function handing.end_worker(self, slot)
  slot.ending = self.reports:bid_farewell(slot)
    and self.crew:send(slot.number, slots.QUIT, 0, 0, 0)
  if not slot.ending then self.unsettled = true end
end

--- Tells workers what there was no room for: that something is recorded, or that they have had all
--- their tasks.
function handing.settle(self)
  local most = self.settings.max_tasks_per_worker or math.huge
  self.unsettled = false
  self.reports:catch_up()
  for _, slot in ipairs(self.slots) do
    local is_spent = slot.alive and not slot.ending and slot.handed >= most
    if is_spent then handing.end_worker(self, slot) end
  end
end

-- Counts tasks that a worker was handed.
local function count(self, slot, sent)
  slot.handed = slot.handed + sent
  self.recent = slot.number
  if slot.handed == self.settings.max_tasks_per_worker then handing.end_worker(self, slot) end
end

local function start(self, slot)
  local ok, message = slots.start(self, slot)
  waiting.tell(self.crew) -- there is one more descriptor to watch
  if ok then
    self.live = self.live + 1
    if slot.lives > 1 then self.restarts = self.restarts + 1 end
  elseif self.live == 0 then
    queue.give_up(self, failure.new { code = "system", message = message })
  end
  return ok
end

-- The worker that is to get the next task: the one of late if it is idle, another idle one, a new
-- one, or the one with the most room.
local function pick(self, record)
  local most, chunk = self.settings.max_tasks_per_worker, record.chunk
  local recent = self.slots[self.recent]
  if recent.alive and not recent.full and recent.seconds and recent.seconds < QUICK then
    local room = slots.room(self, recent, most, chunk)
    if room > 0 then return recent, room end
  end
  local best, best_room, free
  local n = #self.slots
  for i = 0, n - 1 do
    local slot = self.slots[(self.recent - 1 + i) % n + 1]
    if not slot.alive then
      free = free or slot
    elseif not slot.full then
      local room = slots.room(self, slot, most, chunk)
      if room > 0 and self.crew:held(slot.number) == 0 then return slot, room end
      if room > 0 and (not best or room > best_room) then best, best_room = slot, room end
    end
  end
  if free and start(self, free) then return free, slots.room(self, free, most, chunk) end
  return best, best_room
end

-- So that no worker is given all that is left while others have none.
local function share_of(self, record, room)
  local left = record:waiting() + self.last - self.first
  local least = record.chunk == "auto" and 1 or record.chunk
  return math.min(room, math.max(least, left // #self.slots))
end

local function raise(record)
  local trouble = record.trouble
  record.trouble = nil
  if trouble ~= nil then error(trouble, 0) end
end

-- Hands out up to `left` tasks, and returns the next record.
local function fill(self, slot, record, left)
  while record and left > 0 do
    local sent = knowledge.teach(self, slot, record.def) and record:send(self, slot, left) or 0
    if sent == 0 then
      slot.full = true
      return record
    end
    count(self, slot, sent)
    raise(record)
    left = slot.ending and 0 or left - sent
    record = queue.next(self)
  end
  return record
end

--- Hands out what workers have room for.
function handing.hand_out(self)
  if self.broken then queue.give_up(self) end
  for _, slot in ipairs(self.slots) do slot.full = slot.behind end
  local record = queue.next(self)
  while record do
    local slot, room = pick(self, record)
    if not slot then break end
    record = fill(self, slot, record, share_of(self, record, room))
  end
  self.saturated = queue.next(self) ~= nil
end

-- Takes half of what waits behind the task that runs there.
local function relieve(self, slot)
  local record
  for _ = 1, self.crew:held(slot.number) // 2 do
    local job, index = self.crew:take_back(slot.number)
    if not job then return record ~= nil end
    record = self.jobs[job]
    slot.handed = slot.handed - 1
    queue.put_back(self, record, index)
  end
  return record ~= nil
end

-- A slot without a worker gets one.
local function is_idle(self, slot)
  return not slot.alive or not slot.ending and self.crew:held(slot.number) == 0
end

--- Whether tasks wait behind one that runs while another worker is idle. That is right for quick
--- ones, and wrong where it takes longer than those of late did.
---@return boolean
function handing.is_uneven(self)
  local some_idle, some_wait = false, false
  for _, slot in ipairs(self.slots) do
    some_idle = some_idle or is_idle(self, slot)
    some_wait = some_wait or slot.alive and self.crew:held(slot.number) > 1
    if some_idle and some_wait then return true end
  end
  return false
end

--- No worker has answered for so many seconds: what runs takes longer than that.
function handing.note_silence(self, seconds)
  for _, slot in ipairs(self.slots) do
    if slot.seconds and slot.seconds < seconds then slot.seconds = seconds end
  end
end

--- Gives idle workers what waits behind long tasks of others.
function handing.balance(self)
  for _, idle in ipairs(self.slots) do
    if is_idle(self, idle) then
      for _, slot in ipairs(self.slots) do
        if slots.is_behind(self, slot) and relieve(self, slot) then
          handing.hand_out(self)
          return
        end
      end
    end
  end
end

return handing
