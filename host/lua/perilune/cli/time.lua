--- perilune time [-s SETUP] -e CODE..., perilune time FILE... [-- ARGUMENT...]
-- luacheck: globals os.exit

local exits = require("perilune.cli.exits")
local dkjson = require("dkjson")
local arguments = require("perilune.cli.time.arguments")
local bench = require("perilune.bench")
local clock = require("perilune.clock")
local interrupted = require("perilune.cli.interrupted")
local launch = require("perilune.cli.launch")
local measure = require("perilune.cli.time.measure")
local saved = require("perilune.cli.time.saved")
local subject = require("perilune.cli.time.subject")
local terminal = require("perilune.cli.terminal")
local text = require("perilune.cli.time.text")

local time = { summary = "time code or scripts, or several in turn: which is faster, how surely" }

local CODES = { pass = exits.PASSED, fail = exits.FAILED, inconclusive = exits.INCONCLUSIVE }
local JSON = { indent = true, keyorder = {
  "side", "median", "ratio", "low", "high", "verdict", "target", "fail_above", "pairs",
  "rounds", "a", "b", "min", "runs", "calls", "ranking", "labels", "samples", "ratios", "warnings",
} }

time.define, time.split = arguments.define, arguments.split

local START_RUNS = 5

--- Whether a script takes hardly more than an empty one, and returns functions to call.
local function only_defines(file, timing)
  local empty = bench.timeit(subject.script("/dev/null", {}).loop,
    { loop = true, clock = clock.children, runs = START_RUNS })
  if timing.median > 2 * empty.median then
    return false
  end
  local child <close> = require("perilune.child").start({ file = file })
  return child ~= nil and #child:functions() > 0
end

local function advise(file)
  terminal.say(("%s only returns functions and does no work: time a call of one,"):format(file),
    ("  perilune time -s 'm = dofile(%q)' -e 'm.NAME(...)'"):format(file))
end

local function print_json(figures)
  terminal.say(dkjson.encode(figures, JSON))
end

local function time_one(timed, args)
  local timing = measure.one(timed, args)
  if args.save then
    local ok, message = saved.write(args.save, timed, timing)
    if not ok then
      return nil, message
    end
  end
  if args.json then
    print_json(timing)
    return 0
  end
  text.one(timing, timed.file and "start" or "call")
  text.warn(timing.warnings)
  if timed.file and only_defines(timed.file, timing) then
    advise(timed.file)
  end
  return 0
end

local DECISIONS = {
  target = {
    pass = "as fast as asked: %gx",
    fail = "slower than asked: %gx",
    inconclusive = "cannot be told from the %gx asked: try again when the machine is idle",
  },
  most = {
    pass = "within %gx the time",
    fail = "surely slower: above %gx the time",
    inconclusive = "cannot be told from %gx the time: try again when the machine is idle",
  },
}

--- The question that is asked, how it is worded, and the ratio of times it means.
local function question_of(args)
  if args.most then
    return args.most, DECISIONS.most, 1 / args.most
  end
  return args.target, DECISIONS.target, args.target
end

--- Exit code and closing words of a comparison.
local function conclude(compared, args, labels)
  local asked, words = question_of(args)
  local code = asked and CODES[compared.verdict] or 0
  if args.json then
    compared.target, compared.fail_above = args.target, args.most
    print_json(compared)
    return code
  end
  if compared.pairs then
    text.two(compared, labels)
  else
    terminal.say(("before  %s"):format(text.seconds(compared.a)),
      ("now     %s"):format(text.seconds(compared.b)),
      text.which(saved.turned(compared), "now", "before")
        .. ", CPU time, by the figures that were saved")
  end
  text.warn(compared.warnings)
  if asked then
    terminal.say(words[compared.verdict]:format(asked))
  end
  return code
end

local function time_two(subjects, args)
  local _, _, target = question_of(args)
  local paired, message = measure.in_turn(subjects, args, function(seconds)
    return bench.paired(seconds, { target = target, max_pairs = args.runs })
  end)
  if not paired then
    return nil, message
  end
  return conclude(paired, args, { subjects[1].label, subjects[2].label })
end

--- The verdict of all: the worst one.
local function worst(ranking)
  local verdict = "pass"
  for _, row in ipairs(ranking) do
    if row.verdict == "fail" or row.verdict == "inconclusive" and verdict == "pass" then
      verdict = row.verdict
    end
  end
  return verdict
end

local function say_decisions(ranking, words, asked)
  for _, row in ipairs(ranking) do
    if row.verdict then
      terminal.say(("%s: %s"):format(row.side:upper(), words[row.verdict]:format(asked)))
    end
  end
end

local function time_many(subjects, args)
  local asked, words, target = question_of(args)
  local sides, labels = measure.sides(subjects), {}
  local ranking, message = measure.in_turn(subjects, args, function(seconds)
    return bench.ranked(seconds, sides, { target = target, max_pairs = args.runs })
  end)
  if not ranking then
    return nil, message
  end
  for i, side in ipairs(sides) do
    labels[side] = subjects[i].label
  end
  local warnings, code = ranking.warnings, asked and CODES[worst(ranking)] or 0
  if args.json then
    print_json({ ranking = table.move(ranking, 1, #ranking, 1, {}), labels = labels,
      rounds = #ranking[1].samples, target = args.target, fail_above = args.most,
      warnings = warnings })
    return code
  end
  text.many(ranking, labels)
  text.warn(warnings)
  if asked then
    say_decisions(ranking, words, asked)
  end
  return code
end

local function time_against(timed, args)
  local record, message = saved.read(args.against)
  if not record then
    return nil, message, exits.MISUSE
  elseif saved.runs_again(record, timed) then
    local before, refusal = subject.code(record.setup or "", record.code, record.prepare)
    if not before then
      return nil, ("%s: %s"):format(args.against, refusal)
    end
    return time_two({ before, timed }, args)
  end
  local difference = saved.foreign(record)
  if difference then
    return nil, ("%s was saved on another machine (%s): keep the version of then, and time both "
      .. "here"):format(args.against, difference), exits.MISUSE
  end
  local timing = measure.one(timed, args)
  local _, _, target = question_of(args)
  local compared = saved.compare(record, timing, target)
  compared.warnings = timing.warnings
  return conclude(compared, args)
end

-- Lines of the assembled chunk mean nothing to its user.
local function error_text(object)
  if type(object) == "string" then
    return (object:gsub("^%-e:%d+: ", "-e: "))
  end
  return ("(error object is a %s value)"):format(type(object))
end

--- Makes `os.exit` an error: its code would pass for a verdict.
local function without_exit(fn)
  local exit = os.exit
  os.exit = function()
    error("os.exit cannot be timed", 2)
  end
  local results = table.pack(pcall(fn))
  os.exit = exit
  return table.unpack(results, 1, results.n)
end

local function run(args, rest)
  local subjects, refusal, misuse = arguments.subjects(args, rest)
  if not subjects then
    return nil, refusal, misuse
  end
  local unsaved = launch.refused(args.save, "timing")
  if unsaved then
    return nil, unsaved
  elseif #subjects > 2 then
    return time_many(subjects, args)
  elseif #subjects == 2 then
    return time_two(subjects, args)
  elseif args.against then
    return time_against(subjects[1], args)
  end
  return time_one(subjects[1], args)
end

function time.run(args, rest)
  local ok, status, message, code = without_exit(function()
    return run(args, rest)
  end)
  if not ok then
    terminal.clear()
    if interrupted.is(status) then
      error(status, 0)
    end
    return nil, error_text(status)
  end
  return status, message, code
end

return time
