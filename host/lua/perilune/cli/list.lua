--- perilune list

local catalogue = require("perilune.lab.catalogue")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")
local workspace = require("perilune.lab.workspace")

local NEXT = { ["not started"] = "start", started = "watch", passed = "compare" }
local COLOURS = { ["not started"] = "dim", started = "yellow", passed = "green" }

local list = { summary = "the exercises, how far you are, and what to run next" }

function list.define(parser)
  parser:flag("--json", "Print the list for a program.")
end

local function row(entry)
  local state = workspace.state(entry)
  return {
    exercise = entry.number, name = entry.name, title = manifest.load(entry).title,
    state = state, next = ("perilune %s %d"):format(NEXT[state], entry.number),
  }
end

local function print_rows(rows)
  local LINE = "  %s  %-17s  %s  %s"
  for _, r in ipairs(rows) do
    local state = terminal.paint(("%-11s"):format(r.state), COLOURS[r.state])
    terminal.say(LINE:format(r.exercise, r.title, state, r.next))
  end
end

function list.run(args)
  local entries, message = catalogue.list()
  if not entries then
    return nil, message
  end
  local rows = {}
  for i, entry in ipairs(entries) do
    rows[i] = row(entry)
  end
  if args.json then
    terminal.say(report.json(rows))
  else
    print_rows(rows)
  end
  return 0
end

return list
