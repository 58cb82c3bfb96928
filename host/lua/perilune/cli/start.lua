--- perilune start N

local catalogue = require("perilune.lab.catalogue")
local exits = require("perilune.cli.exits")
local manifest = require("perilune.lab.manifest")
local starter = require("perilune.lab.starter")
local terminal = require("perilune.cli.terminal")
local workspace = require("perilune.lab.workspace")

local start = { summary = "copy an exercise's files into a folder here; writes over nothing" }

function start.define(parser)
  parser:argument("N", "The exercise's number or name."):target("exercise"):argname("N")
end

--- Why none is put here, in the folder of one: exercises stand side by side.
local function misplaced(entry)
  for _, each in ipairs(catalogue.list() or {}) do
    if workspace.folder(each) == "." and workspace.started(each) then
      return each.id == entry.id
        and ("this is its folder. Next: perilune watch %d"):format(entry.number)
        or ("this is the folder of exercise %d; beside it: cd .. && perilune start %d"):format(
          each.number, entry.number)
    end
  end
end

function start.run(args)
  local entry, message = catalogue.find(args.exercise)
  if not entry then
    return nil, message, exits.MISUSE
  end
  local reason = misplaced(entry)
  if reason then
    return nil, reason
  end
  local exercise = manifest.load(entry)
  local folder, refusal = starter.copy(exercise)
  if not folder then
    local next_one = workspace.started(entry) and (". Next: perilune watch %d"):format(entry.number)
    return nil, ("%s; nothing was written%s"):format(refusal, next_one or "")
  end
  local first = exercise.first and ("cd %s && %s"):format(folder, exercise.first)
    or ("perilune watch %d"):format(entry.number)
  terminal.say(
    terminal.paint(("Exercise %d  %s"):format(entry.number, exercise.title), "bold"), "",
    ("  read  %s/README.md"):format(folder),
    ("  edit  %s/%s"):format(folder, exercise.solution),
    ("  next  %s"):format(first))
  return 0
end

return start
