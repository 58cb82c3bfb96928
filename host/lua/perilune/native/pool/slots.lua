--- The places for workers of a native pool: who is in each, what it knows, and how much it may have
--- at once.

local crew = require("perilune.native.pool.crew")

local slots = {}

-- A worker has so much work ahead, in seconds, that it need not wait for the next task.
local AHEAD <const> = 0.002
local LEAST <const> = 2 -- tasks: one that runs, one that waits
local MOST <const> = 1000
local GROWTH <const> = 8 -- times, from one look to the next

---@class perilune.native.pool.Slot
---@field number integer
---@field alive boolean
---@field ending boolean it was told to end
---@field lives integer workers so far
---@field handed integer tasks that this one was given
---@field known table<integer, true> functions that it has
---@field told integer of what it is to call first, what it was told
---@field recorded integer as `told`, of recordings (reports.lua)
---@field behind boolean it could not be told of one yet
---@field begun table<perilune.Recording, true> those that it is part of
---@field quota integer tasks that it may have
---@field seconds? number that a task takes, of late
---@field served integer at the last look
---@field busy number at the last look
---@field doomed? table a record: the worker is killed for it

---@param n integer
---@return perilune.native.pool.Slot[]
function slots.new(n)
  local list = {}
  for i = 1, n do list[i] = { number = i, alive = false, lives = 0 } end
  return list
end

--- Starts a worker in a free slot.
---@return true?
---@return string? message
---@return string? code
function slots.start(self, slot)
  local known, begun = {}, {} -- now, for memory may run out here
  local ok, message, code = self.crew:start(slot.number)
  if not ok then return nil, message, code end
  slot.alive, slot.ending, slot.lives = true, false, slot.lives + 1
  slot.handed, slot.known, slot.told, slot.quota = 0, known, 0, LEAST
  slot.seconds, slot.served, slot.busy, slot.doomed = nil, 0, 0, nil
  slot.recorded, slot.begun, slot.behind = 0, begun, false
  return true
end

--- How many more tasks it may have now.
---@param most? integer max_tasks_per_worker
---@param chunk integer|"auto"
---@return integer
function slots.room(self, slot, most, chunk)
  if not slot.alive or slot.ending or slot.doomed then return 0 end
  local quota = chunk == "auto" and slot.quota or math.max(slot.quota, chunk)
  local room = quota - self.crew:held(slot.number)
  if room > 0 and most then room = math.min(room, most - slot.handed) end
  return room
end

--- Learns from what it has done since the last look.
function slots.learn(self, slot)
  local _, served, busy = self.crew:worker(slot.number)
  if not served or served == slot.served then return end
  slot.seconds = (busy - slot.busy) / (served - slot.served)
  slot.served, slot.busy = served, busy
  local wanted = AHEAD / math.max(slot.seconds, 1e-9)
  slot.quota = math.tointeger(
    math.max(LEAST, math.min(wanted // 1, slot.quota * GROWTH, MOST)))
end

--- Whether its waiting tasks are worth being given to another worker that has none.
function slots.is_behind(self, slot)
  if not slot.alive then return false end
  local held = self.crew:held(slot.number)
  return held >= 2 and (not slot.seconds or held * slot.seconds > AHEAD / 4)
end

slots.LEAST = LEAST
slots.ASK, slots.CALL, slots.DEFINE = crew.ASK, crew.CALL, crew.DEFINE
slots.FORGET, slots.TASK, slots.QUIT = crew.FORGET, crew.TASK, crew.QUIT

return slots
