--- What `watch` does without a screen: prints verdicts as they fall, and ends with its input.

local uv = require("luv")
local board = require("perilune.cli.watch.board")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")

local stream = {}

--- Prints what happens to `watching.judging`.
---@param watching Watch
---@return fun(what: string, result?: Result)
function stream.printer(watching)
  local print = {}

  function print.begin()
    terminal.say("", board.heading(watching.judging, terminal.paint), "")
  end

  function print.result(result)
    local width = report.label_width(watching.judging.exercise)
    terminal.say(report.row(result, width, terminal.paint, terminal.width))
  end

  function print.report()
    local judged = watching.judging.report
    terminal.say("", "  " .. report.verdict(judged, terminal.paint),
      report.paragraph("next: " .. report.advice(judged), terminal.width))
    verdicts.warn(judged.warnings)
  end

  function print.problem()
    terminal.say("", report.paragraph(watching.judging.problem, terminal.width))
  end

  return function(what, result)
    if print[what] then
      print[what](result)
    end
  end
end

--- Standard input where its end is a reason to end: a pipe, whose other side has gone. A file and
--- /dev/null are at their end from the beginning, and a terminal has Ctrl-C.
---@param ended fun()
---@return userdata? handle nil where there is no such reason
function stream.input(ended)
  if uv.guess_handle(0) ~= "pipe" then
    return nil
  end
  local pipe = uv.new_pipe(false)
  pipe:open(0)
  pipe:read_start(function(_, chunk)
    if not chunk then
      ended()
    end
  end)
  return pipe
end

return stream
