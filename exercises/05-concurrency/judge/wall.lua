--- Whether wall time falls: pooled against one after another, in turn, fresh numbers each pair. It
--- can only where two processors are free, which the runs tell themselves: a call that shares its
--- processor takes longer than alone. A pair that was so disturbed is not counted. Called with the
--- exercise's folder.
---
---   size        how many numbers
---   target      the ratio asked
---   pairs       at most
---   free        what calls of a pair that counts may take, times what they take alone
---   disturbed   pairs that are not counted, at most
---   processors  () -> how many there are

local folder = ...
local statistics = require("perilune.statistics")
local uv = require("luv")
local runs = loadfile(folder .. "/judge/runs.lua")(folder)

local WORKERS <const> = 2
local ORDERS <const> = { a = { "a", "b" }, b = { "b", "a" } }

--- Both ways once: without a pool on the side "a", with it on "b". What was slowed down more
--- tells the pair's slowdown.
---@return {a: number, b: number, slowdown: number}? seconds nil when the solution failed
---@return table? failure a result
local function run_pair(session, child, check, given, numbers, first)
  local seconds, alone, together = {}, nil, nil
  for _, side in ipairs(ORDERS[first]) do
    if side == "a" then
      local spent = runs.given(session, given, numbers)
      seconds.a, alone = spent.wall, spent.cpu
    else
      local done, failure = runs.right(session, child, check, numbers, WORKERS)
      if not done then
        return nil, failure
      end
      seconds.b, together = done.wall, done.calls.wall
    end
  end
  seconds.slowdown = math.max(seconds.a, together) / alone
  return seconds
end

--- What `bench.paired` calls: (side, pair) -> seconds. Slowdowns of pairs that do not count are
--- added to `disturbed`; when these are too many it gives nil.
local function measure_in(session, child, check, given, disturbed)
  local runs_made, current, seconds, failure = 0, nil, nil, nil
  local function next_pair(first)
    repeat
      runs_made = runs_made + 1
      local numbers = session.exercise.generate(check.size, session.seed + runs_made)
      seconds, failure = run_pair(session, child, check, given, numbers, first)
      local counts = not seconds or seconds.slowdown <= check.free
      disturbed[#disturbed + 1] = not counts and seconds.slowdown or nil
    until counts or #disturbed >= check.disturbed
    seconds = #disturbed < check.disturbed and seconds or nil
  end
  return function(side, pair)
    if pair ~= current then
      current = pair
      next_pair(side)
    end
    return seconds and seconds[side], failure
  end
end

local function inconclusive(detail, ...)
  return { status = "inconclusive", detail = detail:format(...) }
end

local function no_processors(session, disturbed)
  return inconclusive("no two processors were free: in %s, calls took %s as long as alone "
    .. "(load %.1f)", session.format.plural(#disturbed, "run"),
    session.format.ratio(statistics.median(disturbed)), (uv.loadavg()))
end

local function describe(session, check, paired, disturbed)
  local format = session.format
  local notes = {}
  if #disturbed > 0 then
    notes[1] = ("%s not counted, in which other programs took the processors"):format(
      format.plural(#disturbed, "pair"))
  end
  if paired.verdict ~= "pass" then
    table.insert(notes, 1, ("at least %gx is asked"):format(check.target))
  end
  return { status = paired.verdict, notes = notes, detail = ("%s with %d workers; %s of %s, wall "
    .. "time"):format(format.interval(paired), WORKERS, format.plural(paired.pairs, "pair"),
    format.plural(check.size, "number")), series = {
      kind = "pairs", ratios = paired.ratios, ratio = paired.ratio, low = paired.low,
      high = paired.high, target = check.target, clock = "wall time", size = check.size,
      naive = paired.a, own = paired.b,
    } }
end

---@param check table
---@param session Session
---@param child table
---@return table result
return function(check, session, child)
  local processors = check.processors()
  if processors < WORKERS then
    return inconclusive("there is %s here: workers can only take turns",
      session.format.plural(processors, "processor"))
  end
  local given <close> = assert(session:naive())
  local disturbed = {}
  local paired, failure = session.bench.paired(
    measure_in(session, child, check, given, disturbed),
    { target = check.target, max_pairs = check.pairs })
  if not paired then
    return failure or no_processors(session, disturbed)
  end
  session.measures[check.name] = paired.verdict == "pass" and { ratio = paired.ratio } or nil
  return describe(session, check, paired, disturbed)
end
