--- Times the versions of a solution on the same work, in turn: by processor time or, where the plan
--- has `wall = true`, by wall time with processor time beside it.

local format = require("perilune.format")
local manifest = require("perilune.lab.manifest")
local session = require("perilune.lab.session")
local statistics = require("perilune.statistics")

local comparison = {}

local ROUNDS = 5

---@class Row
---@field name string
---@field seconds? number   median time; nil when the version failed
---@field cpu? number       median CPU time, where the others are wall times
---@field problem? string   why it failed
---@field from? {size: integer, seconds: number, growth: integer}  set when the time is extrapolated

---@class Versions
---@field size integer
---@field unit string
---@field wall? boolean     wall times
---@field rounds integer
---@field rows Row[]

--- `driven` names the driver.
local function open(run, row, file, driven, forbidden, late)
  local exercise = run.exercise
  local child, message, code = run:open(file, {
    functions = exercise.functions, forbidden = forbidden, late = late,
    driver = manifest.driver(exercise, driven),
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
  local spent, got, code = run:timed(row.child, run:name_of(), arguments)
  local problem = spent and run:difference(arguments, got)
  if problem then
    row.problem = "wrong: " .. problem
  elseif not spent then
    row.problem = run:failed(got, code).detail
  end
  if row.problem then
    row.child = row.child:close()
    return
  end
  table.insert(row.samples, spent)
end

local function median_of(samples, clock)
  local seconds = {}
  for i, spent in ipairs(samples) do
    seconds[i] = spent[clock]
  end
  return statistics.median(seconds)
end

--- A version's row: its times, or why there are none.
local function row_of(name, samples, plan)
  return {
    name = name, seconds = median_of(samples, plan.wall and "wall" or "cpu"),
    cpu = plan.wall and median_of(samples, "cpu") or nil,
  }
end

local function time_naive(run, plan, rounds)
  local naive, samples = run.exercise.naive, {}
  local child <close> = assert(run:naive())
  for i = 1, rounds do
    samples[i] = assert(run:timed(child, naive.name, run:arguments(plan.naive_size, i)))
  end
  local row = row_of("naive", samples, plan)
  if plan.naive_size ~= plan.size then
    local factor = (plan.size / plan.naive_size) ^ naive.growth
    row.from = { size = plan.naive_size, seconds = row.seconds, growth = naive.growth }
    row.seconds, row.cpu = row.seconds * factor, row.cpu and row.cpu * factor
  end
  return row
end

local function time_in_turn(run, rows, size, rounds)
  for round = 1, rounds do
    local arguments = run:arguments(size, round)
    for i = 1, #rows do
      measure(run, rows[round % 2 == 1 and i or #rows + 1 - i], arguments)
    end
  end
end

local function finish(row, plan)
  if row.child then
    row.child:close()
  end
  return row.problem and { name = row.name, problem = row.problem }
    or row_of(row.name, row.samples, plan)
end

--- Naive, extrapolated where it runs on less; the student's own, when a file is given; then the
--- exercise's versions.
---@param exercise Exercise
---@param own? string the student's file
---@param options {seed: integer, rounds?: integer, start?: function, bench?: table}
---@return Versions
function comparison.run(exercise, own, options)
  local plan, rounds = exercise.compare, options.rounds or ROUNDS
  local run <close> = session.new(exercise, own, options)
  local opened <close> = plan.open and plan.open() or nil
  run.ports = opened and opened.ports
  local rows = {}
  if own then
    rows[1] = { name = "yours", samples = {} }
    open(run, rows[1], run.file, plan, manifest.forbidden(exercise))
  end
  for _, version in ipairs(plan.versions) do
    local row = { name = version[1], samples = {} }
    open(run, row, exercise.folder .. "/" .. version[2], version.driver and version or plan)
    rows[#rows + 1] = row
  end
  time_in_turn(run, rows, plan.size, rounds)
  local timed = { time_naive(run, plan, rounds) }
  for _, row in ipairs(rows) do
    timed[#timed + 1] = finish(row, plan)
  end
  return {
    size = plan.size, unit = plan.unit, wall = plan.wall, rounds = rounds, rows = timed,
  }
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
  return ("%s %s, median %s time of %d runs in turn"):format(format.count(compared.size),
    compared.unit, compared.wall and "wall" or "CPU", compared.rounds)
end

--- One line: a name, then cells at the right of their columns.
local function line_of(name, cells)
  local parts = { ("  %-8s"):format(name) }
  for i, cell in ipairs(cells) do
    parts[i + 1] = ("%14s"):format(cell)
  end
  return (table.concat(parts, " "):gsub("%s+$", ""))
end

local function header_of(compared, script)
  local cells = { "CPU time", "vs naive", script and "vs script" }
  if compared.wall then
    table.insert(cells, 1, "wall time")
  end
  return line_of("", cells)
end

local function cells_of(row, naive, script)
  local mark = row.from and "~ " or ""
  local cells = {
    mark .. format.seconds(row.seconds), against(row, naive), against(row, script),
  }
  if row.cpu then
    table.insert(cells, 2, mark .. format.seconds(row.cpu))
  end
  return cells
end

local function footnote(from)
  return ("  ~ extrapolated as n%s from %s at n = %s"):format(
    from.growth == 1 and "" or "^" .. from.growth, format.seconds(from.seconds),
    format.count(from.size))
end

--- A table as lines of text; ratios say how many times as fast.
---@param compared Versions
---@return string[] lines
function comparison.lines(compared)
  local rows = compared.rows
  local naive, script = rows[1], row_named(rows, "script")
  local lines = { header_of(compared, script) }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = row.problem and ("  %-8s %s"):format(row.name, row.problem)
      or line_of(row.name, cells_of(row, naive, script))
  end
  if naive.from then
    table.move({ "", footnote(naive.from) }, 1, 2, #lines + 1, lines)
  end
  return lines
end

return comparison
