--- What chance decides: how much later an answer comes, and whether an error comes in its place.
---
--- It is drawn from the seed, the target, and how many times that target has been asked for. So it
--- does not depend on the order in which requests come in, which is another one every time.

local byte <const> = string.byte

---@class perilune.serve.Chance
---@field seed integer
---@field times table<string, integer> how many times a target has been asked for
---@field targets integer in `times`
local Chance = {}
Chance.__index = Chance

local chance = {}

--- An error is one of these, each as likely as the others.
chance.ERRORS = { 500, 503, "closed" }

local MOST_TARGETS <const> = 100000 -- then they are counted anew
local GOLDEN <const> = 0x9e3779b97f4a7c15

---@param seed integer
---@return perilune.serve.Chance
function chance.new(seed)
  return setmetatable({ seed = seed, times = {}, targets = 0 }, Chance)
end

--- The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
local function mix(z)
  z = (z ~ z >> 30) * 0xbf58476d1ce4e5b9
  z = (z ~ z >> 27) * 0x94d049bb133111eb
  return z ~ z >> 31
end

--- In [0, 1).
local function fraction(z)
  return (mix(z) >> 11) * 2 ^ -53
end

--- FNV-1a.
local function hash(text)
  local h = 0xcbf29ce484222325
  for i = 1, #text do h = (h ~ byte(text, i)) * 0x100000001b3 end
  return h
end

local function count(self, target)
  local times = self.times[target]
  if not times then
    if self.targets == MOST_TARGETS then self.times, self.targets = {}, 0 end
    self.targets = self.targets + 1
  end
  times = (times or 0) + 1
  self.times[target] = times
  return times
end

---@param target string
---@param settings perilune.serve.Settings
---@return number seconds until the answer
---@return nil | 500 | 503 | "closed" error
function Chance:decide(target, settings)
  local latency <const>, jitter <const>, errors <const> =
    settings.latency, settings.jitter, settings.errors
  if jitter == 0 and errors == 0 then return latency end
  local state = mix(self.seed ~ hash(target)) + count(self, target) * 3 * GOLDEN
  local seconds = latency + jitter * fraction(state)
  if fraction(state + GOLDEN) >= errors then return seconds end
  local kinds = chance.ERRORS
  return seconds, kinds[1 + math.floor(fraction(state + 2 * GOLDEN) * #kinds)]
end

return chance
