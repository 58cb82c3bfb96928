--- How this exercise's own criteria are decided, from what driver.lua reports. Called with the
--- exercise's folder.

local folder = ...
local model = dofile(folder .. "/judge/model.lua")

local checks = {}

local function fail(detail, notes)
  return { status = "fail", detail = detail, notes = notes }
end

local function pass(detail)
  return { status = "pass", detail = detail }
end

--- An error of the solution's that the driver caught.
local function raised(session, check, value)
  return session:failed(type(value) == "string" and value
    or "an error object, " .. session.format.value(value), "error", check)
end

--- An error in the place of a result that says that a module is off limits.
local function off_limits(steps)
  for _, step in ipairs(steps) do
    local value = step.raised and step.raised[1]
    if type(value) == "string" and value:find(" is off limits: ", 1, true) then
      return value
    end
  end
end

--- Writes values for the student: strings without the folder of the file, and long enough for the
--- message of an error.
local function writer(session)
  local format = session.format
  return function(value, limit)
    if type(value) ~= "string" then
      return format.value(value, limit)
    end
    return ("\"%s\""):format(format.printable(session:shown(value), 160))
  end
end

--- What is wrong with a report, as a failed result.
local function judge_report(check, session, scenario, report)
  if report.failed then
    return raised(session, check, report.failed[1])
  elseif report.made then
    return fail(("memoize returned a %s, not a function"):format(report.made))
  elseif report.early then
    return fail("memoize called fn itself; only calls of the memoised function may do that")
  end
  local forbidden = off_limits(report.steps)
  if forbidden then
    return raised(session, check, forbidden)
  end
  local problem, notes = model.difference(scenario, report.steps, writer(session))
  local label = session.format.printable(scenario.label)
  return problem and fail(("%s: %s"):format(label, problem), notes)
end

local function seed_text(check, session, text)
  return check.seeded and text:format(session.seed) or ""
end

--- A failed result of a scenario, with the way to see it again.
local function located(result, check, session, scenario, place)
  result.notes = result.notes or { scenario.label }
  table.insert(result.notes, place .. seed_text(check, session, "; the same again: --seed %x"))
  return result
end

