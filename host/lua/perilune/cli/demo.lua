--- perilune demo: every exercise with its worked solution.

local catalogue = require("perilune.lab.catalogue")
local exits = require("perilune.cli.exits")
local compare = require("perilune.cli.compare")
local figures = require("perilune.lab.page.figures")
local files = require("perilune.lab.files")
local launch = require("perilune.cli.launch")
local manifest = require("perilune.lab.manifest")
local pages = require("perilune.cli.pages")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")

local SEED, REFERENCE = 0x7f3a, "/reference/"
local NAME, TITLE = "demo.html", "The worked solutions"

local demo = { summary = "the worked solutions judged: naive against script against native" }

function demo.define(parser)
  parser:argument("N", "Only these exercises."):argname("N"):target("exercises"):args("*")
  parser:option("-o --output", "Where the page with all pictures goes (a temporary folder).")
    :argname("FILE")
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
      return nil, message, exits.MISUSE
    end
    entries[i] = entry
  end
  return entries
end

local function show(entry)
  local exercise = manifest.load(entry)
  verdicts.heading(exercise)
  local shown, headings = {}, nil
  if exercise.compare then
    shown, headings = compare.show(exercise)
    terminal.say("")
  end
  local solution = REFERENCE .. exercise.solution
  terminal.say(("The worked solution, %s, judged:"):format(entry.id .. solution), "")
  local judged = verdicts.show(exercise, entry.folder .. solution, SEED)
  verdicts.caveat(judged)
  terminal.progress("  recording")
  local model = pages.model(exercise, judged, entry.folder .. solution, entry.id .. solution)
  for i, compared in ipairs(shown) do
    table.insert(model.figures, i, figures.versions(headings[i], compared))
  end
  terminal.clear()
  return judged, model
end

--- All that was measured, with pictures.
local function write(models, args)
  local path, refusal = args.output, nil
  if not path then
    path, refusal = pages.temporary(NAME)
  end
  if not path then
    return nil, refusal
  end
  local text, message = pages.make(models, { title = TITLE, again = "perilune demo" })
  if not text then
    return nil, message
  end
  local written, failure = files.write(path, text)
  if not written then
    return nil, failure
  end
  terminal.say("All of it with pictures: " .. path)
  return true
end

function demo.run(args)
  local entries, message, misuse = chosen(args.exercises or {})
  if not entries then
    return nil, message, misuse
  end
  local refusal = launch.refused(args.output, "page")
  if refusal then
    return nil, refusal
  end
  local code, models = 0, {}
  for i, entry in ipairs(entries) do
    local judged
    judged, models[i] = show(entry)
    if judged.verdict ~= "passed" then
      code = judged.verdict == "failed" and exits.FAILED or math.max(code, exits.INCONCLUSIVE)
    end
    terminal.say("")
  end
  local written, failure = write(models, args)
  if not written then
    return nil, failure
  end
  if entries[1] then
    terminal.say(("Your turn: `perilune list` shows the exercises, `perilune start %d` begins one.")
      :format(entries[1].number))
  end
  return code
end

return demo
