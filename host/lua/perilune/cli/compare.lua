--- perilune compare N

local catalogue = require("perilune.lab.catalogue")
local comparison = require("perilune.lab.comparison")
local format = require("perilune.lab.format")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")
local workspace = require("perilune.lab.workspace")

local SEED = 1

local compare = { summary = "your solution beside naive, script and native on the same work" }

function compare.define(parser)
  parser:argument("N", "The exercise's number or name."):target("exercise"):argname("N")
  parser:flag("--json", "Print the table for a program.")
end

--- Times an exercise's versions and prints the table.
---@param exercise Exercise
---@param own? string the student's file
---@param json? boolean
---@return Versions
function compare.show(exercise, own, json)
  terminal.progress("  timing the versions in turn")
  local compared = comparison.run(exercise, own, { seed = SEED })
  terminal.clear()
  if json then
    terminal.say(report.json(compared))
    return compared
  end
  local heading = ("%s %s, median CPU time of %d runs in turn"):format(
    format.count(compared.size), compared.unit, compared.rounds)
  terminal.say(heading, "", table.unpack(comparison.lines(compared)))
  return compared
end

function compare.run(args)
  local entry, message = catalogue.find(args.exercise)
  if not entry then
    return nil, message, 2
  end
  local exercise = manifest.load(entry)
  if not exercise.compare then
    return nil, ("exercise %d has no versions to compare"):format(entry.number), 2
  end
  local own = workspace.started(entry) and workspace.solution(entry) or nil
  if not args.json then
    verdicts.heading(exercise)
  end
  local compared = compare.show(exercise, own, args.json)
  for _, row in ipairs(compared.rows) do
    if row.problem then
      return 1
    end
  end
  return 0
end

return compare
