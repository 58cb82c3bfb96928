--- What the workers of a native pool add to recordings (perilune.recording) that are under way:
--- they begin with each before their next task, and tell what they have recorded when they are
--- asked, at the latest before they end.

local clock = require("perilune.clock")
local recording = require("perilune.recording")
local slots = require("perilune.native.pool.slots")

---@class perilune.native.pool.Reports: perilune.Recording.Contributor
---@field scheduler perilune.native.pool.Scheduler
---@field openings {recording: perilune.Recording, sheet: userdata, version: integer}[]
---@field version integer of the newest; a slot's field `recorded` says up to which one it knows
---@field asked table<integer, perilune.native.pool.Asked> by number
---@field newest integer number
local Reports = {}
Reports.__index = Reports

---@class perilune.native.pool.Asked
---@field slot perilune.native.pool.Slot
---@field question perilune.Recording.Question
---@field sheet userdata
---@field sent boolean

local reports = {}

---@param scheduler perilune.native.pool.Scheduler
---@return perilune.native.pool.Reports
function reports.new(scheduler)
  local self = setmetatable({
    scheduler = scheduler, openings = {}, version = 0, asked = {}, newest = 0,
  }, Reports)
  for _, one in ipairs(recording.join(self)) do self:begin(one) end
  return self
end

--- Has a worker begin what it has not, before anything that is sent after. False: there is no room.
---@param slot perilune.native.pool.Slot
---@return boolean
function Reports:tell(slot)
  for _, opening in ipairs(self.openings) do
    if opening.version > slot.recorded then
      local crew = self.scheduler.crew
      if not crew:send(slot.number, slots.CALL, 0, 0, 0, opening.sheet) then return false end
      slot.recorded, slot.begun[opening.recording] = opening.version, true
    end
  end
  slot.recorded = self.version
  return true
end

--- Tells those that are at work already. Where there is no room, they get no task before.
function Reports:catch_up()
  for _, slot in ipairs(self.scheduler.slots) do
    local is_at_work = slot.alive and not slot.ending and slot.told > 0
    slot.behind = is_at_work and slot.recorded < self.version and not self:tell(slot)
    if slot.behind then self.scheduler.unsettled = true end
  end
end

function Reports:begin(one)
  local crew = self.scheduler.crew
  if not crew:owned() then return end
  self.version = self.version + 1
  self.openings[#self.openings + 1] = {
    recording = one, version = self.version,
    sheet = assert(crew:pack("recording", one.begin, one.options)),
  }
  self:catch_up()
end

function Reports:forget(one)
  for i = #self.openings, 1, -1 do
    if self.openings[i].recording == one then table.remove(self.openings, i) end
  end
end

-- False: there is no room now.
local function send(self, number)
  local asked = self.asked[number]
  local crew, slot = self.scheduler.crew, asked.slot
  asked.sent = asked.sent or crew:send(slot.number, slots.ASK, 0, 0, number, asked.sheet)
  return asked.sent
end

local function note(self, slot, question)
  self.newest = self.newest + 1
  self.asked[self.newest] = {
    slot = slot, question = question, sent = false,
    sheet = assert(self.scheduler.crew:pack("recording", question.ask)),
  }
  return self.newest
end

--- The worker's next task comes after the answer: what has not begun is taken back.
function Reports:ask(question)
  local is_ours = self.scheduler.crew:owned()
  for _, slot in ipairs(self.scheduler.slots) do
    if slot.alive and not slot.ending and slot.begun[question.recording] then
      if question.last then slot.begun[question.recording] = nil end
      if is_ours then
        self.scheduler:recall(slot)
        send(self, note(self, slot, question))
      else
        question.miss("late")
      end
    end
  end
  if next(self.asked) then self.scheduler:pump() end
end

function Reports:await(deadline)
  while next(self.asked) do
    for number in pairs(self.asked) do send(self, number) end
    if not self.scheduler:advance(deadline) then break end
  end
  for _, asked in pairs(self.asked) do asked.question.miss("late") end
  self.asked = {}
end

--- Asks a worker that is about to end. False: there is no room now.
---@param slot perilune.native.pool.Slot
---@return boolean
function Reports:bid_farewell(slot)
  for one in pairs(slot.begun) do
    local number = note(self, slot, recording.farewell(one))
    if not send(self, number) then
      self.asked[number] = nil
      return false
    end
    slot.begun[one] = nil
  end
  return true
end

--- Before the workers are killed: those that are not at a task for so long tell what they have.
---@param seconds number
function Reports:hear_last(seconds)
  for _, slot in ipairs(self.scheduler.slots) do
    if slot.alive and not slot.ending then self:bid_farewell(slot) end
  end
  if self.scheduler.crew:owned() then self:await(clock.now() + seconds) end
end

--- Whether workers have anything to tell.
---@return boolean
function Reports:is_wanted()
  return #self.openings > 0 or next(self.asked) ~= nil
end

--- Takes what a worker has answered, or why it could not.
---@param event {event: string, index: integer, value: any, message?: string}
function Reports:answer(event)
  local asked = self.asked[event.index]
  self.asked[event.index] = nil
  if not asked then return end
  if event.event == "failure" then
    asked.question.miss("refused", event.message or event.code)
  else
    asked.question.take(event.value, asked.slot)
  end
end

--- What a worker has recorded and not told is lost.
---@param slot perilune.native.pool.Slot
function Reports:bury(slot)
  for number, asked in pairs(self.asked) do
    if asked.slot == slot then
      asked.question.miss("killed")
      self.asked[number] = nil
    end
  end
  for one in pairs(slot.begun) do one.miss("killed") end
  slot.begun = {}
end

--- The pool has no workers any more.
function Reports:close()
  for _, slot in ipairs(self.scheduler.slots) do
    if slot.begun then self:bury(slot) end
  end
  recording.part(self)
end

return reports
