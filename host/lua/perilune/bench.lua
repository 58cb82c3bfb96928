--- Times functions and compares them, on the processor time of this process and of the children
--- that it waits for: a busy machine hardly moves it, as it does the wall clock.
---
--- Two functions are compared by running them in turn and looking at the ratio of each pair. Pairs
--- are added until the interval of the median ratio (see perilune.statistics) lies on one side of
--- the target, or there are too many: so the verdict is pass, fail or inconclusive, and rarely
--- wrong. Each look at the interval is wrong with a probability of at most 0.0005; with the
--- defaults there are at most 16 looks.

local clock = require("perilune.clock")
local growth = require("perilune.bench.growth")
local statistics = require("perilune.statistics")

local bench = {}

local TAIL = 0.0005
local SHORTEST = 1e-9 -- s; the clock's step, so that no ratio is infinite
local SAMPLE = 0.005 -- s; the clock is read in less than a thousandth of that
local RUNS = 21
local PATIENCE = 5 -- s; a slow function is run fewer times
local FEWEST = 3
local MIN_PAIRS, MAX_PAIRS = 11, 41

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

---@class perilune.bench.TimeitOptions
---@field runs? integer samples (21); after 5 s in all, 3 are enough
---@field calls? integer in each sample; else as many as take `min_time`
---@field min_time? number seconds that a sample takes at least (0.005)
---@field loop? boolean the function is called with a number of repetitions
---@field clock? fun(): number of perilune.clock (total)

--- Times a function.
---@param fn function called without arguments, unless `loop` says otherwise
---@param opts? perilune.bench.TimeitOptions
---@return perilune.bench.Timing
function bench.timeit(fn, opts)
  opts = opts or {}
  local loop = opts.loop and fn or repeated(fn)
  local start = clock.now()
  local calls = opts.calls or bench.calibrate(loop, opts.min_time, opts.clock)
  local samples = {}
  repeat
    samples[#samples + 1] = spent(loop, calls, opts.clock) / calls
    local enough = #samples >= FEWEST and clock.now() - start > PATIENCE
  until enough or #samples >= (opts.runs or RUNS)
  local median, low, high = statistics.interval(samples, TAIL)
  return {
    median = median, low = low, high = high, min = math.min(table.unpack(samples)),
    runs = #samples, calls = calls, samples = samples,
  }
end

--- Both halves of a pair, b first in every other one.
local function measure_pair(measure, pair)
  local order = pair % 2 == 1 and { "a", "b" } or { "b", "a" }
  local seconds = {}
  for _, side in ipairs(order) do
    local took, message, code = measure(side, pair)
    if not took then
      return nil, message, code
    end
    seconds[side] = math.max(took, SHORTEST)
  end
  return seconds
end

local function verdict_of(low, high, target)
  if low >= target then
    return "pass"
  elseif high < target then
    return "fail"
  end
  return "inconclusive"
end

---@class perilune.bench.PairedOptions
---@field target? number (1)
---@field min_pairs? integer (11, which a verdict needs)
---@field max_pairs? integer (41)

---@class perilune.bench.CompareOptions: perilune.bench.PairedOptions
---@field prepare? fun(pair: integer): ...

--- Compares two measures pair by pair: is a / b at least the target? `measure` gives seconds; or
--- nil, message and code, which end the comparison.
---@param measure fun(side: "a"|"b", pair: integer): number?, string?, string?
---@param opts? perilune.bench.PairedOptions
---@return perilune.bench.Comparison? comparison nil when a measure failed
---@return string? message the measure's
---@return string? code
function bench.paired(measure, opts)
  opts = opts or {}
  local target, max_pairs = opts.target or 1, opts.max_pairs or MAX_PAIRS
  local min_pairs = math.min(opts.min_pairs or MIN_PAIRS, max_pairs)
  local ratios, as, bs = {}, {}, {}
  local ratio, low, high, verdict
  repeat
    local pair = #ratios + 1
    local seconds, message, code = measure_pair(measure, pair)
    if not seconds then
      return nil, message, code
    end
    ratios[pair], as[pair], bs[pair] = seconds.a / seconds.b, seconds.a, seconds.b
    ratio, low, high = statistics.interval(ratios, TAIL)
    -- Fewer pairs than MIN_PAIRS have no interval. Odd numbers only: half as many looks.
    local decides = pair >= min_pairs and pair >= MIN_PAIRS and pair % 2 == 1
    verdict = decides and verdict_of(low, high, target) or "inconclusive"
  until verdict ~= "inconclusive" or pair >= max_pairs
  return {
    ratio = ratio, low = low, high = high, verdict = verdict, pairs = #ratios, ratios = ratios,
    a = statistics.median(as), b = statistics.median(bs),
  }
end

local function once(fn, prepare)
  return function(pair)
    local arguments = table.pack(prepare(pair))
    return spent(function()
      fn(table.unpack(arguments, 1, arguments.n))
    end)
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
  local prepare = opts and opts.prepare
  local half = {
    a = prepare and once(a, prepare) or often(a),
    b = prepare and once(b, prepare) or often(b),
  }
  return (assert(bench.paired(function(side, pair)
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
---@param sizes integer[]
---@param opts? {prepare?: fun(n: integer): ...} its results are shared by the runs of one size
---@return perilune.bench.Growth
function bench.scaling(fn, sizes, opts)
  local prepare = opts and opts.prepare
  local points = {}
  for i, n in ipairs(sizes) do
    local arguments = prepare and table.pack(prepare(n)) or { n, n = 1 }
    local function call()
      fn(table.unpack(arguments, 1, arguments.n))
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
