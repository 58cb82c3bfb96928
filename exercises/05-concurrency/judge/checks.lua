--- How this exercise's own criteria are decided: from the results, from the calls that
--- given/naive.lua wrote down, and from clocks that are read outside. Called with the exercise's
--- folder.

local folder = ...
local cases = dofile(folder .. "/judge/cases.lua")
local runs = loadfile(folder .. "/judge/runs.lua")(folder)
local verdict = dofile(folder .. "/judge/verdict.lua")

local checks = { wall = loadfile(folder .. "/judge/wall.lua")(folder) }

local fail, pass = verdict.fail, verdict.pass

--- The right factors on the judge's lists; of a pool, with one, two and three workers in turn.
function checks.same(check, session, child)
  local lists = cases.lists(session.seed)
  for i, case in ipairs(lists) do
    local workers = check.pooled and (i - 1) % 3 + 1 or nil
    local _, failure = runs.right(session, child, check, case.numbers, workers)
    if failure then
      failure.detail = ("%s: %s"):format(case.label, failure.detail)
      return failure
    end
  end
  return pass("%s, seed %x", session.format.plural(#lists, "list"), session.seed)
end

local function numbers_for(check, session)
  return session.exercise.generate(check.size, session.seed)
end

--- Whether compute_prime_factors was called once for each number.
local function judge_count(session, made, numbers)
  local plural = session.format.plural
  if made.count == 0 then
    return fail('compute_prime_factors of naive.lua was not called: require("naive") gives it')
  elseif made.count ~= #numbers then
    return fail("%s of compute_prime_factors for %s; one for each is asked",
      plural(made.count, "call"), plural(#numbers, "number"))
  end
end

--- In the solution's own process.
function checks.sequential(check, session, child)
  local result = checks.same(check, session, child)
  if result.status ~= "pass" then
    return result
  end
  local numbers = numbers_for(check, session)
  local done, failure = runs.right(session, child, check, numbers)
  failure = failure or judge_count(session, done.calls, numbers)
  if failure then
    return failure
  elseif done.calls.own < #numbers then
    return fail("factor_all is the way without a pool: call compute_prime_factors yourself")
  end
  return result
end

--- What is wrong with who did the work, where `workers` processes were asked for.
local function judge_workers(session, made, workers)
  local plural = session.format.plural
  if made.own == made.count then
    return fail("all %s of compute_prime_factors were made in the program's own process, none in "
      .. "a worker", plural(made.count, "call"))
  elseif made.own > 0 then
    return fail("%s of compute_prime_factors were made in the program's own process; leave them "
      .. "all to the workers", plural(made.own, "call"))
  elseif made.workers == 1 then
    return fail("one worker made all %s; the others had nothing to do", plural(made.count, "call"))
  elseif made.most == 1 then
    return fail("%s took turns, no two were at work at once: hand in all numbers before you wait "
      .. "for a result", plural(made.workers, "worker"))
  elseif made.most ~= workers then
    return fail("%s at work at once; factor_all_pooled was asked for %d",
      plural(made.most, "worker"), workers)
  end
end

-- Seconds that two looks at the clocks may be wrong by: of processes that have ended, the system
-- tells whole ticks, of which a second has a hundred.
local COARSE <const> = 0.04
-- Of the time that calls claim, what must be found on the processes' own clocks.
local FOUND <const> = 0.7
-- Of the time in which a worker is at work, what several of them must be.
local SHARED <const> = 0.2

--- Whether what was written down fits what the clocks outside say.
local function judge_times(session, done)
  local made, seconds = done.calls, session.format.seconds
  if done.family + COARSE < FOUND * made.cpu then
    return fail("the calls claim %s of processor time; the workers together used %s",
      seconds(made.cpu), seconds(done.family))
  elseif made.shared < SHARED * made.busy then
    return fail("workers were at work at once for %s of %s: most of the time, one did the work",
      seconds(made.shared), seconds(made.busy))
  end
end

-- On a busy machine a worker may start when the others have done all the work.
local ATTEMPTS <const> = 10

--- One call with so many workers, which must all be at work at once.
---@return Run? run nil when something is wrong
---@return table? failure a result
local function run_workers(check, session, child, numbers, workers)
  local failure
  for _ = 1, ATTEMPTS do
    local done, problem = runs.right(session, child, check, numbers, workers)
    if not done then
      return nil, problem
    end
    failure = judge_count(session, done.calls, numbers)
      or judge_workers(session, done.calls, workers) or judge_times(session, done)
    if not failure then
      return done
    end
  end
  return nil, failure
end

--- What each worker did when, for a picture: {worker, start, stop} in seconds from the first call.
local function series_of(made)
  table.sort(made, function(a, b)
    return a.began < b.began
  end)
  local spans, numbers, count = {}, {}, 0
  for i, call in ipairs(made) do
    if not numbers[call.process] then
      count = count + 1
      numbers[call.process] = count
    end
    spans[i] = {
      worker = numbers[call.process], n = call.n, start = call.began - made[1].began,
      stop = call.ended - made[1].began,
    }
  end
  return { kind = "workers", spans = spans }
end

-- Of the processor time of the same calls one after another, what the workers' must be.
local LEAST <const> = 0.7

--- Whether the workers did the work: what they wrote down is only what they say.
---@param done {family: number, numbers: integer[]}
---@return table? failure a result
---@return {cpu: number} alone the same calls without a pool
local function judge_work(session, done)
  local given <close> = assert(session:naive())
  local alone = runs.given(session, given, done.numbers)
  if done.family + COARSE < LEAST * alone.cpu then
    return fail("%s in workers, where the same calls take %s without a pool: who did the work?",
      session.format.seconds(done.family), session.format.seconds(alone.cpu))
  end
  return nil, alone
end

--- As many worker processes at work at once as were asked for.
function checks.workers(check, session, child)
  local numbers, first = numbers_for(check, session), nil
  for _, workers in ipairs(check.workers) do
    local done, failure = run_workers(check, session, child, numbers, workers)
    if failure then
      return failure
    end
    first = first or done
  end
  local measured = { cpu = first.cpu, family = first.family, numbers = numbers }
  local idle = judge_work(session, measured)
  if idle then
    return idle
  end
  session.measures[check.name] = measured
  local made = first.calls
  local result = pass("%s by %d processes, at work at once for %s of %s",
    session.format.plural(#numbers, "call"), made.workers, session.format.seconds(made.shared),
    session.format.seconds(made.busy))
  result.series = series_of(first.made)
  return result
end

--- The processor time of an earlier check's call, beside that without a pool.
function checks.cpu(check, session)
  local pooled, seconds = session.measures[check.pooled], session.format.seconds
  local idle, alone = judge_work(session, pooled)
  if idle then
    return idle
  end
  return pass("%s, without a pool %s: a pool saves waiting, not work", seconds(pooled.cpu),
    seconds(alone.cpu))
end

return checks
