--- Whether the exercises judge what they should: their starters fail, and all that is said to be
--- right passes, again and again.

local comparison = require("perilune.lab.comparison")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")

local verify = {}

---@class Verified
---@field exercise integer
---@field what string        "starter", "worked solution", "script"
---@field wanted "fails"|"passes"
---@field rounds integer
---@field wrong integer      verdicts that were not as wanted
---@field inconclusive integer
---@field reason? string     of the first that was not as wanted

local function first_problem(report)
  for _, result in ipairs(report.results) do
    if result.status ~= "pass" and result.status ~= "reader" then
      return ("%s: %s: %s"):format(result.label, result.status, result.detail)
    end
  end
end

--- Judges a file: "passed", "failed" or "inconclusive", and why.
local function judged(exercise, file)
  return function(seed)
    local report = judge.run(exercise, file, { seed = seed })
    return report.verdict, first_problem(report)
  end
end

--- Runs the versions that are compared once, which must all be right.
local function versions(core)
  return function(seed)
    local compared = comparison.run(core, nil, { seed = seed, rounds = 1 })
    for _, row in ipairs(compared.rows) do
      if row.problem then
        return "failed", ("%s: %s"):format(row.name, row.problem)
      end
    end
    return "passed"
  end
end

--- What `compare` of an exercise times: none, one, or several things.
local function cores_of(exercise)
  local plan = exercise.compare or {}
  return plan.cores or { plan.core } or {}, plan.versions and exercise
end

local function subjects_of(exercise)
  local list = {
    { what = "starter", wanted = "fails",
      run = judged(exercise, exercise.folder .. "/starter/" .. exercise.solution) },
    { what = "worked solution", wanted = "passes",
      run = judged(exercise, exercise.folder .. "/reference/" .. exercise.solution) },
  }
  local naive = exercise.naive
  if naive and #exercise.functions == 1 and naive.growth == 2 then
    list[#list + 1] = { what = "naive", wanted = "fails", naive = naive }
  end
  local cores, whole = cores_of(exercise)
  for _, core in ipairs(whole and { whole } or cores) do
    list[#list + 1] = { what = "script and native", wanted = "passes", run = versions(core) }
  end
  return list
end

--- The given version under the name that is asked for, in a file that is removed at the end.
local function with_naive(exercise, naive)
  local folder = files.scratch()
  local file = folder .. "/" .. exercise.solution
  assert(files.write(file, ("return { %s = dofile(%q).%s }\n"):format(exercise.functions[1],
    exercise.folder .. "/" .. naive.file, naive.name)))
  return setmetatable({ file = file }, { __close = function() files.remove_tree(folder) end })
end

local function round_of(exercise, subject, seed)
  if not subject.naive then
    return subject.run(seed)
  end
  local naive <close> = with_naive(exercise, subject.naive)
  return judged(exercise, naive.file)(seed)
end

local function note(row, verdict, reason)
  row.rounds = row.rounds + 1
  if verdict == "inconclusive" then
    row.inconclusive = row.inconclusive + 1
  elseif (verdict == "passed") ~= (row.wanted == "passes") then
    row.wrong = row.wrong + 1
    row.reason = row.reason or reason or "it passes"
  end
end

--- Each subject of an exercise, `rounds` times with other data each time.
---@param entry Entry
---@param rounds integer
---@param seed integer of the first round
---@param on_round? fun(row: Verified)
---@return Verified[]
function verify.exercise(entry, rounds, seed, on_round)
  local exercise, list = manifest.load(entry), {}
  for _, subject in ipairs(subjects_of(exercise)) do
    local row = {
      exercise = exercise.number, what = subject.what, wanted = subject.wanted, rounds = 0,
      wrong = 0, inconclusive = 0,
    }
    list[#list + 1] = row
    for round = 1, rounds do
      note(row, round_of(exercise, subject, seed + round - 1))
      if on_round then
        on_round(row)
      end
    end
  end
  return list
end

return verify
