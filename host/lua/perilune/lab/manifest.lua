--- Loads an exercise's `exercise.lua`. It is called with its folder's path and returns a table:
---
---   title       string
---   solution    the file that the student edits (default `solution.lua`)
---   functions   names that a solution must return; none where no code of the student's is judged
---   naive       {file, name, growth}: the given version; its time grows as n^growth, which is
---               wanted where it is extrapolated
---   given       files that `start` copies beside those in starter/
---   generate    (n, seed) -> arguments of one call
---   expected    (arguments...) -> the right result, computed in the judge
---   agree       how a result is compared: a name in `perilune.lab.agree`
---   readable    files and folders here that a solution may read beside its own and the driver
---   records     files where it runs that are the judge's to read; all else there vanishes
---   forbidden   {modules, reason, late}: off limits to a solution; a check may have its own. With
---               `late` they may be required, and what they make may not be called
---   concurrent  true where a solution may have other processes, threads and tasks
---   limits      {memory = bytes, cpu = s, wall = s, output = bytes}, times for a call; a check may
---               have its own
---   first       what to begin with in the student's folder, where it is not `perilune watch N`
---   compare     {size, naive_size, unit, wall, versions = {{name, file, driver = own}...}, driver,
---               call} as in `perilune.lab.comparison`, or what `perilune.lab.repairs` wants; or
---               {core = ...}, or {cores = {...}}, with the fields of an exercise that such a
---               comparison needs. `open()` gives what is to be closed when the versions have been
---               timed, with `ports` that they may connect to
---   report      what `perilune report` records beside: see `perilune.lab.recorded`
---   checks      in order: {name, label, kind | decide, needs = {names}, hint, ...}. One that reads
---               clocks is `timed`: `grade` makes these, and those that need one, afterwards and
---               one at a time. One that takes long without that is `slow`: `watch` decides both,
---               and those that need one, after the others. `hint` profiles a call with
---               n = `profiled`, and after the check's own hint gives those of the `hints` below
---               whose numbers stand in the check's `hints`
---   hints       three, from a nudge to nearly the answer
---
--- A check's `kind` names a module in `perilune.lab.checks`; `decide(check, session)` is a check
--- that one exercise needs and no other. Both return a result (see `perilune.lab.judge`). A check
--- may name a `driver`, which "driven" ones need, `open(check)` as above (its result is handed to
--- `examine`), and a function `explain(message)` that returns a hint about an error.
---
--- A driver is a file that the child runs before the solution's, in the same state. It returns a
--- function that takes the solution's functions by name and returns those that the judge calls.
--- So a solution can be handed functions and objects, which no message carries. A driver reports
--- what happened as plain data and knows no answers. It takes all that it needs of the libraries
--- into locals when it is loaded: a solution can change the libraries, but not reach those, since
--- `debug` is off limits beside a driver. A module that keeps functions of `debug` hands them on to
--- who replaces what it calls: a driver beside a solution requires none.

local manifest = {}

local SOLUTION, ANSWERS = "solution.lua", "answers.md"
-- What works elsewhere than where it is measured.
local ELSEWHERE = {
  "luv", "perilune.async", "perilune.fetch", "perilune.native.fetch", "perilune.native.pool",
  "perilune.pool", "perilune.script.fetch", "perilune.script.pool", "io.popen", "os.execute",
}
local ALONE = "a solution of this exercise works alone, in one process without threads"
local REQUIRED = { title = "string", functions = "table", checks = "table", hints = "table" }

---@class Exercise
---@field number integer
---@field name string
---@field id string
---@field folder string
---@field title string
---@field solution string
---@field functions string[]
---@field checks table[]

local function check_needs(exercise)
  local seen = {}
  for _, check in ipairs(exercise.checks) do
    for _, need in ipairs(check.needs or {}) do
      assert(seen[need], ("check '%s' needs '%s', which is not before it"):format(check.name, need))
    end
    seen[check.name] = true
  end
end

--- Raises when the manifest is wrong: it is ours.
---@param entry Entry
---@return Exercise
function manifest.load(entry)
  local chunk = assert(loadfile(entry.folder .. "/exercise.lua"))
  local exercise = chunk(entry.folder)
  for field, kind in pairs(REQUIRED) do
    assert(type(exercise[field]) == kind, ("%s/exercise.lua has no %s"):format(entry.id, field))
  end
  for field, value in pairs(entry) do
    exercise[field] = value
  end
  exercise.solution = exercise.solution or SOLUTION
  check_needs(exercise)
  return exercise
end

--- The names of the student's files that the judge reads: the one to edit first.
---@param exercise Exercise
---@return string[]
function manifest.reads(exercise)
  local names = { exercise.solution }
  if exercise.solution ~= ANSWERS then
    names[2] = ANSWERS
  end
  for _, check in ipairs(exercise.checks) do
    if check.kind == "profile" then
      names[#names + 1] = check.profile
    end
  end
  return names
end

--- What a check puts off limits, modules and functions, as the child wants it.
---@param exercise Exercise
---@param check? table
---@return table<string, string> reasons by name
---@return boolean? late
function manifest.forbidden(exercise, check)
  local rule = check and check.forbidden or exercise.forbidden or { modules = {} }
  local reasons = {}
  for _, name in ipairs(exercise.concurrent and {} or ELSEWHERE) do
    reasons[name] = ALONE
  end
  for _, module in ipairs(rule.modules) do
    reasons[module] = rule.reason
  end
  return reasons, rule.late
end

--- The file that drives the solution in a check.
---@param exercise Exercise
---@param check? table
---@return string? path
function manifest.driver(exercise, check)
  return check and check.driver and exercise.folder .. "/" .. check.driver
end

return manifest
