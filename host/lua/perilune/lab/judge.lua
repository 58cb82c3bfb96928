--- Runs an exercise's checks in order and gathers a report. Knows no exercise and no kind of check.
---
--- A check returns {status, detail, notes?}; status is one of
---   pass  fail  inconclusive  reader (a person decides)  off limits (a module is forbidden)
--- Measures that a picture can be made of are its `series`: {kind, ...}, plain data (see
--- `perilune.lab.page.figures`).
--- The judge itself gives `wait` to a check whose needs have not passed, and `later` to one that is
--- left for another run.

local bench = require("perilune.bench")
local session = require("perilune.lab.session")

local judge = {}

---@class Result
---@field name string
---@field label string
---@field status "pass"|"fail"|"inconclusive"|"wait"|"reader"|"off limits"|"later"
---@field detail string
---@field hidden? boolean  the check is an instructor's: its details are not for students
---@field notes? string[]
---@field hint? string     what to do about it
---@field series? table     what was measured
---@field written? {heading: string, text: string}[] what a reader is to read

---@class Report
---@field exercise integer
---@field name string
---@field title string
---@field file string
---@field seed string hexadecimal, as `check --seed` takes it
---@field results Result[]
---@field counts table<string, integer> results by status
---@field verdict "passed"|"failed"|"inconclusive"
---@field environment perilune.bench.Environment
---@field warnings string[] what disturbed its measures
---@field measures? table for the run that goes on where this one has left checks for later
---@field missing? string what the sandbox lacked

---@class JudgeOptions
---@field seed integer
---@field quick_first? boolean         checks that are not quick come last
---@field first_failure? boolean       no check runs after one that fails
---@field before? fun(check: table)    called before each check
---@field after? fun(result: Result)   called with each result
---@field untimed? boolean             leave those that read clocks, and what needs these, for later
---@field brief? boolean               decide, and measure nothing that is only to be looked at
---@field earlier? Earlier             what such a run has decided: go on from there
---@field scratch? string              folder for the folders that solutions run in
---@field sandbox? "best"|"full"|"off" `best` by default
---@field start? function              instead of `perilune.child`'s
---@field bench? table                 instead of `perilune.bench`

---@class Earlier
---@field results Result[]
---@field measures table

local function unmet(check, done)
  for _, need in ipairs(check.needs or {}) do
    if done[need].status ~= "pass" then
      return done[need]
    end
  end
end

local function decide(check, run, done, untimed)
  local need = unmet(check, done)
  if need and need.status ~= "later" then
    return { status = "wait", detail = ("not run: needs \"%s\""):format(need.label) }
  elseif need or untimed and check.timed then
    return { status = "later", detail = "not run yet" }
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
  return (counts.inconclusive or counts.wait) and "inconclusive" or "passed"
end

--- Which checks are decided at once: not `slow` or `timed`, nor in need of one that is.
---@param exercise Exercise
---@return table<string, boolean>
function judge.quick(exercise)
  local quick = {}
  for _, check in ipairs(exercise.checks) do
    quick[check.name] = not (check.slow or check.timed)
    for _, need in ipairs(check.needs or {}) do
      quick[check.name] = quick[check.name] and quick[need]
    end
  end
  return quick
end

local function in_order(exercise, quick_first)
  if not quick_first then
    return exercise.checks
  end
  local quick, order, slow = judge.quick(exercise), {}, {}
  for _, check in ipairs(exercise.checks) do
    table.insert(quick[check.name] and order or slow, check)
  end
  return table.move(slow, 1, #slow, #order + 1, order)
end

local function is_failure(result)
  return result.status == "fail" or result.status == "off limits"
end

--- What an earlier run has decided, by name.
local function decided(earlier)
  local results = {}
  for _, result in ipairs(earlier and earlier.results or {}) do
    results[result.name] = result.status ~= "later" and result or nil
  end
  return results
end

--- Decides one check after another; results by name.
local function decide_all(exercise, run, options)
  local done, known = {}, decided(options.earlier)
  for _, check in ipairs(in_order(exercise, options.quick_first)) do
    if options.before then
      options.before(check)
    end
    local result = known[check.name] or decide(check, run, done, options.untimed)
    result.name, result.label, result.hint = check.name, check.label, result.hint or check.hint
    result.hidden = check.hidden
    done[check.name] = result
    if options.after then
      options.after(result)
    end
    if options.first_failure and is_failure(result) then
      break
    end
  end
  return done
end

--- What keeps a solution from passing: the first result that fails, else the first inconclusive.
---@param results Result[]
---@return Result?
function judge.obstacle(results)
  local inconclusive
  for _, result in ipairs(results) do
    if is_failure(result) then
      return result
    elseif result.status == "inconclusive" then
      inconclusive = inconclusive or result
    end
  end
  return inconclusive
end

--- Results in the exercise's order.
---@param exercise Exercise
---@param done table<string, Result> by name; some may be missing
---@return Result[]
function judge.listed(exercise, done)
  local results = {}
  for _, check in ipairs(exercise.checks) do
    results[#results + 1] = done[check.name]
  end
  return results
end

--- Judges a solution.
---@param exercise Exercise
---@param file string
---@param options JudgeOptions
---@return Report
function judge.run(exercise, file, options)
  local environment, observation = bench.environment(), bench.observe()
  local run <close> = session.new(exercise, file, {
    seed = options.seed, sandbox = options.sandbox, scratch = options.scratch,
    brief = options.brief, measures = options.earlier and options.earlier.measures,
    start = options.start, bench = options.bench,
  })
  local done = decide_all(exercise, run, options)
  local results = judge.listed(exercise, done)
  local counts = count(results)
  return {
    exercise = exercise.number, name = exercise.name, title = exercise.title,
    file = run.file, seed = ("%x"):format(options.seed), results = results,
    counts = counts, verdict = verdict(counts), environment = environment,
    missing = run.missing, measures = counts.later and run.measures,
    warnings = warnings_of(results, observation),
  }
end

return judge
