--- Times the versions of a solution on the same work, in turn.

local format = require("perilune.lab.format")
local manifest = require("perilune.lab.manifest")
local session = require("perilune.lab.session")
local statistics = require("perilune.statistics")

local comparison = {}

local ROUNDS = 5

---@class Row
---@field name string
---@field seconds? number   median CPU time; nil when the version failed
---@field problem? string   why it failed
---@field from? {size: integer, seconds: number, growth: integer}  set when the time is extrapolated

---@class Versions
---@field size integer
---@field unit string
---@field rounds integer
---@field rows Row[]

local function open(run, row, file, forbidden, late)
  local exercise = run.exercise
  local child, message, code = run:open(file, {
    functions = exercise.functions, forbidden = forbidden, late = late,
    driver = manifest.driver(exercise, exercise.compare),
  })
  if not child then
    row.problem = run:failed(message, code).detail
  end
  row.child = child
end

local function measure(run, row, arguments)
  if not row.child then
    return
  end
  local seconds, got, code = run:call(row.child, run:name_of(), arguments)
  local problem = seconds and run:difference(arguments, got)
  if problem then
    row.problem = "wrong: " .. problem
  elseif not seconds then
    row.problem = run:failed(got, code).detail
  end
  if row.problem then
    row.child = row.child:close()
    return
  end
  table.insert(row.samples, seconds)
end

local function time_naive(run, size, naive_size)
  local naive, samples = run.exercise.naive, {}
  local child <close> = assert(run:naive())
  for i = 1, ROUNDS do
    samples[i] = assert(run:call(child, naive.name, run:arguments(naive_size, i)))
  end
  local seconds = statistics.median(samples)
  local from = { size = naive_size, seconds = seconds, growth = naive.growth }
  return { name = "naive", seconds = seconds * (size / naive_size) ^ naive.growth, from = from }
end

local function time_in_turn(run, rows, size)
  for round = 1, ROUNDS do
    local arguments = run:arguments(size, round)
    for i = 1, #rows do
      measure(run, rows[round % 2 == 1 and i or #rows + 1 - i], arguments)
    end
  end
end

local function finish(row)
  if row.child then
    row.child:close()
  end
  local seconds = not row.problem and statistics.median(row.samples) or nil
  return { name = row.name, problem = row.problem, seconds = seconds }
end

--- Naive, extrapolated; the student's own, when a file is given; then the exercise's versions.
---@param exercise Exercise
---@param own? string the student's file
---@param options {seed: integer, start?: function, bench?: table}
---@return Versions
function comparison.run(exercise, own, options)
  local plan = exercise.compare
  local run <close> = session.new(exercise, own, options)
  local rows = {}
  if own then
    rows[1] = { name = "yours", samples = {} }
    open(run, rows[1], run.file, manifest.forbidden(exercise))
  end
  for _, version in ipairs(plan.versions) do
    local row = { name = version[1], samples = {} }
    open(run, row, exercise.folder .. "/" .. version[2])
    rows[#rows + 1] = row
  end
  time_in_turn(run, rows, plan.size)
  local timed = { time_naive(run, plan.size, plan.naive_size) }
  for _, row in ipairs(rows) do
    timed[#timed + 1] = finish(row)
  end
  return { size = plan.size, unit = plan.unit, rounds = ROUNDS, rows = timed }
end

local function row_named(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then
      return row
    end
  end
end

local function against(row, base)
  if not (base and base.seconds) or row.seconds > base.seconds * 1000 then
    return ""
  end
  return format.ratio(base.seconds / row.seconds)
end

---@param compared Versions
---@return string
function comparison.heading(compared)
  return ("%s %s, median CPU time of %d runs in turn"):format(
    format.count(compared.size), compared.unit, compared.rounds)
end

local LINE = "  %-8s %14s %14s %12s"

--- A table as lines of text; ratios say how many times as fast.
---@param compared Versions
---@return string[] lines
function comparison.lines(compared)
  local rows = compared.rows
  local naive, script = rows[1], row_named(rows, "script")
  local header = LINE:format("", "CPU time", "vs naive", script and "vs script" or "")
  local lines = { (header:gsub("%s+$", "")) }
  for _, row in ipairs(rows) do
    if row.problem then
      lines[#lines + 1] = ("  %-8s %s"):format(row.name, row.problem)
    else
      local mark = row.from and "~ " or ""
      local line = LINE:format(
        row.name, mark .. format.seconds(row.seconds), against(row, naive), against(row, script))
      lines[#lines + 1] = line:gsub("%s+$", "")
    end
  end
  local from = naive.from
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("  ~ extrapolated as n%s from %s at n = %s"):format(
    from.growth == 1 and "" or "^" .. from.growth, format.seconds(from.seconds),
    format.count(from.size))
  return lines
end

return comparison
