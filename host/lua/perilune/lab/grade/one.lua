--- Judges one submission: the task of a worker.

local hidden = require("perilune.lab.hidden")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")

local one = {}

-- By folder: a worker judges many submissions to the same exercise.
local loaded = {}

---@class Job
---@field entry Entry
---@field hidden? string    folder of hidden checks
---@field file string
---@field seed integer
---@field sandbox? string
---@field scratch string
---@field earlier? Earlier  what the run without clocks has decided

---@param job Job
---@return Exercise
local function exercise_of(job)
  local key = job.entry.folder .. "\0" .. (job.hidden or "")
  if not loaded[key] then
    local exercise = manifest.load(job.entry)
    if job.hidden then
      assert(hidden.add(exercise, job.hidden))
    end
    loaded[key] = exercise
  end
  return loaded[key]
end

---@param job Job
---@return Report
function one.judge(job)
  return judge.run(exercise_of(job), job.file, {
    seed = job.seed, sandbox = job.sandbox, scratch = job.scratch, untimed = not job.earlier,
    earlier = job.earlier, brief = true,
  })
end

return one
