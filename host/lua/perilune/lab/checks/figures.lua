--- Figures in answers.md: that they agree with each other, and with what is measured here. Times
--- may come from another machine, so only ratios are compared with measures.
---
---   faster           name of the check that measured both versions
---   large            name of the check that timed the solution on a long list
---   headings         {size, naive, own, ratio, large}: where each figure stands
---   sizes            {low, high}: sizes at which a time can be measured here
---   tolerance        how far the measured speed-up may lie from the written one, as a factor
---   large_tolerance  the same for the time on the long list, over the student's own time

local figure = require("perilune.lab.figure")
local format = require("perilune.format")
local statistics = require("perilune.statistics")

-- Seconds of a naive run; above it the time is extrapolated.
local AFFORDABLE = 0.2
-- Runs whose median is taken: few of what takes long.
local FEWEST, RUNS, PATIENCE = 3, 9, 0.5

local KINDS = {
  size = "number", naive = "seconds", own = "seconds", ratio = "ratio", large = "seconds",
}
local ORDER = { "size", "naive", "own", "ratio", "large" }

local at = figure.at

local function read_all(session, headings)
  local figures, problems = {}, {}
  for _, key in ipairs(ORDER) do
    local problem
    figures[key], problem = figure.read(session, headings[key], KINDS[key])
    problems[#problems + 1] = problem
  end
  return figures, problems
end

local function check_division(figures)
  return figure.misdivided(figures.ratio, figures.naive, figures.own)
end

local function check_size(figures, sizes)
  local n = math.tointeger(figures.size.value)
  if n and n >= sizes.low and n <= sizes.high then
    return nil
  end
  return at(figures.size.section, ("the size reads as %.14g; whole numbers from %s to %s can be "
    .. "measured here"):format(figures.size.value, format.count(sizes.low),
    format.count(sizes.high)))
end

--- The second call on the same data: people time a loop of calls, not a first one.
local function second_call(session, child, name, n, run)
  local first, message, code = session:call(child, name, session:arguments(n, run))
  if not first then
    return nil, message, code
  end
  local spent
  spent, message, code = child:call(name)
  return spent and spent.cpu, message, code
end

--- Median CPU time of a few runs, each on fresh data.
local function time(session, child, name, n)
  local samples, total = {}, 0
  repeat
    local seconds, message, code = second_call(session, child, name, n, #samples + 1)
    if not seconds then
      return nil, message, code
    end
    samples[#samples + 1], total = seconds, total + seconds
  until #samples >= RUNS or #samples >= FEWEST and total > PATIENCE
  return statistics.median(samples)
end

local function naive_time(session, measured, n)
  local growth = session.exercise.naive.growth
  local predicted = measured.naive * (n / measured.size) ^ growth
  if n == measured.size or predicted > AFFORDABLE then
    return predicted
  end
  local child <close> = assert(session:naive())
  return time(session, child, session.exercise.naive.name, n)
end

--- Both versions at the student's own n: {naive, own, ratio}.
local function measure(session, check, n)
  local child <close>, message, code = session:solution(check)
  if not child then
    return nil, message, code
  end
  local own
  own, message, code = time(session, child, session:name_of(check), n)
  if not own then
    return nil, message, code
  end
  local naive = naive_time(session, session.measures[check.faster], n)
  return { naive = naive, own = own, ratio = naive / own }
end

local function size_text(figures)
  return format.count(math.tointeger(figures.size.value))
end

local function check_ratio(figures, measured, tolerance)
  local written = figures.ratio.value
  if figure.apart(written, measured.ratio, tolerance) then
    return at(figures.ratio.section, ("speed-up %s; measured here at n = %s: %s"):format(
      format.ratio(written), size_text(figures), format.ratio(measured.ratio)))
  end
end

local function check_large(figures, measured, large, check)
  local written = figures.large.value / figures.own.value
  local here = large.own / measured.own
  if figure.apart(written, here, check.large_tolerance) then
    return at(figures.large.section, ("%s is %s your time at n = %s; measured here: %s"):format(
      format.seconds(figures.large.value), format.ratio(written), size_text(figures),
      format.ratio(here)))
  end
end

local function result(problems, figures, measured)
  if #problems > 0 then
    return { status = "fail", detail = table.remove(problems, 1), notes = problems }
  end
  local detail = ("speed-up %s at n = %s; measured here: %s"):format(
    format.ratio(figures.ratio.value), size_text(figures), format.ratio(measured.ratio))
  return { status = "pass", detail = detail }
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local filled, message = session:answers()
  if not filled then
    return { status = "fail", detail = message }
  end
  local figures, problems = read_all(session, check.headings)
  if #problems > 0 then
    return result(problems)
  end
  local size_problem = check_size(figures, check.sizes)
  if size_problem then
    return result({ size_problem, check_division(figures) })
  end
  local measured, failure, code = measure(session, check, math.tointeger(figures.size.value))
  if not measured then
    return session:failed(failure, code, check)
  end
  problems[#problems + 1] = check_division(figures)
  problems[#problems + 1] = check_ratio(figures, measured, check.tolerance)
  problems[#problems + 1] = check_large(figures, measured, session.measures[check.large], check)
  return result(problems, figures, measured)
end
