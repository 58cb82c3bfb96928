--- perilune demo: every exercise with its worked solution.

local catalogue = require("perilune.lab.catalogue")
local compare = require("perilune.cli.compare")
local manifest = require("perilune.lab.manifest")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")

local SEED, SOLUTION = 0x7f3a, "reference/solution.lua"

local demo = { summary = "the worked solutions judged: naive against script against native" }

function demo.define() end

local function show(entry)
  local exercise = manifest.load(entry)
  verdicts.heading(exercise)
  if exercise.compare then
    compare.show(exercise)
    terminal.say("")
  end
  terminal.say(("The worked solution, %s/%s, judged:"):format(entry.id, SOLUTION), "")
  local judged = verdicts.show(exercise, entry.folder .. "/" .. SOLUTION, SEED)
  verdicts.caveat()
  return judged
end

function demo.run()
  local entries, message = catalogue.list()
  if not entries then
    return nil, message
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
