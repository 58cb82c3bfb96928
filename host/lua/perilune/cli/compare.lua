--- perilune compare [N]

local bench = require("perilune.bench")
local exits = require("perilune.cli.exits")
local comparison = require("perilune.lab.comparison")
local files = require("perilune.lab.files")
local manifest = require("perilune.lab.manifest")
local repairs = require("perilune.lab.repairs")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")
local workspace = require("perilune.lab.workspace")

local SEED = 1

local compare = { summary = "your solution beside naive, script and native on the same work" }

function compare.define(parser)
  parser:argument("N", "The exercise; by default this folder's, or the only one started here.")
    :target("exercise"):argname("N"):args("?")
  parser:flag("--json", "Print the table for a program.")
end

--- What an exercise compares: its versions, or those of a core that does a part of its work, or of
--- several; or a script's repairs and then such a core. The last field tells whether the student's
--- file stands beside them.
local function parts(exercise)
  local plan = exercise.compare
  if plan.repairs then
    return { { repairs, exercise, true }, plan.core and { comparison, plan.core } }
  end
  local list = {}
  for i, core in ipairs(plan.cores or { plan.core or exercise }) do
    list[i] = { comparison, core, true }
  end
  return list
end

local function progress(name, round)
  local turn = round and (", turn %d"):format(round) or ""
  terminal.progress(("  timing %s%s"):format(name or "the versions in turn", turn))
end

--- Times what an exercise compares.
---@param exercise Exercise
---@param own? string the student's file
---@param on_part? fun(compared: Versions|Repairs, kind: table, i: integer)
---@return (Versions|Repairs)[]
---@return string[] headings
function compare.measure(exercise, own, on_part)
  local measured, headings = {}, {}
  for i, part in ipairs(parts(exercise)) do
    local kind, subject, has_own = table.unpack(part)
    progress()
    local compared = kind.run(subject, has_own and own or nil, { seed = SEED, progress = progress })
    terminal.clear()
    measured[i], headings[i] = compared, kind.heading(compared)
    if on_part then
      on_part(compared, kind, i)
    end
  end
  return measured, headings
end

--- The same, printing the tables.
---@param exercise Exercise
---@param own? string
---@return (Versions|Repairs)[]
---@return string[] headings
function compare.show(exercise, own)
  local observation = bench.observe()
  local measured, headings = compare.measure(exercise, own, function(compared, kind, i)
    terminal.say((i > 1 and "\n" or "") .. kind.heading(compared), "",
      table.unpack(kind.lines(compared)))
  end)
  verdicts.warn(observation:seen().warnings)
  return measured, headings
end

--- The student's own file, if there is one.
local function own_file(entry, exercise)
  local path = workspace.file(entry, exercise.compare.own or exercise.solution)
  return files.kind(path) == "file" and path or nil
end

local function has_problem(measured)
  for _, compared in ipairs(measured) do
    for _, row in ipairs(compared.rows) do
      if row.problem then
        return true
      end
    end
  end
  return false
end

function compare.run(args)
  local entry, message = workspace.find(args.exercise)
  if not entry then
    return nil, message, exits.MISUSE
  end
  local exercise = manifest.load(entry)
  if not exercise.compare then
    return nil, ("exercise %d has no versions to compare"):format(entry.number), exits.MISUSE
  end
  local own = own_file(entry, exercise)
  local measured
  if args.json then
    measured = compare.measure(exercise, own)
    terminal.say(report.json(#measured == 1 and measured[1] or measured))
  else
    verdicts.heading(exercise)
    measured = compare.show(exercise, own)
  end
  return has_problem(measured) and 1 or 0
end

return compare
