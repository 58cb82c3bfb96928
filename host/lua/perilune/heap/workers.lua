--- The memory of a pool's workers: they track as their program does, and tell when it asks, and
--- before they end. What this file does there is not tracked.

local allocator = require("perilune.allocator")
local merge = require("perilune.heap.merge")
local message = require("perilune.native.message")
local recording = require("perilune.recording")

local workers = {}

local PATIENCE <const> = 10 -- seconds for the tasks of workers to end

---@class HeapWorkers
---@field recording perilune.Recording
---@field ended table<table, table> raw snapshots of those that have ended, by what stands for them
---@field missed table<string, integer>
---@field closed boolean
local Workers = {}
Workers.__index = Workers

local function read(text)
  local ok, raw = message.decode(text)
  assert(ok, raw)
  return raw
end

-- Of one that has ended.
local function add(self, text, place)
  if self.closed then return end
  allocator.unseen(function()
    local raw = merge.ended(read(text))
    self.ended[place] = self.ended[place] and merge.join(self.ended[place], raw) or raw
  end)
end

---@param interval number as the allocator takes it
---@param frames integer
---@return HeapWorkers
function workers.open(interval, frames)
  local self = setmetatable({ ended = {}, missed = {}, closed = false }, Workers)
  self.recording = {
    begin = workers.begin, options = { interval = interval, frames = frames },
    leave = workers.leave,
    add = function(text, place) add(self, text, place) end,
    miss = function(why) self.missed[why] = (self.missed[why] or 0) + 1 end,
  }
  recording.open(self.recording)
  return self
end

--- The workers stop tracking.
function Workers:close()
  self.closed = true
  recording.close(self.recording)
end

-- Answers by place, and how many do not come.
local function ask(self, seconds)
  local texts, late = {}, 0
  recording.ask({
    recording = self.recording, ask = workers.look,
    take = function(text, place) texts[place] = text end,
    miss = function(why)
      if why ~= "killed" then late = late + 1 end
    end,
  }, seconds)
  return texts, late
end

local function copy(value)
  if type(value) ~= "table" then return value end
  local new = {}
  for key, item in pairs(value) do new[key] = copy(item) end
  return new
end

--- Raw snapshots of what workers hold now, one for each that works or has been replaced.
---@param seconds? number to wait for those that are at a task
---@return table[]
---@return table<string, integer> missing how many are not told of: killed, late
function Workers:look(seconds)
  local texts, late = ask(self, seconds or PATIENCE)
  return allocator.unseen(function()
    local list, missing = {}, copy(self.missed)
    missing.late = late > 0 and (missing.late or 0) + late or missing.late
    for place, text in pairs(texts) do
      local ended, raw = self.ended[place], read(text)
      list[#list + 1] = ended and merge.join(copy(ended), raw) or raw
    end
    for place, raw in pairs(self.ended) do
      if not texts[place] then list[#list + 1] = copy(raw) end
    end
    return { list = list, missing = missing }
  end)
end

--- In a worker.
---@param options {interval: number, frames: integer}
function workers.begin(options)
  if not allocator.tracking() then allocator.start(options.interval, options.frames) end
end

--- In a worker: what it holds when its garbage is gone. No finaliser runs for that.
---@return string
function workers.look()
  allocator.collect()
  return assert(message.encode(allocator.snapshot()))
end

--- In a worker.
---@return string
function workers.leave()
  local text = workers.look()
  allocator.stop()
  return text
end

return workers
