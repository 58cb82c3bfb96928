--- perilune demo: every exercise with its worked solution.

local catalogue = require("perilune.lab.catalogue")
local exits = require("perilune.cli.exits")
local compare = require("perilune.cli.compare")
local figures = require("perilune.lab.page.figures")
local files = require("perilune.lab.files")
local launch = require("perilune.cli.launch")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local pages = require("perilune.cli.pages")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")

local SEED, REFERENCE = 0x7f3a, "/reference/"
local NAME, TITLE = "demo.html", "The worked solutions"

local demo = { summary = "the worked solutions judged: naive against script against native" }

function demo.define(parser)
  parser:argument("N", "Only these exercises."):argname("N"):target("exercises"):args("*")
  parser:option("-o --output", "Where the page with all pictures goes (a temporary folder).")
    :argname("FILE")
  parser:flag("--json", "Print what was compared and decided for a program; a page only with -o.")
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

--- Shows what an exercise compares and the verdicts on its worked solution.
local function show(entry, exercise, file)
  local compared, headings = {}, {}
  verdicts.heading(exercise)
  if exercise.compare then
    compared, headings = compare.show(exercise)
    terminal.say("")
  end
  terminal.say(("The worked solution, %s, judged:"):format(entry.id .. file), "")
  local judged = verdicts.show(exercise, entry.folder .. file, SEED)
  verdicts.caveat(judged)
  terminal.say("")
  return judged, compared, headings
end

--- The same without a word.
local function decide(entry, exercise, file)
  local compared, headings = {}, {}
  if exercise.compare then
    compared, headings = compare.measure(exercise)
  end
  terminal.progress("  judging")
  local judged = judge.run(exercise, entry.folder .. file, { seed = SEED })
  terminal.clear()
  return judged, compared, headings
end

--- What a page tells of an exercise.
local function model_of(entry, exercise, file, judged, compared, headings)
  terminal.progress("  recording")
  local model = pages.model(exercise, judged, entry.folder .. file, entry.id .. file)
  for i, versions in ipairs(compared) do
    table.insert(model.figures, i, figures.versions(headings[i], versions))
  end
  terminal.clear()
  return model
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
  return path
end

--- The code of all: of a failure, if there is one, before that of what stays open.
local function code_of(judged)
  local code = exits.PASSED
  for _, one in ipairs(judged) do
    if one.verdict == "failed" then
      return exits.FAILED
    elseif one.verdict ~= "passed" then
      code = exits.INCONCLUSIVE
    end
  end
  return code
end

local function print_json(all, compared)
  local list = {}
  for i, judged in ipairs(all) do
    list[i] = { solution = judged, compared = compared[i] }
  end
  terminal.say(report.json(list))
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
  local all, compared, models = {}, {}, {}
  local wants_page = not args.json or args.output
  for i, entry in ipairs(entries) do
    local exercise = manifest.load(entry)
    local file = REFERENCE .. exercise.solution
    local headings
    all[i], compared[i], headings = (args.json and decide or show)(entry, exercise, file)
    models[i] = wants_page and model_of(entry, exercise, file, all[i], compared[i], headings)
  end
  local path, failure
  if wants_page then
    path, failure = write(models, args)
    if not path then
      return nil, failure
    end
  end
  if args.json then
    print_json(all, compared)
  else
    terminal.say("All of it with pictures: " .. path)
  end
  if entries[1] and not args.json then
    terminal.say(("Your turn: `perilune list` shows the exercises, `perilune start %d` begins one.")
      :format(entries[1].number))
  end
  return code_of(all)
end

return demo
