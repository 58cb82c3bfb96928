--- Times functions and compares them, on the processor time of this process and of the children
--- that it waits for: a busy machine hardly moves it, as it does the wall clock.
---
--- Functions are compared by running them in turn and looking at the ratio of each pair. Pairs
--- are added until the interval of the median ratio (see perilune.statistics) lies on one side of
--- the target, or there are too many: so the verdict is pass, fail or inconclusive, and rarely
--- wrong. Each look at the interval is wrong with a probability of at most 0.0005; with the
--- defaults there are at most 16 looks.
---
--- Wrong arguments are errors that name them and point to the caller's line.

local arguments = require("perilune.arguments")
local check = require("perilune.bench.check")
local clock = require("perilune.clock")
local growth = require("perilune.bench.growth")
local statistics = require("perilune.statistics")
local turns = require("perilune.bench.turns")

local bench = {}

local TAIL, SHORTEST = turns.TAIL, turns.SHORTEST
local SAMPLE = 0.005 -- s; the clock is read in less than a thousandth of that
local RUNS = 21
local PATIENCE = 5 -- s; a slow function is run fewer times
local FEWEST = 3

---@class perilune.bench.Timing
---@field median number seconds per call
---@field low number    lower end of the median's interval
---@field high number   upper end
---@field min number
---@field runs integer  samples taken
---@field samples number[] seconds per call, in the order they were taken
---@field calls integer calls in each sample

---@class perilune.bench.Comparison
---@field ratio number  median of the pairs' ratios, a / b: above 1, b is faster
---@field low number
---@field high number
---@field verdict "pass"|"fail"|"inconclusive"
---@field pairs integer
---@field a number      median seconds of a
---@field b number
---@field ratios number[] of the pairs, in the order they were run

local function repeated(fn)
  return function(calls)
    for _ = 1, calls do
      fn()
    end
  end
end

--- Seconds that `loop(calls)` takes, without garbage that others left.
local function spent(loop, calls, read)
  read = read or clock.total
  collectgarbage()
  local start = read()
  loop(calls)
  return read() - start
end

--- How many calls take about `seconds`.
---@param loop fun(calls: integer)
---@param seconds? number 0.005
---@param read? fun(): number the clock, `clock.total`
---@return integer calls
function bench.calibrate(loop, seconds, read)
  seconds = seconds or SAMPLE
  local calls = 1
  while true do
    local took = spent(loop, calls, read)
    if took >= seconds then
      return calls
    end
    local wanted = calls * seconds / math.max(took, SHORTEST)
    calls = math.ceil(math.min(calls * 10, wanted * 1.2))
  end
end

--- A function's call with arguments, repeated.
local function applied(fn, given)
  return function(calls)
    for _ = 1, calls do
      fn(table.unpack(given, 1, given.n))
    end
  end
end

---@class perilune.bench.TimeitOptions
---@field runs? integer samples (21); after 5 s in all, 3 are enough
---@field calls? integer in each sample; else as many as take `min_time`, but with `prepare` 1
---
--- Called before each sample, untimed. The function gets what it returns, unless `loop` says
--- otherwise.
---@field prepare? fun(run: integer): ...
---
---@field min_time? number seconds that a sample takes at least (0.005)
---@field loop? boolean the function is called with a number of repetitions
---@field clock? fun(): number of perilune.clock (total)

