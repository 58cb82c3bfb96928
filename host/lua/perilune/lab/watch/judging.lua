--- What is known about one exercise's files as they are saved: each save begins a new judging and
--- ends the one under way.

local uv = require("luv")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local saves = require("perilune.lab.watch.saves")
local standby = require("perilune.lab.watch.standby")
local workspace = require("perilune.lab.workspace")

---@class Judging
---@field entry Entry
---@field exercise Exercise
---@field path string             of the student's file, as people name it
---@field results Result[]        those that have fallen, in the exercise's order
---@field check? string           name of the one that is being decided
---@field obstacle? Result        what keeps the files from passing, as far as is known
---@field report? Report          when all have fallen
---@field problem? string         why nothing is decided
---@field saved integer           seconds since the epoch
---@field private notify fun(what: "begin"|"check"|"result"|"report"|"problem", result?: Result)
local Judging = {}
Judging.__index = Judging

local judging = {}

local function is_quick_done(self)
  for name in pairs(self.quick) do
    if not self.done[name] then
      return false
    end
  end
  return true
end

--- Remembers what is known, so that `hint` and `list` know it too.
local function remember(self, judged)
  local remembered, message = workspace.record(self.entry, judged, self.stamp)
  self.unremembered = not remembered and message or nil
end

--- An obstacle is remembered at once: the rest may take long.
local function remember_obstacle(self)
  local obstacle = judge.obstacle(self.results)
  if obstacle and obstacle ~= self.obstacle then
    self.obstacle = obstacle
    remember(self, {
      verdict = obstacle.status == "inconclusive" and "inconclusive" or "failed",
      results = self.results,
    })
  end
end

local function take(self, message)
  if message.problem then
    self.problem, self.check = message.problem, nil
    return self.notify("problem")
  elseif message.check then
    self.check = message.check
    return self.notify("check")
  elseif message.report then
    self.report, self.check = message.report, nil
    remember(self, message.report)
    return self.notify("report")
  end
  local result = message.result
  self.done[result.name] = result
  self.results = judge.listed(self.exercise, self.done)
  if self.quick[result.name] and is_quick_done(self) then
    self.spare = self.spare or standby.start(self.entry)
  end
  remember_obstacle(self)
  self.notify("result", result)
end

--- Why there is nothing to judge.
local function refusal(self)
  local kind = files.kind(self.path)
  if not files.kind(workspace.folder(self.entry)) then
    return ("%s/ is gone: `perilune start %d` makes it anew"):format(self.entry.id,
      self.exercise.number)
  elseif not kind then
    return ("%s is not there: save it, or `perilune reset %d` brings the first one back"):format(
      self.path, self.exercise.number)
  elseif kind ~= "file" then
    return ("%s is a %s, not a file"):format(self.path, kind)
  end
  local file <close>, message = io.open(self.path)
  return not file and message or nil
end

--- Judges the files as they are now.
function Judging:begin()
  if self.judge then
    self.judge:close()
    self.judge = nil
  end
  self.done, self.results = {}, {}
  self.report, self.check, self.obstacle = nil, nil, nil
  self.saved, self.problem = os.time(), refusal(self)
  if self.problem then
    return self.notify("problem")
  end
  local is_ready = self.spare and not self.spare:has_ended()
  self.judge, self.spare = is_ready and self.spare or standby.start(self.entry), nil
  self.stamp = workspace.stamp(self.entry)
  self.notify("begin")
  self.judge:judge(files.absolute(self.path), uv.hrtime() >> 8 & 0xffff, function(message)
    take(self, message)
  end)
end

--- Ends what is under way; to be called before the loop runs for the last time.
function Judging:close()
  self.saves:close()
  if self.judge then
    self.judge:close()
  end
  if self.spare then
    self.spare:close()
  end
end

--- Begins with a first judging. `notify` is called as things happen.
---@param entry Entry one that is started
---@param notify fun(what: "begin"|"check"|"result"|"report"|"problem", result?: Result)
---@return Judging
function judging.new(entry, notify)
  local exercise = manifest.load(entry)
  local self = setmetatable({
    entry = entry, exercise = exercise, path = workspace.solution(entry), notify = notify,
    quick = {},
  }, Judging)
  for name, quick in pairs(judge.quick(exercise)) do
    self.quick[name] = quick or nil
  end
  self.saves = saves.watch(workspace.folder(entry), manifest.reads(exercise), function()
    self:begin()
  end)
  return self
end

return judging
