--- At least `target` times as fast as the given version: a paired ratio of CPU times, fresh data
--- each pair.
---
---   size    n of the data
---   target  the ratio asked
---   at      a larger n, for which the given version's time is extrapolated

local format = require("perilune.lab.format")
local median = require("perilune.lab.median")

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

--- What `bench.paired` calls, (side, pair) -> seconds, and the samples that it leaves behind.
local function measure_in(session, check, naive, own)
  local samples, name = { a = {}, b = {} }, session:name_of(check)
  local current, arguments
  return function(side, pair)
    if pair ~= current then
      current, arguments = pair, session:arguments(check.size, pair)
    end
    local seconds, message, code
    if side == "a" then
      seconds, message, code = naive_seconds(session, naive, arguments)
    else
      seconds, message, code = own_seconds(session, own, name, arguments)
    end
    table.insert(samples[side], seconds)
    return seconds, message, code
  end, samples
end

local function extrapolation(session, check, naive_time)
  local growth = session.exercise.naive.growth
  local seconds = naive_time * (check.at / check.size) ^ growth
  return ("naive at %s: about %s (grows as n^%d)"):format(
    format.count(check.at), format.seconds(seconds), growth)
end

local function describe(session, check, paired, naive_time)
  local notes = { extrapolation(session, check, naive_time) }
  if paired.verdict ~= "pass" then
    table.insert(notes, 1, ("at least %gx is asked"):format(check.target))
  end
  return {
    status = paired.verdict,
    detail = ("%s at n = %s; %d pairs, CPU time"):format(
      format.interval(paired), format.count(check.size), paired.pairs),
    notes = notes,
  }
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local naive <close> = assert(session:naive())
  local own <close>, message, code = session:solution(check)
  if not own then
    return session:failed(message, code)
  end
  local measure, samples = measure_in(session, check, naive, own)
  local paired
  paired, message, code = session.bench.paired(measure, { target = check.target })
  if not paired then
    return session:failed(message, code)
  end
  local naive_time = median(samples.a)
  session.measures[check.name] = {
    ratio = paired.ratio, size = check.size, naive = naive_time, own = median(samples.b),
  }
  return describe(session, check, paired, naive_time)
end
