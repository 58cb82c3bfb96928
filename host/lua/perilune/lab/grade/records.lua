--- What a batch remembers: a file a student, written when the submission is decided, so that a
--- batch that was ended can go on. It counts as long as nothing that it came from has changed.

local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local submissions = require("perilune.lab.grade.submissions")
local values = require("perilune.native.message")

local records = {}

-- Records are apart from students' pages: they tell what hidden checks have asked.
local BATCH <const>, RECORDS <const> = "batch.json", "records"

---@class Records
---@field folder string
---@field basis string  of all verdicts: the exercise, the hidden checks, the seed
local Records = {}
Records.__index = Records

--- Texts that a folder's Lua files hold, its own and one folder deep.
local function sources(folder, parts)
  for _, name in ipairs(files.list(folder) or {}) do
    local path = folder .. "/" .. name
    if name:find("%.lua$") then
      parts[#parts + 1] = name .. "\0" .. (files.read(path) or "")
    elseif name == "judge" then
      sources(path, parts)
    end
  end
end

local function basis_of(plan)
  local parts = { ("%x %s"):format(plan.seed, plan.sandbox or "") }
  sources(plan.entry.folder, parts)
  if plan.hidden then
    sources(plan.hidden, parts)
  end
  return files.hash(table.concat(parts, "\0"))
end

local function read_json(path)
  local value = dkjson.decode(files.read(path) or "", 1, nil)
  return type(value) == "table" and value or nil
end

--- The seed of the batch that a folder holds.
---@param folder string
---@return integer? seed nil where there is none
function records.seed(folder)
  local about = read_json(folder .. "/" .. BATCH)
  return about and math.tointeger(tonumber(about.seed or "", 16))
end

local function make_folder(path)
  if files.kind(path) == "directory" then
    return true
  end
  return files.make_folder(path)
end

--- Opens the folder of a batch, and makes it.
---@param folder string
---@param plan Plan
---@return Records?
---@return string? message
function records.open(folder, plan)
  for _, name in ipairs({ "", "/" .. RECORDS, "/students", "/submissions" }) do
    local path = folder .. name
    local ok, message = make_folder(path)
    if not ok then
      return nil, ("%s cannot be made: %s"):format(path, message)
    end
  end
  local text = dkjson.encode({ exercise = plan.entry.number, seed = ("%x"):format(plan.seed) })
  local ok, message = files.replace(folder .. "/" .. BATCH, text .. "\n")
  return ok and setmetatable({ folder = folder, basis = basis_of(plan) }, Records), message
end

local function path_of(records_, submission)
  return ("%s/%s/%s.json"):format(records_.folder, RECORDS, submission.id)
end

local function stamp_of(records_, submission)
  return records_.basis .. " " .. submissions.stamp(submission.path)
end

--- What an earlier batch has decided, where it still counts.
---@param submission Submission
---@return {file?: string, problem?: string, report?: Report}?
function Records:find(submission)
  local record = read_json(path_of(self, submission))
  return record and record.stamp == stamp_of(self, submission) and record.entry == submission.entry
    and record or nil
end

local function path_of_begun(records_, submission)
  return (path_of(records_, submission):gsub("json$", "begun"))
end

--- What is decided without clocks. It has measures that JSON has no way to write.
---@param submission Submission
---@param report Report
function Records:begin(submission, report)
  assert(files.replace(path_of_begun(self, submission),
    assert(values.encode(submission.stamp, submission.file, report))))
end

--- What a batch that was ended has decided without clocks, where it still counts.
---@param submission Submission with stamp and file
---@return Report? report
function Records:begun(submission)
  local bytes = files.read(path_of_begun(self, submission))
  local ok, stamp, file, report = values.decode(bytes or "")
  return ok and stamp == submission.stamp and file == submission.file and report or nil
end

---@param submission Submission
---@param report? Report
---@param problem? string
function Records:save(submission, report, problem)
  files.remove(path_of_begun(self, submission))
  assert(files.replace(path_of(self, submission), dkjson.encode({
    student = submission.student, entry = submission.entry, file = submission.file,
    stamp = submission.stamp, problem = problem, report = report,
  }, { indent = true }) .. "\n"))
end

--- Notes what a submission was before it is judged.
---@param submission Submission
function Records:note(submission)
  submission.stamp = stamp_of(self, submission)
end

return records
