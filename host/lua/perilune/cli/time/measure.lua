--- How `perilune time` measures its subjects.

local bench = require("perilune.bench")
local terminal = require("perilune.cli.terminal")
local text = require("perilune.cli.time.text")

local measure = {}

local SPREAD <const> = 0.1 -- of the median, that its interval may be wide
local SHORT <const> = 1e-4 -- s; beside a sample of less, reading the clock counts

local function warm_up(timed, args)
  terminal.progress("  warming up")
  for _ = 1, args.warmup or 0 do
    if timed.prepare then
      timed.prepare()
    end
    timed.loop(1)
  end
end

--- Calls in a sample.
local function calls_of(timed, args)
  return args.number or timed.prepare and 1 or bench.calibrate(timed.loop, nil, timed.clock)
end

local function warn_of_short(warnings, seconds)
  if seconds < SHORT then
    warnings[#warnings + 1] =
      ("a sample of %s is short beside reading the clock: ask for more calls with -n"):format(
        text.seconds(seconds))
  end
end

--- Times one; warnings go with the figures.
---@param timed Subject
---@param args table
---@return perilune.bench.Timing
function measure.one(timed, args)
  warm_up(timed, args)
  terminal.progress("  timing")
  local observation = bench.observe()
  local timing = bench.timeit(timed.loop, {
    loop = true, clock = timed.clock, runs = args.runs, calls = calls_of(timed, args),
    prepare = function(run)
      terminal.progress(("  run %d"):format(run))
      if timed.prepare then
        timed.prepare()
      end
    end,
  })
  timing.warnings = observation:seen().warnings
  terminal.clear()
  if timing.high - timing.low > SPREAD * timing.median then
    table.insert(timing.warnings, ("the runs differ: the interval is %.0f %% of the median wide")
      :format(100 * (timing.high - timing.low) / timing.median))
  end
  warn_of_short(timing.warnings, timing.calls * timing.median)
  return timing
end

--- Names of what is compared: a, b, c, ...
---@param subjects Subject[]
---@return string[]
function measure.sides(subjects)
  local sides = {}
  for i = 1, #subjects do
    sides[i] = string.char(("a"):byte() + i - 1)
  end
  return sides
end

local function seconds_of(timed, calls)
  if timed.prepare then
    timed.prepare()
  end
  collectgarbage()
  local start = timed.clock()
  timed.loop(calls)
  return timed.clock() - start
end

--- Measures subjects in turn, as `compare` asks for them by their names.
---@generic T
---@param subjects Subject[]
---@param args table
---@param compare fun(measure: (fun(side: string, round: integer): number)): T?, string?
---@return T? compared with the warnings; nil when a measure failed
---@return string? message
function measure.in_turn(subjects, args, compare)
  local by_side, shortest = {}, math.huge
  for i, side in ipairs(measure.sides(subjects)) do
    local timed = subjects[i]
    warm_up(timed, args)
    by_side[side] = { subject = timed, calls = calls_of(timed, args) }
  end
  local observation = bench.observe()
  local compared, message = compare(function(name, round)
    terminal.progress(("  round %d"):format(round))
    local side = by_side[name]
    local seconds = seconds_of(side.subject, side.calls)
    shortest = math.min(shortest, seconds)
    return seconds / side.calls
  end)
  terminal.clear()
  if compared then
    compared.warnings = observation:seen().warnings
    warn_of_short(compared.warnings, shortest)
  end
  return compared, message
end

return measure
