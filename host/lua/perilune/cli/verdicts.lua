--- Judges a solution and shows each verdict as it falls; used by `check` and `demo`.

local judge = require("perilune.lab.judge")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")
local workspace = require("perilune.lab.workspace")

local LACKS = "the sandbox has %s here; docs/security.md tells what that means"

local verdicts = {}

--- The heading of an exercise.
---@param exercise Exercise
---@param name? string of what is shown about it
function verdicts.heading(exercise, name)
  local title = terminal.paint(("Exercise %d  %s"):format(exercise.number, exercise.title), "bold")
  terminal.say(name and ("%s  %s"):format(title, terminal.paint(name, "dim")) or title, "")
end

--- Judges and prints a row for each criterion, then the sum.
---@param exercise Exercise
---@param file string
---@param seed integer
---@return Report
function verdicts.show(exercise, file, seed)
  local width = report.label_width(exercise)
  local judged = judge.run(exercise, file, {
    seed = seed,
    before = function(check)
      terminal.progress(("  ...   %s"):format(check.label))
    end,
    after = function(result)
      terminal.clear()
      terminal.say(report.row(result, width, terminal.paint, terminal.width))
    end,
  })
  terminal.say("", "  " .. report.verdict(judged, terminal.paint))
  verdicts.warn(judged.warnings)
  return judged
end

--- What disturbed the measures.
---@param warnings string[]
function verdicts.warn(warnings)
  for _, warning in ipairs(warnings) do
    terminal.say(terminal.paint(
      report.paragraph("busy machine: " .. warning, terminal.width), "yellow"))
  end
end

--- What the sandbox lacked, if anything.
---@param judged Report
function verdicts.caveat(judged)
  if judged.missing then
    local text = LACKS:format(judged.missing)
    terminal.say(terminal.paint(report.paragraph(text, terminal.width), "dim"))
  end
end

--- Remembers a verdict about the student's own files; one that cannot be is told all the same.
---@param entry Entry
---@param judged Report
---@param stamp string of the files as they were when the judging began
function verdicts.remember(entry, judged, stamp)
  local saved, message = workspace.record(entry, judged, stamp)
  if not saved then
    io.stderr:write("perilune: the verdict is not remembered: ", message, "\n")
  end
end

return verdicts
