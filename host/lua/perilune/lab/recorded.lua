--- What is recorded of a solution for its report, and decides nothing: a profile of one run, and
--- series of the exercise's own. The manifest's `report` tells how:
---
---   profile    the name of a profile that the student has saved; or else
---   driver     a file whose function `recorded` is called with
---   arguments  (seed) -> arguments, and returns {profile = json, series = {...}}
---   limits

local files = require("perilune.lab.files")
local manifest = require("perilune.lab.manifest")
local profiler = require("perilune.profiler")
local session = require("perilune.lab.session")

local recorded = {}

---@class Recorded
---@field profile? perilune.profiler.Profile
---@field series table[]
---@field problem? string why there is no profile

--- Paths without the folders, which say nothing to the student; and what calls the solution by a
--- name.
local function shorten(profile, run)
  local exercise = run.exercise
  local folder = exercise.folder:gsub("%p", "%%%0") .. "/"
  local driver = "@" .. manifest.driver(exercise, exercise.report)
  for _, fn in ipairs(profile.functions) do
    fn.name = fn.source == driver and "report" or fn.name
    fn.source = run:shown(fn.source):gsub(folder, "")
    if fn.source:sub(1, 1) == "@" then
      fn.source = fn.source:gsub("[^/@]+/[^/]+/%.%./%.%./", "")
    end
  end
  return profile
end

--- A profile that a child has sent, checked as any file is.
local function profile_of(text, run)
  local path = run.scratch .. "/recorded.profile.json"
  assert(files.write(path, text))
  local profile, message = profiler.load(path)
  return profile and shorten(profile, run), message
end

local function saved(plan, file)
  local path = files.folder(file) .. "/" .. plan.profile
  local profile, message = profiler.load(path)
  return { profile = profile, series = {}, problem = message }
end

local function drive(exercise, file, seed)
  local run <close> = session.new(exercise, file, { seed = seed })
  local check = exercise.report
  local child <close>, message, code = run:solution(check)
  if not child then
    return { series = {}, problem = run:failed(message, code, check).detail }
  end
  local arguments = table.pack(check.arguments(seed))
  local found, failure = run:drive(child, check, "recorded",
    table.unpack(arguments, 1, arguments.n))
  if not found then
    return { series = {}, problem = failure.detail }
  end
  local profile, refusal = profile_of(found.profile, run)
  return { profile = profile, series = found.series or {}, problem = refusal }
end

--- Records what the manifest asks for.
---@param exercise Exercise
---@param file string the solution
---@param seed integer
---@return Recorded
function recorded.of(exercise, file, seed)
  if exercise.report.profile then
    return saved(exercise.report, files.absolute(file))
  end
  return drive(exercise, file, seed)
end

return recorded
