--- The student's folders: ./NN-name/ in the current folder.

local dkjson = require("dkjson")
local catalogue = require("perilune.lab.catalogue")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")

local workspace = {}

local RECORD = ".perilune.json"

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

--- What changes whenever a file of the student's that the judge reads is saved.
---@param entry Entry
---@return string
function workspace.stamp(entry)
  return files.stamp(workspace.folder(entry), manifest.reads(manifest.load(entry)))
end

---@class Record
---@field verdict? "passed"|"failed"|"inconclusive"
---@field obstacle? Result          what kept it from passing
---@field judged? Report            the whole verdict, with its measures
---@field fresh boolean             no file has changed since
---@field hints table<string, integer>  by check: how many were given

--- What is remembered of the student's own files.
---@param entry Entry
---@return Record
function workspace.recall(entry)
  local record = dkjson.decode(files.read(workspace.file(entry, RECORD)) or "")
  record = type(record) == "table" and record or {}
  record.hints = type(record.hints) == "table" and record.hints or {}
  record.fresh = record.stamp == workspace.stamp(entry)
  return record
end

local function write(entry, record)
  return files.write(workspace.file(entry, RECORD), report.json({
    verdict = record.verdict, stamp = record.stamp, obstacle = record.obstacle,
    hints = next(record.hints) and record.hints or nil, judged = record.judged,
  }) .. "\n")
end

--- Remembers a verdict, which may be about some of the criteria alone.
---@param entry Entry
---@param judged Report|{verdict: string, results: Result[]}
---@param stamp string of the files as they were when the judging began
---@return boolean? ok
---@return string? message
function workspace.record(entry, judged, stamp)
  local is_whole = judged.environment and #judged.results == #manifest.load(entry).checks
  return write(entry, {
    verdict = judged.verdict, obstacle = judge.obstacle(judged.results), stamp = stamp,
    hints = workspace.recall(entry).hints,
    judged = is_whole and judged or nil,
  })
end

--- The last verdict and its measures, where nothing that they are about has changed since.
---@param entry Entry
---@return Report? judged
function workspace.recorded(entry)
  local record = workspace.recall(entry)
  return record.fresh and record.judged or nil
end

--- Remembers how many hints were given about a check.
---@param entry Entry
---@param name string
---@param count integer
---@return boolean? ok
---@return string? message
function workspace.record_hint(entry, name, count)
  local record = workspace.recall(entry)
  record.hints[name] = count
  return write(entry, record)
end

--- Forgets verdicts and hints.
---@param entry Entry
function workspace.forget(entry)
  files.remove(workspace.file(entry, RECORD))
end

--- A solution changed since it passed counts as started.
---@param entry Entry
---@return "not started"|"started"|"passed"
function workspace.state(entry)
  if not workspace.started(entry) then
    return "not started"
  end
  local record = workspace.recall(entry)
  return record.fresh and record.verdict == "passed" and "passed" or "started"
end

local function only(entries)
  if #entries > 1 then
    return nil, "several exercises are started here: say which one, as in `perilune check 2`"
  end
  return entries[1]
end

local function only_started(entries)
  local states = { started = {}, passed = {}, ["not started"] = {} }
  for _, entry in ipairs(entries) do
    table.insert(states[workspace.state(entry)], entry)
  end
  local entry, message = only(states.started)
  if entry or message then
    return entry, message
  end
  entry, message = only(states.passed)
  return entry, message or "no exercise is started here: perilune list"
end

--- The exercise that is meant when none is named: the current folder's, else the only one started
--- that has not passed, else the only one that has.
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

--- The exercise that is named, or meant.
---@param name? string
---@return Entry? entry
---@return string? message
function workspace.find(name)
  if name then
    return catalogue.find(name)
  end
  return workspace.current()
end

--- The same, if it is started.
---@param name? string
---@return Entry? entry
---@return string? message
function workspace.chosen(name)
  local entry, message = workspace.find(name)
  if entry and not workspace.started(entry) then
    local number = entry.number
    return nil, ("exercise %d is not started here: perilune start %d"):format(number, number)
  end
  return entry, message
end

return workspace
