--- Times a given script with each of its repairs made alone, with all but one, and with all of them
--- in turn. Each must print what the given script prints. A repair that saves little alone may be
--- half of what is left when all others are made.
---
--- The plan, an exercise's `compare`:
---   script    the given script's name
---   repaired  the script with all repairs
---   repairs   a file that returns {name, function}...: each takes that function from the repaired
---             script and puts it in the place of the given one
---   own       the student's own repaired script, if there is one beside the answers
---   runner    a file whose `run(text, path, name)` runs a script's text with `path` as its arg[0]
---             and returns what it printed

local files = require("perilune.lab.files")
local format = require("perilune.format")
local session = require("perilune.lab.session")

local repairs = {}

-- Of so few runs the lowest is the steadiest: what disturbs a run only adds to it. A repair that
-- took this many seconds in the first rounds is left out of the last.
local ROUNDS, PATIENCE = 3, 2.5

---@class Repaired
---@field name string
---@field seconds? number   lowest CPU time; nil when the script failed
---@field without? number   the same with all repairs but this one
---@field problem? string

---@class Repairs
---@field script string
---@field rounds integer
---@field rows Repaired[]
---@field lines integer     that each version printed

--- Where a local function of a script stands, from `local function` to its `end`.
local function place_of(text, name)
  local head = ("local function %s("):format(name)
  local first = ("\n" .. text):find("\n" .. head, 1, true)
  local _, last = text:find("\nend\n", first or #text, true)
  return first, assert(last, ("there is no function %s"):format(name))
end

--- A script with one function as it stands in another.
---@param given string the scripts' texts
---@param repaired string
---@param name string
---@return string text
function repairs.apply(given, repaired, name)
  local first, last = place_of(given, name)
  local from, to = place_of(repaired, name)
  return given:sub(1, first - 1) .. repaired:sub(from, to) .. given:sub(last + 1)
end

---@class RepairVersion
---@field name string
---@field text string
---@field file string     the script's name in messages
---@field without? boolean all repairs but the one of that name

--- The given text with each repair, or with all others.
local function repaired_versions(plan, given, repaired, list, without)
  local versions = {}
  for i, repair in ipairs(list) do
    local text = given
    for j, other in ipairs(list) do
      if (i == j) ~= without then
        text = repairs.apply(text, repaired, other["function"])
      end
    end
    versions[i] = { name = repair.name, text = text, file = plan.script, without = without }
  end
  return versions
end

--- Every version, the given one first and the one with all repairs last.
---@param exercise Exercise
---@param own? string the student's file
---@return RepairVersion[]
function repairs.versions(exercise, own)
  local plan, folder = exercise.compare, exercise.folder .. "/"
  local given, repaired = assert(files.read(folder .. plan.script)),
    assert(files.read(folder .. plan.repaired))
  local versions = { { name = "as given", text = given, file = plan.script } }
  if own then
    local text, file = assert(files.read(own)), files.basename(own)
    versions[2] = { name = "yours", text = text, file = file }
  end
  local list = dofile(folder .. plan.repairs)
  for _, without in ipairs({ false, true }) do
    local made = repaired_versions(plan, given, repaired, list, without)
    table.move(made, 1, #made, #versions + 1, versions)
  end
  versions[#versions + 1] = { name = "all of them", text = repaired, file = plan.repaired }
  return versions
end

--- The first line of an output that differs from the expected one.
local function difference(expected, got)
  local number, following = 0, got:gmatch("([^\n]*)\n?")
  for line in expected:gmatch("([^\n]*)\n?") do
    local other = following() or ""
    number = number + 1
    if other ~= line then
      return ("line %d of the output is %s, not %s"):format(
        number, format.value(other), format.value(line))
    end
  end
end

local function problem_of(expected, got)
  if type(got) ~= "string" then
    return "no output came back"
  elseif got ~= expected then
    return "wrong: " .. (difference(expected, got) or "the output is longer")
  end
end

--- A version that failed is run no more. What others are compared with is run each time.
local function is_done(row, round, is_base)
  return row.problem or round == ROUNDS and row.spent > PATIENCE and not is_base
end

local function measure(run, row, path, expected)
  local arguments = table.pack(row.text, path, row.file)
  local seconds, got, code = run:call(row.child, "run", arguments)
  if not seconds then
    row.problem = run:failed(got, code).detail
    return nil
  end
  row.problem = problem_of(expected or got, got)
  row.lowest, row.spent = math.min(row.lowest, seconds), row.spent + seconds
  return got
end

local function open(run, versions, runner)
  for _, version in ipairs(versions) do
    version.child = assert(run:open(runner, { functions = { "run" } }))
    version.lowest, version.spent = math.huge, 0
  end
  return versions
end

local function time_in_turn(run, rows, path, progress)
  local expected
  for round = 1, ROUNDS do
    for i = 1, #rows do
      local row = rows[round % 2 == 1 and i or #rows + 1 - i]
      if not is_done(row, round, row == rows[1]) then
        progress(row.name, round)
        local got = measure(run, row, path, expected)
        expected = expected or got
      end
    end
  end
  return expected
end

--- A row for each version; that of a repair has the time without it as well.
local function finish(timed)
  local rows, by_name = {}, {}
  for _, row in ipairs(timed) do
    row.child:close()
    local seconds = not row.problem and row.lowest or nil
    local finished = row.without and by_name[row.name]
    if finished then
      finished.without, finished.problem = seconds, finished.problem or row.problem
    else
      finished = { name = row.name, problem = row.problem, seconds = seconds }
      rows[#rows + 1], by_name[row.name] = finished, finished
    end
  end
  return rows
end

---@param exercise Exercise
---@param own? string
---@param options {seed: integer, progress?: fun(name: string, round: integer), start?: function}
---@return Repairs
function repairs.run(exercise, own, options)
  local plan = exercise.compare
  local run <close> = session.new(exercise, own, options)
  local timed = open(run, repairs.versions(exercise, own), exercise.folder .. "/" .. plan.runner)
  local path = exercise.folder .. "/" .. plan.script
  local expected = time_in_turn(run, timed, path, options.progress or function() end)
  local _, count = (expected or ""):gsub("\n", "")
  return { script = plan.script, rounds = ROUNDS, rows = finish(timed), lines = count }
end

---@param repaired Repairs
---@return string
function repairs.heading(repaired)
  return ("%s, lowest CPU time of up to %d runs in turn"):format(repaired.script, repaired.rounds)
end

local LINE = "  %-20s %10s %8s   %10s %8s"
-- Ratios nearer to 1 are the noise of so few runs.
local NOISE = 1.1

local function ratio(slow, fast)
  local factor = slow / fast
  return factor < NOISE and factor > 1 / NOISE and "~ 1x" or format.ratio(factor)
end

local function line_of(row, given, all)
  if row.problem then
    return ("  %-20s %s"):format(row.name, row.problem)
  end
  local faster = row ~= given and given.seconds and ratio(given.seconds, row.seconds) or ""
  local without = row.without and format.seconds(row.without) or ""
  local slower = row.without and all.seconds and ratio(row.without, all.seconds) or ""
  local line = LINE:format(row.name, format.seconds(row.seconds), faster, without, slower)
  return (line:gsub("%s+$", ""))
end

--- A table as lines of text.
---@param repaired Repairs
---@return string[]
function repairs.lines(repaired)
  local given, all, wrong = repaired.rows[1], repaired.rows[#repaired.rows], 0
  local lines = { LINE:format("", "alone", "faster", "all but it", "slower") }
  for _, row in ipairs(repaired.rows) do
    lines[#lines + 1] = line_of(row, given, all)
    wrong = wrong + (row.problem and 1 or 0)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = wrong == 0
    and ("  each printed the same %s"):format(format.plural(repaired.lines, "line"))
    or ("  %s did not print what the given script prints"):format(format.plural(wrong, "version"))
  return lines
end

return repairs
