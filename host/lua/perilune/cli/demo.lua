--- perilune demo: every exercise with its worked solution.

local catalogue = require("perilune.lab.catalogue")
local compare = require("perilune.cli.compare")
local manifest = require("perilune.lab.manifest")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")

local SEED, REFERENCE = 0x7f3a, "/reference/"
local MISUSE = 2

local demo = { summary = "the worked solutions judged: naive against script against native" }

function demo.define(parser)
  parser:argument("N", "Only these exercises."):argname("N"):target("exercises"):args("*")
end

--- The exercises that are asked for, in the order of asking; all without asking.
local function chosen(asked)
  if #asked == 0 then
    return catalogue.list()
  end
  local entries = {}
  for i, name in ipairs(asked) do
    local entry, message = catalogue.find(name)
    if not entry then
      return nil, message, MISUSE
    end
    entries[i] = entry
  end
  return entries
end

local function show(entry)
  local exercise = manifest.load(entry)
  verdicts.heading(exercise)
  if exercise.compare then
    compare.show(exercise)
    terminal.say("")
  end
  local solution = REFERENCE .. exercise.solution
  terminal.say(("The worked solution, %s, judged:"):format(entry.id .. solution), "")
  local judged = verdicts.show(exercise, entry.folder .. solution, SEED)
  verdicts.caveat(exercise)
  return judged
end

function demo.run(args)
  local entries, message, misuse = chosen(args.exercises or {})
  if not entries then
    return nil, message, misuse
  end
  local code = 0
  for _, entry in ipairs(entries) do
    local judged = show(entry)
    if judged.verdict ~= "passed" then
      code = judged.verdict == "failed" and 1 or math.max(code, 3)
    end
    terminal.say("")
  end
  if entries[1] then
    terminal.say(("Your turn: `perilune list` shows the exercises, `perilune start %d` begins one.")
      :format(entries[1].number))
  end
  return code
end

return demo
