--- perilune check [N [FILE]]

local exits = require("perilune.cli.exits")
local files = require("perilune.lab.files")
local hidden = require("perilune.lab.hidden")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")
local seed = require("perilune.cli.seed")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")
local workspace = require("perilune.lab.workspace")

local CODES = {
  passed = exits.PASSED, failed = exits.FAILED, inconclusive = exits.INCONCLUSIVE,
}

local check = { summary = "decide every criterion of an exercise for your solution" }

function check.define(parser)
  parser:argument("N", "The exercise; by default this folder's, or the only one started here.")
    :target("exercise"):argname("N"):args("?")
  parser:argument("FILE", "The file to check instead of the one in ./NN-name/.")
    :target("file"):argname("FILE"):args("?")
  parser:option("--seed", "Repeat a check with the seed that it printed.")
    :argname("HEX"):convert(seed.read)
  parser:option("--hidden", "Add an instructor's checks from a folder, as `grade` does.")
    :argname("DIR")
  parser:flag("--json", "Print the report for a program.")
end

local function find_file(entry, file)
  if not file then
    if workspace.started(entry) then
      return workspace.solution(entry)
    end
    local number = entry.number
    return nil, ("exercise %d is not started here: perilune start %d"):format(number, number)
  end
  local kind = files.kind(file)
  if kind ~= "file" then
    return nil, file .. (kind and " is a " .. kind .. ", not a file" or ": no such file")
  end
  return file
end

local function load_exercise(entry, args)
  local exercise = manifest.load(entry)
  if args.hidden then
    local added, message = hidden.add(exercise, args.hidden)
    if not added then
      return nil, message, exits.MISUSE
    end
  end
  return exercise
end

local function judge_file(exercise, file, args)
  local chosen = args.seed or seed.new()
  if args.json then
    local judged = judge.run(exercise, file, { seed = chosen })
    terminal.say(report.json(judged))
    return judged
  end
  verdicts.heading(exercise, file)
  local judged = verdicts.show(exercise, file, chosen)
  terminal.say(report.paragraph("next: " .. report.advice(judged), terminal.width))
  verdicts.caveat(judged)
  return judged
end

function check.run(args)
  local entry, message = workspace.find(args.exercise)
  if not entry then
    return nil, message, exits.MISUSE
  end
  local file, refusal = find_file(entry, args.file)
  if not file then
    return nil, refusal, exits.MISUSE
  end
  local exercise, problem, code = load_exercise(entry, args)
  if not exercise then
    return nil, problem, code
  end
  local stamp = not args.file and workspace.stamp(entry) or nil
  local judged = judge_file(exercise, file, args)
  if stamp then
    verdicts.remember(entry, judged, stamp)
  end
  return CODES[judged.verdict]
end

return check
