--- perilune time [-s SETUP] -e A [-e B], perilune time FILE [FILE2]
-- luacheck: globals os.exit

local dkjson = require("dkjson")
local bench = require("perilune.bench")
local clock = require("perilune.clock")
local format = require("perilune.lab.format")
local interrupted = require("perilune.cli.interrupted")
local subject = require("perilune.cli.subject")
local terminal = require("perilune.cli.terminal")

local time = { summary = "time code or scripts, or two in turn: which is faster, and how surely" }

local MISUSE = 2
local CODES = { pass = 0, fail = 1, inconclusive = 3 }
local HINT = " (see: perilune time -h)"
local JSON = { indent = true, keyorder = {
  "median", "ratio", "low", "high", "verdict", "target", "pairs", "a", "b", "min", "runs", "calls",
} }

local function target_of(text)
  local target = tonumber(text)
  if target and target > 0 and target < math.huge then
    return target
  end
  return nil, ("'%s' is no ratio: a number above 0 is"):format(text)
end

function time.define(parser)
  parser:option("-s --setup", "Code to run once before, untimed; its locals are seen.")
    :argname("SETUP")
  parser:option("-e --expression", "The code to time; two of them are compared.")
    :argname("CODE"):target("codes"):count("*")
  parser:argument("FILE", "A script to time, a fresh process each run; two are compared.")
    :argname("FILE"):target("files"):args("0-2")
  parser:option("--target", "Decide whether the second is so many times as fast as the first.")
    :argname("RATIO"):convert(target_of)
  parser:flag("--json", "Print the figures for a program, in seconds.")
end

local function subjects_of(args)
  local files, codes = args.files or {}, args.codes or {}
  if #files + #codes == 0 then
    return nil, "nothing to time: -e CODE or a FILE is needed" .. HINT, MISUSE
  elseif #files > 0 and (#codes > 0 or args.setup) then
    return nil, "a FILE is timed alone, without -e and -s" .. HINT, MISUSE
  elseif #codes > 2 then
    return nil, "two -e can be compared, not " .. #codes .. HINT, MISUSE
  elseif args.target and #files + #codes < 2 then
    return nil, "--target needs two to compare" .. HINT, MISUSE
  end
  local subjects = {}
  for i = 1, math.max(#files, #codes) do
    local message, code
    if files[i] then
      subjects[i], message, code = subject.file(files[i])
    else
      subjects[i], message, code = subject.code(args.setup or "", codes[i])
    end
    if not subjects[i] then
      return nil, message, code
    end
  end
  return subjects
end

local UNITS = { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "us" }, { 1e-9, "ns" } }

local function figure(x)
  return (x >= 99.95 and "%.0f" or x >= 9.995 and "%.1f" or "%.2f"):format(x)
end

local function unit_for(seconds)
  for _, unit in ipairs(UNITS) do
    if seconds >= unit[1] then
      return unit[1], unit[2]
    end
  end
  return 1e-9, "ns"
end

--- `86.4 ms [86.1, 87.0]`
local function timing_text(timing)
  local unit, name = unit_for(timing.median)
  return ("%s %s [%s, %s]"):format(
    figure(timing.median / unit), name, figure(timing.low / unit), figure(timing.high / unit))
end

local START_RUNS = 5

--- Whether a script takes hardly more than an empty one, and returns functions to call.
local function only_defines(file, timing)
  local empty = bench.timeit(subject.script("/dev/null").loop,
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

local function time_one(timed, json)
  terminal.progress("  timing")
  local timing = bench.timeit(timed.loop, { loop = true, clock = timed.clock })
  terminal.clear()
  if json then
    terminal.say(dkjson.encode(timing, JSON))
    return 0
  end
  local is_file = timed.clock == clock.children
  terminal.say(("%s; %s of %s, CPU time"):format(
    timing_text(timing), format.plural(timing.runs, "run"),
    format.plural(timing.calls, is_file and "start" or "call")))
  if is_file and only_defines(timed.label, timing) then
    advise(timed.label)
  end
  return 0
end

local function measure_of(subjects)
  local sides = {}
  for i, name in ipairs({ "a", "b" }) do
    local side = subjects[i]
    sides[name] = { subject = side, calls = bench.calibrate(side.loop, nil, side.clock) }
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

local function which(paired)
  local low, high, ratio = paired.low, paired.high, paired.ratio
  local fast, slow = "B", "A"
  if ratio < 1 then
    fast, slow, low, high, ratio = slow, fast, 1 / high, 1 / low, 1 / ratio
  end
  local interval = ("[%s, %s]"):format(figure(low), figure(high))
  if low <= 1 then
    return ("no difference to be seen: A takes %sx the time of B [%s, %s]"):format(
      figure(paired.ratio), figure(paired.low), figure(paired.high))
  end
  return ("%s is %sx faster than %s %s"):format(fast, figure(ratio), slow, interval)
end

local DECISIONS = {
  pass = "as fast as asked: %gx",
  fail = "slower than asked: %gx",
  inconclusive = "cannot be told from the %gx asked: try again when the machine is idle",
}

local function time_two(subjects, args)
  local paired, message = bench.paired(measure_of(subjects), { target = args.target })
  terminal.clear()
  if not paired then
    return nil, message
  end
  local code = args.target and CODES[paired.verdict] or 0
  if args.json then
    paired.target = args.target
    terminal.say(dkjson.encode(paired, JSON))
    return code
  end
  for i, name in ipairs({ "a", "b" }) do
    local unit, unit_name = unit_for(paired[name])
    local seconds = ("%s %s"):format(figure(paired[name] / unit), unit_name)
    terminal.say(("%s  %-9s %s"):format(name:upper(), seconds, subjects[i].label))
  end
  terminal.say(("%s, %s, CPU time"):format(which(paired), format.plural(paired.pairs, "pair")))
  if args.target then
    terminal.say(DECISIONS[paired.verdict]:format(args.target))
  end
  return code
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

function time.run(args)
  local ok, status, message, code = without_exit(function()
    local subjects, refusal, misuse = subjects_of(args)
    if not subjects then
      return nil, refusal, misuse
    elseif #subjects == 2 then
      return time_two(subjects, args)
    end
    return time_one(subjects[1], args.json)
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