--- Times a function.
---@param fn function called without arguments, unless `loop` says otherwise
---@param opts? perilune.bench.TimeitOptions
---@return perilune.bench.Timing
function bench.timeit(fn, opts)
  arguments.check(1, "timeit", fn, arguments.FUNCTION)
  opts = arguments.options(2, "timeit", opts, check.options.timeit)
  local loop, prepare = opts.loop and fn or repeated(fn), opts.prepare
  local start = clock.now()
  local calls = opts.calls or prepare and 1 or bench.calibrate(loop, opts.min_time, opts.clock)
  local samples = {}
  repeat
    local prepared = prepare and table.pack(prepare(#samples + 1))
    local timed = prepared and not opts.loop and applied(fn, prepared) or loop
    samples[#samples + 1] = spent(timed, calls, opts.clock) / calls
    local enough = #samples >= FEWEST and clock.now() - start > PATIENCE
  until enough or #samples >= (opts.runs or RUNS)
  local median, low, high = statistics.interval(samples, TAIL)
  return {
    median = median, low = low, high = high, min = math.min(table.unpack(samples)),
    runs = #samples, calls = calls, samples = samples,
  }
end

---@class perilune.bench.PairedOptions
---@field target? number (1)
---@field min_pairs? integer (11, which a verdict needs)
---@field max_pairs? integer (41)

---@class perilune.bench.CompareOptions: perilune.bench.PairedOptions
---@field prepare? fun(pair: integer): ...

local function paired(measure, opts)
  local verdicts, decided = turns.against_first({ "a", "b" }, opts.target or 1)
  local samples, message, code = turns.run(measure, { "a", "b" }, opts, decided)
  if not samples then
    return nil, message, code
  end
  local compared = turns.compare(samples.a, samples.b)
  return {
    ratio = compared.ratio, low = compared.low, high = compared.high, verdict = verdicts.b,
    pairs = #compared.ratios, ratios = compared.ratios,
    a = statistics.median(samples.a), b = statistics.median(samples.b),
  }
end

--- Compares two measures pair by pair: is a / b at least the target? `measure` gives seconds; or
--- nil, message and code, which end the comparison.
---@param measure fun(side: "a"|"b", pair: integer): number?, string?, string?
---@param opts? perilune.bench.PairedOptions
---@return perilune.bench.Comparison? comparison nil when a measure failed
---@return string? message the measure's
---@return string? code
function bench.paired(measure, opts)
  arguments.check(1, "paired", measure, arguments.FUNCTION)
  opts = arguments.options(2, "paired", opts, check.options.paired)
  return paired(measure, opts)
end

---@class perilune.bench.Ranked
---@field side any
---@field median number    seconds
---@field ratio number     of its time to the fastest one's, the median of the rounds
---@field low number
---@field high number
---@field verdict? "pass"|"fail"|"inconclusive" whether it is `target` times as fast as the first
---@field samples number[] seconds, round by round

--- Ranks several measures, run in turn, round by round: until of each but the first it is decided
--- whether it is at least `target` times as fast as the first, or, without a target, until the
--- fastest is known.
---@param measure fun(side: any, round: integer): number?, string?, string?
---@param sides any[] what `measure` gets; two or more
---@param opts? perilune.bench.PairedOptions
---@return perilune.bench.Ranked[]? ranking the fastest first; nil when a measure failed
---@return string? message the measure's
---@return string? code
function bench.ranked(measure, sides, opts)
  arguments.check(1, "ranked", measure, arguments.FUNCTION)
  check.sides(sides)
  opts = arguments.options(3, "ranked", opts, check.options.paired)
  local verdicts, decided = {}, turns.has_fastest
  if opts.target then
    verdicts, decided = turns.against_first(sides, opts.target)
  end
  local samples, message, code = turns.run(measure, sides, opts, decided)
  if not samples then
    return nil, message, code
  end
  local ranking = turns.rank(samples)
  for _, row in ipairs(ranking) do
    row.verdict = verdicts[row.side]
  end
  return ranking
end

local function once(fn, prepare)
  return function(pair)
    return spent(applied(fn, table.pack(prepare(pair))), 1)
  end
end

local function often(fn)
  local loop = repeated(fn)
  local calls = bench.calibrate(loop)
  return function()
    return spent(loop, calls) / calls
  end
end

--- Compares two functions: is b at least `target` times as fast as a?
---
--- With `prepare`, each half is one call with its results: what it returns for one pair must be
--- equal each time, and fresh if a function changes it. A call should take 1 ms or more. Without,
--- each half calls its function for about 5 ms.
---@param a function
---@param b function
---@param opts? perilune.bench.CompareOptions
---@return perilune.bench.Comparison
function bench.compare(a, b, opts)
  arguments.check(1, "compare", a, arguments.FUNCTION)
  arguments.check(2, "compare", b, arguments.FUNCTION)
  opts = arguments.options(3, "compare", opts, check.options.compare)
  local prepare = opts.prepare
  local half = {
    a = prepare and once(a, prepare) or often(a),
    b = prepare and once(b, prepare) or often(b),
  }
  return (assert(paired(function(side, pair)
    return half[side](pair)
  end, opts)))
end

--- How work grows with size; see `perilune.bench.growth`.
---@type fun(points: perilune.bench.Point[]): perilune.bench.Growth
bench.growth = growth.of

local STEP = 1000

--- VM instructions of a call, to within STEP; those of coroutines are not seen.
local function count(call)
  local hook, mask, step = debug.gethook()
  local steps = 0
  debug.sethook(function()
    steps = steps + 1
  end, "", STEP)
  local ok, message = pcall(call)
  debug.sethook(hook, mask, step)
  if not ok then
    error(message, 0)
  end
  return steps * STEP
end

local function fastest(call)
  local best = math.huge
  for _ = 1, FEWEST do
    best = math.min(best, spent(call))
  end
  return best
end

--- Runs a function at several sizes and tells how it grows.
---@param fn function called with n, or with what `prepare(n)` returns
---@param sizes number[] above 0, two different ones at least
---@param opts? {prepare?: fun(n: integer): ...} its results are shared by the runs of one size
---@return perilune.bench.Growth
function bench.scaling(fn, sizes, opts)
  arguments.check(1, "scaling", fn, arguments.FUNCTION)
  check.sizes(sizes)
  local prepare = arguments.options(3, "scaling", opts, check.options.scaling).prepare
  local points = {}
  for i, n in ipairs(sizes) do
    local given = prepare and table.pack(prepare(n)) or { n, n = 1 }
    local function call()
      fn(table.unpack(given, 1, given.n))
    end
    points[i] = { n = n, instructions = count(call), cpu = fastest(call) }
  end
  local grown = growth.of(points)
  grown.points = points
  return grown
end

--- The machine and the versions that figures come from.
---@type fun(): perilune.bench.Environment
bench.environment = require("perilune.bench.environment")

--- Begins to watch what disturbs measurements.
---@type fun(): perilune.bench.Observation
bench.observe = require("perilune.bench.disturbance")

return bench