--- `check.cases(seed)` on the student's memoize, until one goes wrong.
function checks.replays(check, session, child)
  local cases = check.cases(session.seed)
  for i, scenario in ipairs(cases) do
    local report, failure = session:drive(child, check, "replay", {
      functions = scenario.functions, steps = scenario.steps, outcomes = scenario.outcomes,
    })
    local result = failure or judge_report(check, session, scenario, report)
    if result then
      return located(result, check, session, scenario, ("case %d of %d"):format(i, #cases))
    end
  end
  return pass(session.format.plural(#cases, "case") .. seed_text(check, session, ", seed %x"))
end

local DROPPED <const> = 64

--- The same, then on tables that nobody keeps: a key that is a table's address is soon another's.
function checks.arguments(check, session, child)
  local result = checks.replays(check, session, child)
  if result.status ~= "pass" then
    return result
  end
  local report, failure = session:drive(child, check, "dropped", DROPPED)
  if not report then
    return failure
  elseif report.raised then
    return raised(session, check, report.raised[1])
  elseif report.stale then
    return fail(("call %d, with a new table, gave an earlier one's result"):format(report.stale),
      { "does the key keep the table, or only its address?" })
  end
  return result
end

-- 25 takes 242,785 calls where nothing is remembered; 90 is within 200 nested calls of C.
local RECURSIVE <const> = { 1, 2, 5, 25, 90 }

--- A function that calls itself through its memoised name.
function checks.recursion(check, session, child)
  for _, n in ipairs(RECURSIVE) do
    local report, failure = session:drive(child, check, "recursive", n)
    if not report then
      return failure
    end
    local expected = session.exercise.expected(n)
    if report.value ~= expected then
      return fail(("a memoised fib(%d) gives %s, not %d"):format(
        n, session.format.value(report.value), expected))
    elseif report.calls > n + 1 then
      return fail(("a memoised fib(%d) took %s; %d are enough: one for each number"):format(
        n, session.format.plural(report.calls, "call"), n + 1))
    end
  end
  return pass("fib(90) through your memoize: 91 calls")
end

local FACTORIALS <const> = { [0] = 1, [1] = 1, [3] = 6, [5] = 120, [10] = 3628800, [12] = 479001600,
  [20] = 2432902008176640000 }

-- Seconds around the 0.1 s that are asked for.
local SHORTEST <const>, LONGEST <const> = 0.05, 0.5

--- One call, with what it must give and whether it must wait.
local function judge_delay(check, session, child, name, n, waits)
  local report, failure = session:drive(child, check, "delayed", name, n)
  if not report then
    return failure
  end
  local call = ("%s(%d)"):format(name, n)
  if report.value ~= FACTORIALS[n] then
    return fail(("%s gives %s, not %d"):format(
      call, session.format.value(report.value), FACTORIALS[n]))
  elseif waits and report.delays == 0 then
    return fail(call .. " did not wait: its delay must be perilune.clock's sleep, which is counted")
  elseif report.delays > 0 and (report.waited < SHORTEST or report.waited > LONGEST) then
    return fail(("%s waits for %g s; 0.1 s is asked for"):format(call, report.waited))
  elseif waits == false and report.delays > 0 then
    return fail(("%s waited again (%s); its result was known: factorial = memoize(slow_factorial)")
      :format(call, session.format.plural(report.delays, "delay")))
  end
end

--- The function, n and whether the call must wait; nil: it may.
local DELAYED <const> = {
  { "slow_factorial", 5, true }, { "slow_factorial", 5, true },
  { "slow_factorial", 0 }, { "slow_factorial", 1 }, { "slow_factorial", 20, true },
  { "factorial", 5, true }, { "factorial", 5, false }, { "factorial", 12 },
  { "factorial", 12, false }, { "factorial", 5, false }, { "factorial", 20 },
  { "factorial", 20, false }, { "slow_factorial", 5, true },
}

function checks.factorial(check, session, child)
  for _, call in ipairs(DELAYED) do
    local name, n, waits = table.unpack(call, 1, 3)
    local failed = judge_delay(check, session, child, name, n, waits)
    if failed then
      return failed
    end
  end
  return pass("waits for a new number and never again for a known one; delays are counted")
end

local function is_pure(hit)
  return model.same_value(hit.fresh[1], hit.again[1])
end

local function stale_hit(hits)
  for _, hit in ipairs(hits) do
    if hit.changed and is_pure(hit) and not model.same_value(hit.cached[1], hit.fresh[1]) then
      return hit
    end
  end
end

--- Why none of the hits is the pitfall.
local function no_pitfall(hits)
  if #hits == 0 then
    return "no memoised function was called twice with the same argument"
  end
  for _, hit in ipairs(hits) do
    if hit.changed and not is_pure(hit) then
      return "the function gives another result each time: let it depend on the table alone"
    elseif hit.changed then
      return "the table has changed, and a fresh call gives the same: let the result depend on it"
    end
  end
  return "no argument has changed: change what is in the table between the two calls"
end

function checks.pitfall(check, session, child)
  local report, failure = session:drive(child, check, "pitfall")
  if not report then
    return failure
  end
  local hit = stale_hit(report.hits)
  if report.wrapped == 0 then
    return fail("pitfall did not call the memoize that it is given: pitfall(memoize)")
  elseif not hit then
    return fail(no_pitfall(report.hits))
  end
  local show, returned = session.format.value, report.returned
  if not model.same_value(returned[1], hit.cached[1])
    or not model.same_value(returned[2], hit.fresh[1]) then
    return fail("pitfall must return the stale result and then the right one", {
      ("expected %s, %s"):format(show(hit.cached[1]), show(hit.fresh[1])),
      ("got      %s, %s"):format(show(returned[1]), show(returned[2])),
    })
  end
  return pass(("the memoised function gave %s where %s is right"):format(
    show(returned[1]), show(returned[2])))
end

local ROUNDS <const> = 1000

--- Seconds of fib and of fib_memo with an empty cache, or a failed result.
local function time_both(check, session, child)
  local _, failure, plain = session:drive(child, check, "fib", check.size)
  if failure then
    return nil, failure
  end
  local cold
  _, failure, cold = session:drive(child, check, "cold", ROUNDS, check.size)
  if failure then
    return nil, failure
  end
  return { plain = plain, cold = cold / ROUNDS }
end

function checks.cache(check, session, child)
  local report, failure = session:drive(child, check, "cache", check.size)
  if not report then
    return failure
  elseif not report.wrapped then
    return fail("fib_memo is not a function that memo.wrap returned: return that one itself")
  end
  local info = report.info
  if info.misses > check.size + 1 then
    return fail(("%d misses; %d are enough"):format(info.misses, check.size + 1), {
      ("the cache holds %s results and had to drop %d"):format(info.maxsize, info.evictions) })
  elseif info.misses < check.size - 1 then
    return fail(("the misses of its cache in one fib_memo(%d) are %d, not %d: the recursion must "
      .. "go through fib_memo itself"):format(check.size, info.misses, check.size + 1))
  end
  local times, failed = time_both(check, session, child)
  if not times then
    return failed
  end
  info.ratio = times.plain / times.cold
  session.measures[check.name] = info
  local seconds = session.format.seconds
  return pass(("%d hits, %d misses, size %d; %s, without it %s"):format(
    info.hits, info.misses, info.currsize, seconds(times.cold), seconds(times.plain)))
end

return checks
