--- A judge in a process of its own, which has loaded everything and waits for the word. It can be
--- ended in the midst of a check. It judges once and says what it finds, a line of JSON each:
---
---   {check = name}      is being decided now
---   {result = Result}
---   {report = Report}   the last
---   {problem = text}    the judge itself has failed
---
--- The judge's side is `serve`, everything else the watcher's.

local dkjson = require("dkjson")
local uv = require("luv")
local files = require("perilune.lab.files")
local loop = require("perilune.lab.watch.loop")
local pipe = require("perilune.lab.pipe")

local standby = {}

-- ms in which a judge that is interrupted ends what it has started.
local PATIENCE <const> = 1000

local SERVE <const> = "require('perilune.lab.watch.standby').serve()"

local function say(message)
  io.stdout:write(dkjson.encode(message), "\n")
  io.stdout:flush()
end

local function judge_file(exercise, file, seed)
  return require("perilune.lab.judge").run(exercise, file, {
    seed = seed, quick_first = true,
    before = function(check) say({ check = check.name }) end,
    after = function(result) say({ result = result }) end,
  })
end

--- The exercise, and all that its judging will need.
local function load_exercise(id)
  local entry = assert(require("perilune.lab.catalogue").find(id))
  local exercise = require("perilune.lab.manifest").load(entry)
  require("perilune.lab.judge")
  require("perilune.child")
  for _, check in ipairs(exercise.checks) do
    if not check.decide then
      require("perilune.lab.checks." .. check.kind)
    end
  end
  return exercise
end

--- Reads what to load, loads it, reads what to judge, judges. The end of its input ends it.
function standby.serve()
  local exercise = load_exercise(io.read("l"))
  local order = dkjson.decode(io.read("l") or "")
  if order then
    say({ report = judge_file(exercise, order.file, order.seed) })
  end
end

---@class Standby
---@field private process userdata
local Standby = {}
Standby.__index = Standby

local function add_lines(self, chunk)
  self.rest = self.rest .. chunk
  for line in self.rest:gmatch("([^\n]*)\n") do
    local message = dkjson.decode(line)
    if message and not self.ended then
      self.done = self.done or message.report ~= nil
      self.notify(message)
    end
  end
  self.rest = self.rest:match("[^\n]*$")
end

--- The last line that the process wrote to its standard error, for a failure of the judge's own.
local function last_line(text)
  return text:match("^perilune: ([^\n]+)") or text:match("([^\n]+)\n*$")
end

--- The process and both of its pipes have ended.
local function left(self)
  files.remove_tree(self.scratch)
  if self.timer then
    self.timer:close()
  end
  if not (self.ended or self.done) then
    self.notify({
      problem = ("the judge has ended: %s"):format(last_line(self.errors) or self.how),
    })
  end
end

local function variables(scratch)
  local list = { "TMPDIR=" .. scratch }
  for name, value in pairs(uv.os_environ()) do
    if name ~= "TMPDIR" then
      list[#list + 1] = name .. "=" .. value
    end
  end
  return list
end

--- Starts one. It is silent until it has the word.
---@param entry Entry
---@return Standby
function standby.start(entry)
  local self = setmetatable({ rest = "", errors = "" }, Standby)
  self.notify = function(message) self.early = message end
  self.scratch = files.scratch(files.memory())
  self.input, self.output = uv.new_pipe(false), uv.new_pipe(false)
  local errors, open = uv.new_pipe(false), 3
  local function ended()
    open = open - 1
    if open == 0 then
      left(self)
    end
  end
  self.process = assert(uv.spawn(uv.exepath(), {
    args = { "run", "-e", SERVE }, env = variables(self.scratch),
    stdio = { self.input, self.output, errors },
  }, loop.later(function(status, signal)
    self.how = signal ~= 0 and "signal " .. signal or "exit status " .. status
    self.process:close()
    ended()
  end)))
  pipe.each(self.output, loop.later(function(chunk) add_lines(self, chunk) end), loop.later(ended))
  pipe.whole(errors, loop.later(function(text)
    self.errors = text
    ended()
  end))
  self.input:write(entry.id .. "\n")
  return self
end

--- Whether somebody has ended it before it had the word; to write to it would end us.
---@return boolean
function Standby:has_ended()
  return self.early ~= nil
end

--- Gives the word.
---@param file string
---@param seed integer
---@param notify fun(message: table)
function Standby:judge(file, seed, notify)
  self.notify = notify
  if self.early then
    notify(self.early)
  end
  self.input:write(dkjson.encode({ file = file, seed = seed }) .. "\n")
end

--- Ends it, with all that it has started. Nothing is heard from it any more.
function Standby:close()
  if self.ended then
    return
  end
  self.ended = true
  self.input:close()
  if not self.process:is_closing() then
    self.process:kill("sigint")
    self.timer = uv.new_timer()
    self.timer:start(PATIENCE, 0, loop.later(function()
      if not self.process:is_closing() then
        self.process:kill("sigkill")
      end
    end))
  end
end

return standby
