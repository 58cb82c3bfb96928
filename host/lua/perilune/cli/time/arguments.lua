--- The arguments of `perilune time`.

local exits = require("perilune.cli.exits")
local subject = require("perilune.cli.time.subject")

local arguments = {}

local HINT = " (see: perilune time -h)"
local FEWEST_PAIRS = 11 -- have an interval
local MOST = 26 -- a letter each

local function ratio_of(word)
  local ratio = tonumber(word)
  if ratio and ratio > 0 and ratio < math.huge then
    return ratio
  end
  return nil, ("'%s' is no ratio: a number above 0 is"):format(word)
end

local function whole(what)
  return function(word)
    local number = math.tointeger(tonumber(word))
    if number and number >= 1 then
      return number
    end
    return nil, ("'%s' is no %s"):format(word, what)
  end
end

---@param parser table argparse's
function arguments.define(parser)
  parser:option("-s --setup", "Code to run once before, untimed; its locals are seen.")
    :argname("SETUP")
  parser:option("-e --expression", "The code to time; several of them are compared.")
    :argname("CODE"):target("codes"):count("*")
  parser:argument("FILE", "A script to time, a fresh process each run; several are compared. What "
    .. "follows after -- is their arguments.")
    :argname("FILE"):target("files"):args("*")
  parser:mutex(
    parser:option("--target", "Decide whether the others are so many times as fast as the "
      .. "first."):argname("RATIO"):convert(ratio_of),
    parser:option("--fail-above", "Decide whether they take at most so many times the time of "
      .. "the first, or of what was saved: 1.05.")
      :argname("RATIO"):target("most"):convert(ratio_of))
  parser:mutex(
    parser:option("--save", "Save the figures to a file."):argname("PATH"),
    parser:option("--against", "Compare with what was saved."):argname("PATH"))
  parser:option("-r --runs", "Samples (21), or pairs at most (41).")
    :argname("N"):convert(whole("number of runs"))
  parser:option("-n --number", "Calls in each sample (as many as take 5 ms).")
    :argname("N"):convert(whole("number of calls"))
  parser:option("-w --warmup", "Calls of each before anything is timed.")
    :argname("N"):convert(whole("number of calls"))
  parser:option("--prepare", "Code to run before each sample, untimed: after it one call is a "
    .. "sample, unless -n says otherwise. It sees what -s has left; for a FILE it is a process.")
    :argname("CODE")
  parser:flag("--json", "Print the figures for a program, in seconds.")
end

--- What is wrong with the arguments.
local function misuse_of(args, files, codes, rest)
  local count = #files + #codes
  if count == 0 then
    return "nothing to time: -e CODE or a FILE is needed"
  elseif #files == 0 and #rest > 0 then
    return "arguments after -- are a FILE's"
  elseif #files > 0 and (#codes > 0 or args.setup) then
    return "a FILE is timed alone, without -e and -s"
  elseif count > MOST then
    return ("%d can be compared, not %d"):format(MOST, count)
  elseif args.target and count < 2 then
    return "--target needs two to compare"
  elseif args.most and count < 2 and not args.against then
    return "--fail-above needs two to compare, or --against"
  elseif count > 1 and (args.save or args.against) then
    return ("%s is for one that is timed, not for %d"):format(
      args.save and "--save" or "--against", count)
  elseif args.runs and count > 1 and args.runs < FEWEST_PAIRS then
    return ("--runs %d: of fewer than %d pairs nothing can be said"):format(
      args.runs, FEWEST_PAIRS)
  end
end

--- The command's own arguments and, behind `--`, the scripts'.
---@param argv string[]
---@return string[] own
---@return string[] rest
function arguments.split(argv)
  for i, word in ipairs(argv) do
    if word == "--" then
      return table.move(argv, 1, i - 1, 1, {}), table.move(argv, i + 1, #argv, 1, {})
    end
  end
  return argv, {}
end

--- What is to be timed: one, or several to be compared.
---@param args table
---@param rest string[] arguments of the scripts
---@return Subject[]? subjects
---@return string? message
---@return integer? exit code
function arguments.subjects(args, rest)
  local files, codes = args.files or {}, args.codes or {}
  local misuse = misuse_of(args, files, codes, rest)
  if misuse then
    return nil, misuse .. HINT, exits.MISUSE
  end
  local subjects = {}
  for i = 1, math.max(#files, #codes) do
    local message, code
    if files[i] then
      subjects[i], message, code = subject.file(files[i], rest, args.prepare)
    else
      subjects[i], message, code = subject.code(args.setup or "", codes[i], args.prepare)
    end
    if not subjects[i] then
      return nil, message, code
    end
  end
  return subjects
end

return arguments
