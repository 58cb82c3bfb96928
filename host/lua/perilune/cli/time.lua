--- perilune time [-s SETUP] -e A [-e B], perilune time FILE [FILE2] [-- ARGUMENT...]
-- luacheck: globals os.exit

local exits = require("perilune.cli.exits")
local dkjson = require("dkjson")
local arguments = require("perilune.cli.time.arguments")
local bench = require("perilune.bench")
local clock = require("perilune.clock")
local interrupted = require("perilune.cli.interrupted")
local launch = require("perilune.cli.launch")
local saved = require("perilune.cli.time.saved")
local subject = require("perilune.cli.time.subject")
local terminal = require("perilune.cli.terminal")
local text = require("perilune.cli.time.text")

local time = { summary = "time code or scripts, or two in turn: which is faster, and how surely" }

local CODES = { pass = exits.PASSED, fail = exits.FAILED, inconclusive = exits.INCONCLUSIVE }
local SPREAD = 0.1 -- of the median, that its interval may be wide
local JSON = { indent = true, keyorder = {
  "median", "ratio", "low", "high", "verdict", "target", "fail_above", "pairs", "a", "b", "min",
  "runs", "calls", "samples", "ratios", "warnings",
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

--- Times one; warnings go with the figures.
local function measure_one(timed, args)
  terminal.progress("  timing")
  local observation = bench.observe()
  local timing = bench.timeit(timed.loop,
    { loop = true, clock = timed.clock, runs = args.runs, calls = args.number })
  timing.warnings = observation:seen().warnings
  terminal.clear()
  if timing.high - timing.low > SPREAD * timing.median then
    table.insert(timing.warnings, ("the runs differ: the interval is %.0f %% of the median wide")
      :format(100 * (timing.high - timing.low) / timing.median))
  end
  return timing
end

local function time_one(timed, args)
  local timing = measure_one(timed, args)
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

local function measure_of(subjects, number)
  local sides = {}
  for i, name in ipairs({ "a", "b" }) do
    local side = subjects[i]
    sides[name] =
      { subject = side, calls = number or bench.calibrate(side.loop, nil, side.clock) }
  end
  return function(name, pair)
    terminal.progress(("  pair %d"):format(pair))
    local side = sides[name]
    collectgarbage()
    local start = side.subject.clock()
    side.subject.loop(side.calls)
    return (side.subject.clock() - start) / side.calls
  end
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
  local observation = bench.observe()
  local paired, message = bench.paired(measure_of(subjects, args.number),
    { target = target, max_pairs = args.runs })
  terminal.clear()
  if not paired then
    return nil, message
  end
  paired.warnings = observation:seen().warnings
  return conclude(paired, args, { subjects[1].label, subjects[2].label })
end

local function time_against(timed, args)
  local record, message = saved.read(args.against)
  if not record then
    return nil, message, exits.MISUSE
  elseif saved.runs_again(record, timed) then
    local before, refusal = subject.code(record.setup or "", record.code)
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
  local timing = measure_one(timed, args)
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
