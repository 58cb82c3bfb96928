--- Runs an exercise's checks in order and gathers a report. Knows no exercise and no kind of check.
---
--- A check returns {status, detail, notes?}; status is one of
---   pass  fail  inconclusive  reader (a person decides)  off limits (a module is forbidden)
--- Measures that a picture can be made of are its `series`: {kind, ...}, plain data (see
--- `perilune.lab.page.figures`).
--- The judge itself gives `wait` to a check whose needs have not passed.

local bench = require("perilune.bench")
local session = require("perilune.lab.session")

local judge = {}

---@class Result
---@field name string
---@field label string
---@field status "pass"|"fail"|"inconclusive"|"wait"|"reader"|"off limits"
---@field detail string
---@field notes? string[]
---@field hint? string     what to do about it
---@field series? table     what was measured

---@class Report
---@field exercise integer
---@field name string
---@field title string
---@field file string
---@field seed string hexadecimal, as `check --seed` takes it
---@field results Result[]
---@field counts table<string, integer> results by status
---@field verdict "passed"|"failed"|"inconclusive"
---@field environment Environment
---@field warnings string[] what disturbed its measures
---@field missing? string what the sandbox lacked

---@class JudgeOptions
---@field seed integer
---@field before? fun(check: table)    called before each check
---@field after? fun(result: Result)   called with each result
---@field sandbox? "best"|"full"|"off" `best` by default
---@field start? function              instead of `perilune.child`'s
---@field bench? table                 instead of `perilune.bench`

local function unmet(check, done)
  for _, need in ipairs(check.needs or {}) do
    if done[need].status ~= "pass" then
      return done[need]
    end
  end
end

local function decide(check, run, done)
  local need = unmet(check, done)
  if need then
    return { status = "wait", detail = ("not run: needs \"%s\""):format(need.label) }
  end
  local decider = check.decide or require("perilune.lab.checks." .. check.kind)
  return decider(check, run)
end

local function count(results)
  local counts = {}
  for _, result in ipairs(results) do
    counts[result.status] = (counts[result.status] or 0) + 1
  end
  return counts
end

--- What disturbed the measures, if there are any.
local function warnings_of(results, observation)
  for _, result in ipairs(results) do
    if result.series then
      return observation:seen().warnings
    end
  end
  return {}
end

local function verdict(counts)
  if counts.fail or counts["off limits"] then
    return "failed"
  end
  return counts.inconclusive and "inconclusive" or "passed"
end

--- Judges a solution.
---@param exercise Exercise
---@param file string
---@param options JudgeOptions
---@return Report
function judge.run(exercise, file, options)
  local environment, observation = bench.environment(), bench.observe()
  local run <close> = session.new(exercise, file, options)
  local results, done = {}, {}
  for i, check in ipairs(exercise.checks) do
    if options.before then
      options.before(check)
    end
    local result = decide(check, run, done)
    result.name, result.label, result.hint = check.name, check.label, result.hint or check.hint
    results[i], done[check.name] = result, result
    if options.after then
      options.after(result)
    end
  end
  local counts = count(results)
  return {
    exercise = exercise.number, name = exercise.name, title = exercise.title,
    file = run.file, seed = ("%x"):format(options.seed), results = results,
    counts = counts, verdict = verdict(counts), environment = environment,
    missing = run.missing,
    warnings = warnings_of(results, observation),
  }
end

return judge
