--- The student's folders: ./NN-name/ in the current folder.

local dkjson = require("dkjson")
local catalogue = require("perilune.lab.catalogue")
local files = require("perilune.lab.files")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")

local workspace = {}

local RECORD, ANSWERS = ".perilune.json", "answers.md"

--- Where the student works on an exercise: the current folder when it is the exercise's own,
--- else a folder in it.
---@param entry Entry
---@return string folder relative, without a trailing slash
function workspace.folder(entry)
  return files.basename(files.absolute(".")) == entry.id and "." or entry.id
end

--- Where a file of the student's stands.
---@param entry Entry
---@param name string
---@return string path
function workspace.file(entry, name)
  local folder = workspace.folder(entry)
  return folder == "." and name or folder .. "/" .. name
end

---@param entry Entry
---@return string path of the file to edit
function workspace.solution(entry)
  return workspace.file(entry, manifest.load(entry).solution)
end

---@param entry Entry
---@return boolean
function workspace.started(entry)
  return files.kind(workspace.solution(entry)) == "file"
end

--- Remembers the last verdict on the student's own file.
---@param entry Entry
---@param judged Report
---@return boolean? ok
---@return string? message
function workspace.record(entry, judged)
  return files.write(workspace.file(entry, RECORD), report.json(judged) .. "\n")
end

--- The last verdict and its measures, where nothing that they are about has changed since.
---@param entry Entry
---@return Report? judged
function workspace.recorded(entry)
  local path, exercise = workspace.file(entry, RECORD), manifest.load(entry)
  for _, name in ipairs({ exercise.solution, ANSWERS, exercise.report.profile }) do
    if files.newer(workspace.file(entry, name), path) then
      return nil
    end
  end
  local judged = dkjson.decode(files.read(path) or "")
  local is_whole = type(judged) == "table" and judged.results and judged.environment
  return is_whole and judged or nil
end

--- A solution changed since it passed counts as started.
---@param entry Entry
---@return "not started"|"started"|"passed"
function workspace.state(entry)
  if not workspace.started(entry) then
    return "not started"
  end
  local record = dkjson.decode(files.read(workspace.file(entry, RECORD)) or "")
  local passed = type(record) == "table" and record.verdict == "passed"
  local changed = files.newer(workspace.solution(entry), workspace.file(entry, RECORD))
  return passed and not changed and "passed" or "started"
end

local function sources(exercise)
  local list = {}
  for _, name in ipairs(assert(files.list(exercise.folder .. "/starter"))) do
    list[#list + 1] = { from = exercise.folder .. "/starter/" .. name, name = name }
  end
  for _, name in ipairs(exercise.given or {}) do
    list[#list + 1] = { from = exercise.folder .. "/" .. name, name = name }
  end
  return list
end

local function occupied(folder)
  local kind = files.kind(folder)
  if not kind then
    return nil
  elseif kind ~= "directory" then
    return ("%s is there already, and is no folder"):format(folder)
  end
  local names = files.list(folder) or {}
  if #names > 0 then
    return ("%s/ is there already, with %s in it"):format(folder, names[#names])
  end
end

--- Copies what the student gets into ./NN-name/. Writes over nothing.
---@param exercise Exercise
---@return string? folder
---@return string? message
function workspace.start(exercise)
  local folder = exercise.id
  local message = occupied(folder)
  if message then
    return nil, message
  end
  if not files.kind(folder) then
    local made, failure = files.make_folder(folder)
    if not made then
      return nil, ("%s/ cannot be made: %s"):format(folder, failure)
    end
  end
  for _, source in ipairs(sources(exercise)) do
    local copied, failure = files.copy_new(source.from, folder .. "/" .. source.name)
    if not copied then
      return nil, ("%s/%s cannot be written: %s"):format(folder, source.name, failure)
    end
  end
  return folder
end

local function only_started(entries)
  local found
  for _, entry in ipairs(entries) do
    if workspace.started(entry) then
      if found then
        return nil, "several exercises are started here: say which one, as in `perilune check 2`"
      end
      found = entry
    end
  end
  return found, "no exercise is started here: perilune list"
end

--- The exercise that is meant when none is named: the current folder's, else the only one
--- started.
---@return Entry? entry
---@return string? message
function workspace.current()
  local entry = catalogue.find(files.basename(files.absolute(".")))
  if entry then
    return entry
  end
  local entries, message = catalogue.list()
  if not entries then
    return nil, message
  end
  return only_started(entries)
end

return workspace
