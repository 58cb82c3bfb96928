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
---@field on_result fun(submission: Submission, report?: Report, problem?: string)

local function jobs_of(plan, list, scratch, reports)
  local jobs = {}
  for i, submission in ipairs(list) do
    jobs[i] = {
      entry = plan.entry, hidden = plan.hidden, file = submission.file, seed = plan.seed,
      sandbox = plan.sandbox, scratch = scratch, earlier = reports[submission],
    }
  end
  return jobs
end

--- Judges each of a list; those that have checks left are returned.
local function pass(plan, list, workers, scratch, reports)
  local left = {}
  if #list == 0 then
    return left
  end
  local crew <close> = assert(pool.new({ workers = workers, task_timeout = PATIENCE }))
  local jobs = jobs_of(plan, list, scratch, reports)
  local options = { ordered = false, chunksize = 1, window = 2 * workers, on_error = "return" }
  for i, report in crew:imap(one.judge, jobs, options) do
    local submission = list[i]
    if pool.is_error(report) then
      plan.on_result(submission, nil, problem_of(report))
    elseif report.counts.later then
      reports[submission], left[#left + 1] = report, submission
    else
      plan.on_result(submission, report)
    end
  end
  return left
end

--- Judges submissions that have a file. Each is told of once, when it is decided.
---@param plan Plan
---@param list Submission[]
function batch.run(plan, list)
  local scratch = files.scratch()
  local _ <close> = setmetatable({}, { __close = function() files.remove_tree(scratch) end })
  local reports = {}
  local left = pass(plan, list, plan.jobs, scratch, reports)
  pass(plan, left, 1, scratch, reports)
end

return batch
