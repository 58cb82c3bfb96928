--- perilune watch [N]

local dkjson = require("dkjson")
local uv = require("luv")
local beside = require("perilune.cli.watch.beside")
local board = require("perilune.cli.watch.board")
local catalogue = require("perilune.lab.catalogue")
local exits = require("perilune.cli.exits")
local judging = require("perilune.lab.watch.judging")
local loop = require("perilune.lab.watch.loop")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")
local screen = require("perilune.cli.watch.screen")
local starter = require("perilune.lab.starter")
local stream = require("perilune.cli.watch.stream")
local terminal = require("perilune.cli.terminal")
local workspace = require("perilune.lab.workspace")

local watch = { summary = "decide an exercise's criteria whenever you save" }

function watch.define(parser)
  parser:argument("N", "The exercise; by default this folder's, or the one under way.")
    :target("exercise"):argname("N"):args("?")
  parser:epilog("Right answers are decided at once, speed and the like after them; a save begins "
    .. "anew.\n\nIn a terminal: n the next exercise, when all has passed; h a hint; l the list; "
    .. "c check again; r the report; q quit. Without one, verdicts are printed line by line until "
    .. "a signal comes, or the end of the pipe that standard input is.")
end

---@class Watch
---@field judging Judging
---@field code? integer     the exit code, when it is to end
local Watch = {}
Watch.__index = Watch

-- Keys that run a command, whose output is shown.
local COMMANDS <const> = { h = "hint", l = "list", r = "report" }
local LABELS <const> = {
  { "n", "next" }, { "h", "hint" }, { "l", "list" }, { "c", "check again" }, { "r", "report" },
  { "q", "quit" },
}

local function keys_line()
  local parts = {}
  for _, label in ipairs(LABELS) do
    parts[#parts + 1] = ("%s %s"):format(terminal.paint(label[1], "bold"), label[2])
  end
  return "  " .. table.concat(parts, "   ")
end

--- The first exercise after this one that has not passed, else the first of all; nil when all have.
local function next_of(entry)
  local first, after
  for _, each in ipairs(catalogue.list() or {}) do
    if each.number ~= entry.number and workspace.state(each) ~= "passed" then
      first = first or each
      after = after or each.number > entry.number and each or nil
    end
  end
  return after or first
end

local function passed_text(entry)
  local following = next_of(entry)
  if not following then
    return ("All passed, and so has every other exercise. `perilune compare %d` shows yours beside "
      .. "others."):format(entry.number)
  end
  return ("All passed. n: on to exercise %d, %s. `perilune compare %d` shows yours beside others.")
    :format(following.number, manifest.load(following).title, entry.number)
end

function Watch:draw()
  local width, height = self.screen:size()
  local shown = self.judging
  local text = self.text
  if not text and shown.report and shown.report.verdict == "passed" then
    text = report.paragraph(terminal.paint(passed_text(shown.entry), "green"), width)
  end
  self.screen:draw(board.lines({
    judging = shown, text = text, keys = self.keys, width = width, height = height,
    paint = terminal.paint,
  }))
end

--- Shows a text below the verdicts, until what it is about has changed.
function Watch:show(text)
  self.text = text
  self:draw()
end

function Watch:follow(entry)
  self.judging = judging.new(entry, function(what, result)
    if what == "begin" then
      self:stop()
      self.text = nil
    end
    self.view(what, result)
  end)
  self.judging:begin()
end

--- Goes where exercises are side by side, whatever folder this was begun in, and starts one there
--- if it is not.
local function move(from, to)
  local inside = workspace.folder(from) == "."
  if inside then
    assert(uv.chdir(".."))
  end
  if workspace.started(to) then
    return true
  end
  local folder, message = starter.copy(manifest.load(to))
  if not folder and inside then
    assert(uv.chdir(from.id))
  end
  return folder, message
end

function Watch:next()
  local current, judged = self.judging.entry, self.judging.report
  if not (judged and judged.verdict == "passed") then
    return self:show(report.paragraph(("exercise %d has not passed yet; `perilune watch N` watches "
      .. "another one"):format(current.number), terminal.width))
  end
  local following = next_of(current)
  if not following then
    return self:draw()
  end
  local moved, message = move(current, following)
  if not moved then
    return self:show(report.paragraph(message, terminal.width))
  end
  self.judging:close()
  self:follow(following)
end

local function arguments_of(command, number)
  if command == "list" then
    return { command }
  end
  return { command, tostring(number), command == "hint" and "--json" or nil }
end

--- A hint without what is on the screen anyway.
local function hint_text(output)
  local given = dkjson.decode(output)
  local one = given and given.hints[1]
  local text = one and ("hint %d of %d about %s: %s"):format(one.number, given.of, given.label,
    one.text) or "nothing fails: no hint is needed"
  return report.paragraph(text, terminal.width)
end

--- Ends a command that runs beside; what it would have said is asked for no more. It has scratch
--- folders to remove.
function Watch:stop()
  if self.running then
    self.running:kill("sigint")
    self.running = nil
  end
end

--- Runs a command beside, and shows what it prints.
function Watch:run(command)
  if command == "report" and not self.judging.report then
    return self:show("  the report is about all verdicts: r again when they are there")
  end
  self:stop()
  self:show(terminal.paint("  " .. command .. " ...", "dim"))
  local process
  local arguments = arguments_of(command, self.judging.entry.number)
  process = beside.run(arguments, function(output, errors)
    if process ~= self.running then
      return
    end
    self.running = nil
    local text = output == "" and errors or command == "hint" and hint_text(output) or output
    self:show((text:gsub("%s+$", "")))
  end)
  self.running = process
end

function Watch:press(key)
  if key == "q" then
    self.code = 0
  elseif key == "\3" then
    self.code = exits.INTERRUPTED
  elseif key == "c" then
    self.judging:begin()
  elseif key == "n" then
    self:next()
  elseif COMMANDS[key] then
    self:run(COMMANDS[key])
  end
end

function Watch:open()
  self.handles = {}
  for name, code in pairs(exits.SIGNALS) do
    local signal = uv.new_signal()
    signal:start(name, loop.later(function() self.code = code end))
    self.handles[#self.handles + 1] = signal
  end
  if screen.possible() then
    self.keys = keys_line()
    self.screen = screen.open(function(key) self:press(key) end, function() self:draw() end)
    self.view = function() self:draw() end
  else
    self.handles[#self.handles + 1] = stream.input(loop.later(function() self.code = 0 end))
    self.view = stream.printer(self)
  end
end

function Watch:close()
  if self.screen then
    self.screen:close()
  end
  for _, handle in ipairs(self.handles) do
    handle:close()
  end
  self:stop()
  if self.judging then
    self.judging:close()
  end
  loop.finish()
end

Watch.__close = Watch.close

local function farewell(self)
  if self.screen then
    local judged = self.judging.report
    terminal.say(("Exercise %d  %s: %s. `perilune watch` goes on."):format(
      self.judging.entry.number, self.judging.exercise.title,
      judged and report.summary(judged) or "not decided"))
  end
end

function watch.run(args)
  local entry, message = workspace.chosen(args.exercise)
  if not entry then
    return nil, message, exits.MISUSE
  end
  local self = setmetatable({}, Watch)
  do
    local _ <close> = self
    self:open()
    self:follow(entry)
    while not self.code do
      loop.turn()
    end
  end
  farewell(self)
  return self.code
end

return watch
