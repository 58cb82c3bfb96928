--- At least `target` times as fast as the given version: a paired ratio of CPU times, fresh data
--- each pair.
---
---   size    n of the data
---   target  the ratio asked
---   at      a larger n, for which the given version's time is extrapolated; or nil
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

--- What `bench.paired` calls: (side, pair) -> seconds.
local function measure_in(session, check, naive, own)
  local name, current, arguments = session:name_of(check), nil, nil
  return function(side, pair)
    if pair ~= current then
      current, arguments = pair, session:arguments(check.size, pair)
    end
    if side == "a" then
      return naive_seconds(session, naive, arguments)
    elseif check.fresh then
      return fresh_seconds(session, check, name, arguments)
    end
    return own_seconds(session, own, name, arguments)
  end
end

local function extrapolation(session, check, naive_time)
  local growth = session.exercise.naive.growth
  local seconds = naive_time * (check.at / check.size) ^ growth
  return ("naive at %s: about %s (grows as n^%d)"):format(
    format.count(check.at), format.seconds(seconds), growth)
end

local function describe(session, check, paired)
  local notes = { check.at and extrapolation(session, check, paired.a) }
  if paired.verdict ~= "pass" then
    table.insert(notes, 1, ("at least %gx is asked"):format(check.target))
  end
  return {
    status = paired.verdict,
    detail = ("%s at n = %s; %d pairs, CPU time"):format(
      format.interval(paired), format.count(check.size), paired.pairs),
    notes = notes,
    series = {
      kind = "pairs", ratios = paired.ratios, ratio = paired.ratio, low = paired.low,
      high = paired.high, target = check.target, clock = "CPU time", size = check.size,
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
  local paired
  paired, message, code = session.bench.paired(
    measure_in(session, check, naive, own), { target = check.target })
  if not paired then
    return session:failed(message, code, check)
  end
  session.measures[check.name] = {
    ratio = paired.ratio, size = check.size, naive = paired.a, own = paired.b,
  }
  return describe(session, check, paired)
end
