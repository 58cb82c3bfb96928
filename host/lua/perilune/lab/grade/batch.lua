--- Many submissions, judged in worker processes: what reads no clock by several at once, then the
--- rest one at a time, alone on the machine. A worker that dies or hangs costs its submission only.

local files = require("perilune.lab.files")
local one = require("perilune.lab.grade.one")
local pool = require("perilune.native.pool")

local batch = {}

-- Seconds for one submission; the judge's own limits are far below it.
local PATIENCE <const> = 600

local REASONS <const> = {
  timeout = ("the judging took more than %d s in all"):format(PATIENCE),
  crash = "the judge itself crashed (%s)",
}

local function problem_of(failure)
  local reason = REASONS[failure.code] or "the judge itself failed: %s"
  return (reason:format(failure.message))
end

---@class Plan
---@field entry Entry
---@field hidden? string
---@field seed integer
---@field sandbox? string
---@field jobs integer
---@field on_begun fun(submission: Submission, report: Report) what needs no clock is decided
---@field on_result fun(submission: Submission, report?: Report, problem?: string)

local function jobs_of(plan, list, scratch)
  local jobs = {}
  for i, submission in ipairs(list) do
    jobs[i] = {
      entry = plan.entry, hidden = plan.hidden, file = submission.file, seed = plan.seed,
      sandbox = plan.sandbox, scratch = scratch, earlier = submission.begun,
    }
  end
  return jobs
end

--- Judges each of a list, as far as it goes without clocks or from there on.
local function pass(plan, list, workers, scratch)
  if #list == 0 then
    return
  end
  local crew <close> = assert(pool.new({ workers = workers, task_timeout = PATIENCE }))
  local jobs = jobs_of(plan, list, scratch)
  local options = { ordered = false, chunksize = 1, window = 2 * workers, on_error = "return" }
  for i, report in crew:imap(one.judge, jobs, options) do
    local submission = list[i]
    if pool.is_error(report) then
      plan.on_result(submission, nil, problem_of(report))
    elseif report.counts.later then
      submission.begun = report
      plan.on_begun(submission, report)
    else
      plan.on_result(submission, report)
    end
  end
end

local function begun(list, wanted)
  local some = {}
  for _, submission in ipairs(list) do
    some[#some + 1] = (submission.begun ~= nil) == wanted and submission or nil
  end
  return some
end

--- Judges submissions that have a file, those that have `begun` from there on. The result of each
--- is told once.
---@param plan Plan
---@param list Submission[]
function batch.run(plan, list)
  local scratch = files.scratch(files.memory())
  local _ <close> = setmetatable({}, { __close = function() files.remove_tree(scratch) end })
  pass(plan, begun(list, false), plan.jobs, scratch)
  pass(plan, begun(list, true), 1, scratch)
end

return batch
