--- At least `target` times as fast as the given version: a paired ratio of CPU times, fresh data
--- each pair.
---
---   size    n of the data
---   target  the ratio asked
---   at      a larger n, for which the given version's time is extrapolated; or nil
---   least   a smaller n; or nil. Where the verdict alone is wanted (`brief`), the given version
---           runs on that first: a solution that is fast enough on `size` beside it is so all the
---           more beside the given version on `size`
---   fresh   true when each call of the solution's is in a process of its own: it may remember

local format = require("perilune.format")

local function naive_seconds(session, naive, arguments)
  return session:call(naive, session.exercise.naive.name, arguments)
end

--- A fast wrong answer is no speed: each timed result must be right.
local function own_seconds(session, own, name, arguments)
  local seconds, got, code = session:call(own, name, arguments)
  if not seconds then
    return nil, got, code
  end
  local difference = session:difference(arguments, got)
  if difference then
    return nil, "wrong on the timed data: " .. difference, "wrong"
  end
  return seconds
end

local function fresh_seconds(session, check, name, arguments)
  local own <close>, message, code = session:solution(check)
  if not own then
    return nil, message, code
  end
  return own_seconds(session, own, name, arguments)
end

---@class Race
---@field session Session
---@field check table
---@field naive table  children
---@field own table
---@field drawn integer data that were drawn: no pair has another's, or it could be remembered

--- What `bench.paired` calls: (side, pair) -> seconds. The given version runs on `n`.
local function measure_in(race, n)
  local session, check, current, given, arguments = race.session, race.check, nil, nil, nil
  local name = session:name_of(check)
  return function(side, pair)
    if pair ~= current then
      current, race.drawn = pair, race.drawn + 1
      arguments = session:arguments(check.size, race.drawn)
      given = n == check.size and arguments or session:arguments(n, race.drawn)
    end
    if side == "a" then
      return naive_seconds(session, race.naive, given)
    elseif check.fresh then
      return fresh_seconds(session, check, name, arguments)
    end
    return own_seconds(session, race.own, name, arguments)
  end
end

local function pairs_of(race, n, most)
  return race.session.bench.paired(measure_in(race, n), {
    target = race.check.target, max_pairs = most,
  })
end

--- Pairs in which the given version runs on less: they pass, or prove nothing. One that is too
--- slow tells that others would be.
local function pairs_of_less(race, n)
  local first, message, code = pairs_of(race, n, 1)
  if first and first.ratio >= race.check.target then
    return pairs_of(race, n)
  end
  return first, message, code
end

--- The pairs that decide, and the n of the given version in them.
local function compare(race)
  local check = race.check
  local least = race.session.brief and check.least
  if least then
    local paired, message, code = pairs_of_less(race, least)
    if not paired or paired.verdict == "pass" then
      return paired, paired and least or message, code
    end
  end
  local paired, message, code = pairs_of(race, check.size)
  return paired, paired and check.size or message, code
end

local function extrapolation(session, check, naive_time, n)
  local growth = session.exercise.naive.growth
  local seconds = naive_time * (check.at / n) ^ growth
  return ("naive at %s: about %s (grows as n^%d)"):format(
    format.count(check.at), format.seconds(seconds), growth)
end

local function sizes_text(check, n)
  local text = "n = " .. format.count(check.size)
  return n == check.size and text or ("%s beside n = %s"):format(text, format.count(n))
end

local function describe(session, check, paired, n)
  local notes = { check.at and extrapolation(session, check, paired.a, n) }
  if paired.verdict ~= "pass" then
    table.insert(notes, 1, ("at least %gx is asked"):format(check.target))
  end
  return {
    status = paired.verdict,
    detail = ("%s at %s; %d pairs, CPU time"):format(
      format.interval(paired), sizes_text(check, n), paired.pairs),
    notes = notes,
    series = {
      kind = "pairs", ratios = paired.ratios, ratio = paired.ratio, low = paired.low,
      high = paired.high, target = check.target, clock = "CPU time", size = n,
      naive = paired.a, own = paired.b, growth = session.exercise.naive.growth,
    },
  }
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local naive <close> = assert(session:naive())
  local own <close>, message, code = session:solution(check)
  if not own then
    return session:failed(message, code, check)
  end
  local paired, n
  paired, n, code = compare({
    session = session, check = check, naive = naive, own = own, drawn = 0,
  })
  if not paired then
    return session:failed(n, code, check)
  end
  session.measures[check.name] = {
    ratio = paired.ratio, size = n, naive = paired.a, own = paired.b,
  }
  return describe(session, check, paired, n)
end
