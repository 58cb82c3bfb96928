--- perilune grade N DIR

local exits = require("perilune.cli.exits")
local uv = require("luv")
local catalogue = require("perilune.lab.catalogue")
local child = require("perilune.child")
local files = require("perilune.lab.files")
local format = require("perilune.format")
local grade = require("perilune.lab.grade")
local one_of = require("perilune.cli.one_of")
local pool = require("perilune.pool")
local records = require("perilune.lab.grade.records")
local report = require("perilune.lab.report")
local seed = require("perilune.cli.seed")
local share = require("perilune.profile.share")
local terminal = require("perilune.cli.terminal")

local command = { summary = "judge a folder of submissions: a row a student, a page a student" }

local FULL <const>, TEMPLATE <const> = "full", "report.html"

local function count_of(text)
  local count = math.tointeger(tonumber(text))
  return count and count >= 1 and count <= 256 and count or nil,
    ("'%s' is no number of workers: 1 to 256 is"):format(text)
end

local function pattern_of(text)
  local ok, message = pcall(string.match, "", text)
  return ok and text or nil, ("'%s' is no Lua pattern: %s"):format(text, message)
end

function command.define(parser)
  parser:argument("N", "The exercise."):target("exercise"):argname("N")
  parser:argument("DIR", "The submissions: a folder, a .lua file or a zip each, named after the "
    .. "student."):target("folder"):argname("DIR")
  parser:option("--out", "Where everything is written (default: grades)."):argname("DIR")
  parser:option("--names", "A Lua pattern whose capture is the student, as '^(%w+)_'.")
    :argname("PATTERN"):convert(pattern_of)
  parser:option("--roster", "A CSV of all students: who has handed in nothing has a row too.")
    :argname("FILE")
  parser:option("--hidden", "A folder of checks of your own."):argname("DIR")
  parser:option("--marks", "A CSV of a reader's marks, as the marks.csv that is written.")
    :argname("FILE")
  parser:flag("--resume", "Go on with what is in --out: judge what is new or has changed.")
  parser:option("-j --jobs", "Workers (default: one for each processor).")
    :argname("N"):convert(count_of)
  parser:option("--seed", "The data of all checks."):argname("HEX"):convert(seed.read)
  parser:flag("--json", "Print a summary for a program; all figures are in results.json.")
  one_of(parser:option("--sandbox", "full (default), best: what this machine has, or off.")
    :argname("MODE"), "mode", { FULL, "best", "off" })
end

--- The sandbox that solutions run in: all of it, unless something else is asked for; nil in a build
--- that has none.
---@param mode? string
---@return string? mode
---@return string? refusal
local function sandbox_of(mode)
  if not child.layers then
    return nil, mode and "this build has no sandbox: leave out --sandbox" or nil
  end
  mode = mode or FULL
  for _, layer in ipairs(mode == FULL and child.layers() or {}) do
    if not layer.works then
      return nil, ("the sandbox here has no %s (%s): --sandbox best takes what there is"):format(
        layer.name, layer.reason)
    end
  end
  return mode
end

local function prepare(args)
  local sandbox, refusal = sandbox_of(args.sandbox)
  local template = share.read(share.folder() .. "/" .. TEMPLATE)
  local entry, message = catalogue.find(args.exercise)
  if not entry then
    return nil, message
  elseif files.kind(args.folder) ~= "directory" then
    return nil, args.folder .. ": no such folder"
  elseif refusal or not template then
    return nil, refusal or share.absent("the page of reports", TEMPLATE)
  end
  local out = (args.out or "grades"):gsub("(.)/+$", "%1")
  local earlier = records.seed(out)
  if earlier and not args.resume then
    return nil, ("%s/ holds an earlier batch: go on with --resume, or name another with --out")
      :format(out)
  end
  return {
    entry = entry, folder = args.folder:gsub("(.)/+$", "%1"), out = out, names = args.names,
    roster = args.roster, hidden = args.hidden, marks = args.marks, resume = args.resume,
    jobs = args.jobs or pool.cpus(), seed = args.seed or earlier or seed.new(),
    sandbox = sandbox, template = template,
  }
end

local WARNINGS <const> = {
  { "skipped", "nobody's, and left out: %s" }, { "strangers", "not on the roster: %s" },
}

local function warn(graded)
  for _, warning in ipairs(WARNINGS) do
    local names = graded[warning[1]]
    if #names > 0 then
      io.stderr:write("perilune: ", warning[2]:format(
        format.printable(table.concat(names, ", "))), "\n")
    end
  end
end

local function counts_of(rows)
  local counts = {}
  for _, row in ipairs(rows) do
    counts[row.verdict] = (counts[row.verdict] or 0) + 1
  end
  return counts
end

--- For programs.
local function json(graded, options, seconds)
  local students = {}
  for i, row in ipairs(graded.rows) do
    students[i] = { student = row.student, verdict = row.verdict }
  end
  return report.json({
    exercise = options.entry.number, seed = ("%x"):format(options.seed), out = options.out,
    counts = counts_of(graded.rows), results = students, kept = graded.kept, seconds = seconds,
    skipped = graded.skipped, strangers = graded.strangers,
    interrupted = graded.interrupted ~= nil,
  })
end

local function summary(graded)
  local counts, parts = counts_of(graded.rows), {}
  for _, verdict in ipairs({ "passed", "failed", "inconclusive", "not judged", "missing" }) do
    parts[#parts + 1] = counts[verdict] and ("%d %s"):format(counts[verdict], verdict) or nil
  end
  return ("%s: %s"):format(format.plural(#graded.rows, "student"), table.concat(parts, ", "))
end

function command.run(args)
  local options, refusal = prepare(args)
  if not options then
    return nil, refusal, exits.MISUSE
  end
  local start = uv.hrtime()
  function options.on_row(done, all, student, verdict)
    terminal.progress(("  %d of %d  %s: %s"):format(done, all, format.printable(student), verdict))
  end
  local graded, message = grade.run(options)
  terminal.clear()
  if not graded then
    return nil, message
  end
  warn(graded)
  local seconds = (uv.hrtime() - start) / 1e9
  if args.json then
    terminal.say(json(graded, options, seconds))
  else
    terminal.say(summary(graded), ("seed %x, %s%s"):format(options.seed, format.seconds(seconds),
      graded.kept > 0 and (", %d kept from before"):format(graded.kept) or ""),
      ("%s/index.html  grades.csv  junit.xml  results.json  students/"):format(options.out))
  end
  if graded.interrupted then
    if not args.json then
      terminal.say("What is decided is kept: the same command goes on with --resume.")
    end
    error(graded.interrupted, 0)
  end
  return 0
end

return command
