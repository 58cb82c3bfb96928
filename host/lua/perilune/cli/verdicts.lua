--- Judges a solution and shows each verdict as it falls; used by `check` and `demo`.

local judge = require("perilune.lab.judge")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")

local SANDBOX = "no sandbox yet: it ran in its own process, with limits but with your rights"
local COLOURS = { passed = "green", failed = "red", inconclusive = "yellow" }

local verdicts = {}

---@param exercise Exercise
---@param file string as the user named it
---@param seed integer
---@return Report
function verdicts.show(exercise, file, seed)
  local width = report.label_width(exercise)
  terminal.say(("%s  %s"):format(
    terminal.paint(("Exercise %d  %s"):format(exercise.number, exercise.title), "bold"),
    terminal.paint(file, "dim")), "")
  local judged = judge.run(exercise, file, {
    seed = seed,
    before = function(check)
      terminal.progress(("  ...   %s"):format(check.label))
    end,
    after = function(result)
      terminal.clear()
      terminal.say(report.row(result, width, terminal.paint))
    end,
  })
  terminal.say("", "  " .. terminal.paint(report.summary(judged), COLOURS[judged.verdict]),
    "  next: " .. report.advice(judged), terminal.paint("  " .. SANDBOX, "dim"))
  return judged
end

return verdicts
