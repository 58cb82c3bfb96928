--- perilune hint [N]

local exits = require("perilune.cli.exits")
local uv = require("luv")
local hints = require("perilune.lab.hints")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")
local terminal = require("perilune.cli.terminal")
local verdicts = require("perilune.cli.verdicts")
local workspace = require("perilune.lab.workspace")

local hint = { summary = "a hint about what fails next; one more each time" }

local function level_of(text)
  local level = math.tointeger(tonumber(text))
  return level and level > 0 and level or nil, ("'%s' is no hint's number"):format(text)
end

function hint.define(parser)
  parser:argument("N", "The exercise; by default this folder's, or the one under way.")
    :target("exercise"):argname("N"):args("?")
  parser:option("--level", "This one, 1 being the first."):argname("K"):convert(level_of)
  parser:flag("--all", "All that there are.")
  parser:flag("--json", "Print them for a program.")
  parser:epilog("The first comes from a profile of your own solution where time is what it lacks; "
    .. "the last tell nearly all.")
end

--- What is in the way: as it is remembered, else as it is judged now, up to the first failure.
local function find_obstacle(entry, exercise)
  local record = workspace.recall(entry)
  if record.fresh and record.verdict then
    return record.obstacle
  end
  local stamp = workspace.stamp(entry)
  local judged = judge.run(exercise, workspace.solution(entry), {
    seed = uv.hrtime() >> 8 & 0xffff, first_failure = true,
    before = function(check) terminal.progress(("  ...   %s"):format(check.label)) end,
  })
  terminal.clear()
  verdicts.remember(entry, judged, stamp)
  return judge.obstacle(judged.results)
end

--- The first and the last hint to be given, and whether that is one more than before.
local function asked(args, list, given)
  if args.all then
    return 1, #list
  end
  local level = args.level or math.min(given + 1, #list)
  return level, level, not args.level
end

local function no_such_level(level, list)
  return ("there is no hint %d: --level is 1%s here"):format(level,
    #list > 1 and " to " .. #list or "")
end

local function texts_of(list, first, last)
  local texts = {}
  for i = first, last do
    texts[#texts + 1] = {
      number = i, text = list[i]() or "no profile: the solution raises an error on that work",
    }
  end
  return texts
end

local function show(exercise, obstacle, texts, count)
  terminal.say(report.row(obstacle, #obstacle.label, terminal.paint, terminal.width), "")
  for _, each in ipairs(texts) do
    local label = ("hint %d of %d: "):format(each.number, count)
    terminal.say(report.paragraph(label .. each.text, terminal.width))
  end
  local last = texts[#texts].number
  terminal.say("", "  " .. terminal.paint(last < count
    and ("one more: perilune hint %d"):format(exercise.number)
    or "that was the last one; README.md has more, under Hints", "dim"))
end

local function give(entry, exercise, obstacle, args)
  local list = hints.about(exercise, obstacle, workspace.solution(entry))
  if args.level and args.level > #list then
    return nil, no_such_level(args.level, list), exits.MISUSE
  end
  local given = workspace.recall(entry).hints[obstacle.name] or 0
  local first, last, counts = asked(args, list, given)
  local texts = texts_of(list, first, last)
  local remembered, message = true, nil
  if counts then
    remembered, message = workspace.record_hint(entry, obstacle.name, math.max(given, last))
  end
  if args.json then
    terminal.say(report.json({
      exercise = exercise.number, name = obstacle.name, label = obstacle.label, of = #list,
      hints = texts,
    }))
  else
    show(exercise, obstacle, texts, #list)
  end
  if not remembered then
    io.stderr:write("perilune: the hint is not remembered (--level tells a further one): ", message,
      "\n")
  end
  return 0
end

--- There is nothing to give a hint about.
local function nothing(exercise, obstacle, args)
  if args.json then
    terminal.say(report.json({ exercise = exercise.number, of = 0, hints = {} }))
  else
    local results = { obstacle }
    terminal.say("  next: " .. report.advice({ results = results, exercise = exercise.number }))
  end
  return 0
end

function hint.run(args)
  local entry, message = workspace.chosen(args.exercise)
  if not entry then
    return nil, message, exits.MISUSE
  end
  local exercise = manifest.load(entry)
  if not args.json then
    verdicts.heading(exercise, workspace.solution(entry))
  end
  local obstacle = find_obstacle(entry, exercise)
  if not obstacle or obstacle.status == "inconclusive" then
    return nothing(exercise, obstacle, args)
  end
  return give(entry, exercise, obstacle, args)
end

return hint
