--- perilune verify [N]

local busy = require("perilune.lab.busy")
local catalogue = require("perilune.lab.catalogue")
local exits = require("perilune.cli.exits")
local report = require("perilune.lab.report")
local seed = require("perilune.cli.seed")
local terminal = require("perilune.cli.terminal")
local verify = require("perilune.lab.verify")

local command = { summary = "that the exercises judge right: naive fails, the references pass" }

local function whole(lowest, noun)
  return function(text)
    local number = math.tointeger(tonumber(text))
    return number and number >= lowest and number or nil,
      ("'%s' is no number of %s: %d or more is"):format(text, noun, lowest)
  end
end

function command.define(parser)
  parser:argument("N", "Only this exercise."):target("exercise"):argname("N"):args("?")
  parser:option("--rounds", "How often, with other data each time (default 1).")
    :argname("K"):convert(whole(1, "rounds"))
  parser:option("--load", "Busy processes beside it (default 0).")
    :argname("N"):convert(whole(0, "processes"))
  parser:option("--seed", "Of the first round."):argname("HEX"):convert(seed.read)
  parser:flag("--json", "Print the rows for a program.")
end

local function line_of(row)
  local text = ("  %d  %-18s %-7s %6d  %5d  %12d"):format(row.exercise, row.what, row.wanted,
    row.rounds, row.wrong, row.inconclusive)
  return row.wrong > 0 and terminal.paint(text, "red") or text
end

local function entries_of(name)
  if not name then
    return catalogue.list()
  end
  local entry, message = catalogue.find(name)
  return entry and { entry }, message
end

local function code_of(wrong, inconclusive)
  return wrong > 0 and 1 or inconclusive > 0 and exits.INCONCLUSIVE or 0
end

local HEAD <const> = "  N  what               wanted  rounds  wrong  inconclusive"

--- Verifies an exercise and shows its rows, unless a program is to read them.
local function verified(entry, args, first)
  local rows = verify.exercise(entry, args.rounds or 1, first, function(row)
    terminal.progress(("  %d  %s: %d"):format(row.exercise, row.what, row.rounds))
  end)
  terminal.clear()
  for _, row in ipairs(args.json and {} or rows) do
    terminal.say(line_of(row))
    if row.reason then
      terminal.say("     " .. row.reason)
    end
  end
  return rows
end

function command.run(args)
  local entries, message = entries_of(args.exercise)
  if not entries then
    return nil, message, exits.MISUSE
  end
  local first, wrong, inconclusive = args.seed or seed.new(), 0, 0
  local _ <close> = busy.start(args.load or 0)
  local all = {}
  if not args.json then
    terminal.say(HEAD)
  end
  for _, entry in ipairs(entries) do
    for _, row in ipairs(verified(entry, args, first)) do
      all[#all + 1] = row
      wrong, inconclusive = wrong + row.wrong, inconclusive + row.inconclusive
    end
  end
  if args.json then
    terminal.say(report.json({ seed = ("%x"):format(first), results = all }))
  else
    terminal.say(("  seed %x"):format(first))
  end
  return code_of(wrong, inconclusive)
end

return command
