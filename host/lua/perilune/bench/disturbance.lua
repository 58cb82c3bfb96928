--- What disturbs measurements while they are made: other programs on the processors, a hypervisor
--- that takes them away, and how often this process had to stop for others. Measured over the same
--- time, not guessed from the load before it.

local clock = require("perilune.clock")
local proc = require("perilune.bench.proc")

---@class perilune.bench.Disturbance
---@field seconds number   that were watched
---@field cores integer
---@field others? number   processors that other programs kept busy, on the average
---@field stolen? number   processors that the hypervisor gave to others, on the average
---@field switches? number times in a second of its own that this process had to stop for others
---@field warnings string[] what of this is too much for figures to be trusted

---@class perilune.bench.Observation
local Observation = {}
Observation.__index = Observation

local TICKS = 100 -- a second, in /proc/stat
-- Seconds, watched and of its own, below which counts of ticks and of switches tell nothing.
local SHORTEST, LEAST_WORK = 0.3, 0.2
local MOSTLY_OWN = 0.9 -- else children are measured, which take the processor as well
-- One processor must have been left for us, but for what a quiet system does beside.
local QUIET = 0.15
local MUCH_STOLEN = 0.02 -- of each processor
local MANY_SWITCHES = 50

--- Ticks that the processors of this process were busy, and stolen; nil where nothing tells.
local function ticks()
  local text = proc.read("/proc/stat")
  if not text then
    return nil
  end
  local ours, busy, stolen = proc.processors(), 0, 0
  for number, fields in text:gmatch("\ncpu(%d+) ([^\n]+)") do
    if ours[tonumber(number)] then
      local user, nice, system, irq, softirq, steal =
        fields:match("^(%d+) (%d+) (%d+) %d+ %d+ (%d+) (%d+) (%d+)")
      busy = busy + user + nice + system + irq + softirq
      stolen = stolen + steal
    end
  end
  return { busy = busy, stolen = stolen }
end

--- Switches to other programs while this one wanted to go on; nil where nothing tells.
local function switches()
  local text = proc.read("/proc/thread-self/status")
  return text and tonumber(text:match("nonvoluntary_ctxt_switches:%s*(%d+)"))
end

local function reading()
  return {
    now = clock.now(), own = clock.cpu(), work = clock.total(), ticks = ticks(),
    switches = switches(),
  }
end

local function crowded(seen)
  if seen.others and seen.others > seen.cores - 1 + QUIET then
    return ("other programs kept %.1f of %d processor%s busy"):format(seen.others, seen.cores,
      seen.cores == 1 and "" or "s")
  end
end

local function robbed(seen)
  if seen.stolen and seen.stolen > MUCH_STOLEN * seen.cores then
    return ("the hypervisor gave %.0f %% of the processor time to others"):format(
      100 * seen.stolen / seen.cores)
  end
end

local function interrupted(seen)
  if seen.switches and seen.switches > MANY_SWITCHES then
    return ("had to stop for other programs %.0f times a second"):format(seen.switches)
  end
end

local function warnings_of(seen)
  local list = {}
  for _, look in ipairs({ crowded, robbed, interrupted }) do
    list[#list + 1] = look(seen)
  end
  return list
end

--- What has been seen since the observation began.
---@return perilune.bench.Disturbance
function Observation:seen()
  local from, to = self.from, reading()
  local _, cores = proc.processors()
  local seen = { seconds = to.now - from.now, cores = cores }
  local own, work = to.own - from.own, to.work - from.work
  if from.ticks and to.ticks and seen.seconds >= SHORTEST then
    local busy = (to.ticks.busy - from.ticks.busy) / TICKS
    seen.others = math.max(0, (busy - work) / seen.seconds)
    seen.stolen = (to.ticks.stolen - from.ticks.stolen) / TICKS / seen.seconds
  end
  if from.switches and to.switches and own >= LEAST_WORK and own >= MOSTLY_OWN * work then
    seen.switches = (to.switches - from.switches) / own
  end
  seen.warnings = warnings_of(seen)
  return seen
end

--- Begins to watch.
---@return perilune.bench.Observation
return function()
  return setmetatable({ from = reading() }, Observation)
end
