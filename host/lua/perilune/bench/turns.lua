--- Sides that are run in turn, round by round, until it is known how they compare.

local statistics = require("perilune.statistics")

local turns = {}

turns.TAIL = 0.0005
turns.SHORTEST = 1e-9 -- s; the clock's step, so that no ratio is infinite

local MIN_ROUNDS, MAX_ROUNDS = 11, 41

--- Each side of a round, the last one first in every other one.
local function measure_round(measure, sides, round)
  local seconds = {}
  for i = 1, #sides do
    local side = sides[round % 2 == 1 and i or #sides + 1 - i]
    local took, message, code = measure(side, round)
    if not took then
      return nil, message, code
    end
    seconds[side] = math.max(took, turns.SHORTEST)
  end
  return seconds
end

--- Runs the sides until a look at their times decides, or there were enough rounds.
---@param measure fun(side: any, round: integer): number?, string?, string?
---@param sides any[]
---@param opts perilune.bench.PairedOptions
---@param decided fun(samples: table<any, number[]>): boolean
---@return table<any, number[]>? samples seconds of each side; nil when a measure failed
---@return string? message the measure's
---@return string? code
function turns.run(measure, sides, opts, decided)
  local most = opts.max_pairs or MAX_ROUNDS
  local least = math.max(math.min(opts.min_pairs or MIN_ROUNDS, most), MIN_ROUNDS)
  local samples, round = {}, 0
  for _, side in ipairs(sides) do
    samples[side] = {}
  end
  repeat
    round = round + 1
    local seconds, message, code = measure_round(measure, sides, round)
    if not seconds then
      return nil, message, code
    end
    for side, took in pairs(seconds) do
      samples[side][round] = took
    end
    -- Fewer rounds than MIN_ROUNDS have no interval. Odd numbers only: half as many looks.
  until round >= least and round % 2 == 1 and decided(samples) or round >= most
  return samples
end

--- The ratios of two sides, round by round, and their median.
---@param as number[] seconds
---@param bs number[]
---@return {ratio: number, low: number, high: number, ratios: number[]}
function turns.compare(as, bs)
  local ratios = {}
  for i = 1, #as do
    ratios[i] = as[i] / bs[i]
  end
  local ratio, low, high = statistics.interval(ratios, turns.TAIL)
  return { ratio = ratio, low = low, high = high, ratios = ratios }
end

local function verdict_of(result, target)
  if result.low >= target then
    return "pass"
  elseif result.high < target then
    return "fail"
  end
  return "inconclusive"
end

--- Whether each side but the first is at least `target` times as fast as it. What is decided stays,
--- however many rounds the others take: each look may err.
---@param sides any[]
---@param target number
---@return table<any, string> verdicts
---@return fun(samples: table<any, number[]>): boolean decided
function turns.against_first(sides, target)
  local verdicts = {}
  for i = 2, #sides do
    verdicts[sides[i]] = "inconclusive"
  end
  return verdicts, function(samples)
    local open = false
    for side, verdict in pairs(verdicts) do
      if verdict == "inconclusive" then
        verdicts[side] = verdict_of(turns.compare(samples[sides[1]], samples[side]), target)
        open = open or verdicts[side] == "inconclusive"
      end
    end
    return not open
  end
end

--- The sides by their time, and how they compare with the fastest.
---@param samples table<any, number[]>
---@return perilune.bench.Ranked[]
function turns.rank(samples)
  local ranking = {}
  for side, seconds in pairs(samples) do
    ranking[#ranking + 1] =
      { side = side, median = statistics.median(seconds), samples = seconds }
  end
  table.sort(ranking, function(a, b) return a.median < b.median end)
  for _, row in ipairs(ranking) do
    local compared = turns.compare(row.samples, ranking[1].samples)
    row.ratio, row.low, row.high = compared.ratio, compared.low, compared.high
  end
  return ranking
end

--- Whether the fastest is known.
---@param samples table<any, number[]>
---@return boolean
function turns.has_fastest(samples)
  local ranking = turns.rank(samples)
  for i = 2, #ranking do
    if ranking[i].low <= 1 then
      return false
    end
  end
  return true
end

return turns
