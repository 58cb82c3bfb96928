--- Figures in answers.md: that the run time and each named function's share or time agree with the
--- saved profile, and with each other.
---
---   profile        name of the check that measured the saved profile
---   bottlenecks    name of the check that read which functions are named
---   heading        where the run time stands
---   tolerance      how far a share or time may lie from the profile's, as a factor
---   run_tolerance  the same for the run time, as that was another run

local answers = require("perilune.lab.answers")
local format = require("perilune.format")

--- Whether a written figure, or what it may have been rounded from, is near one of the values.
local function is_near(quantity, values, tolerance)
  for _, value in ipairs(values) do
    if quantity.value + quantity.half >= value / tolerance
      and quantity.value - quantity.half <= value * tolerance then
      return true
    end
  end
  return false
end

local function read_run(session, check)
  local section, message = session:section(check.heading)
  if not section then
    return nil, message
  end
  local run = answers.seconds(section.text)
  if not run or run.value <= 0 then
    return nil, answers.at(section.line, ("no time with a unit (s, ms) under '%s': \"%s\""):format(
      check.heading, format.printable(section.text:match("^[^\n]*"), 40)))
  end
  return { value = run.value, line = section.line }
end

--- The profiled run was slower than a plain one: `seconds` are what is left when the profiler's own
--- time is taken off, and the clocks.
local function check_run(run, seconds, tolerance)
  local low, high = math.min(table.unpack(seconds)), math.max(table.unpack(seconds))
  if run.value >= low / tolerance and run.value <= high * tolerance then
    return nil
  end
  return answers.at(run.line, ("run time %s; the profiled run took %s"):format(
    format.seconds(run.value), format.seconds(seconds[1])))
end

local function values_of(spot, unit)
  return { spot.self / unit, spot.own / unit, spot.total / unit }
end

local function percent_text(value)
  return ("%.3g %%"):format(value)
end

--- One figure of a claim against the profile's self, own and total.
local function check_figure(claim, quantity, unit, text, tolerance)
  local values = values_of(claim.spot, unit)
  if not quantity or is_near(quantity, values, tolerance) then
    return nil
  end
  return answers.at(claim.line, ("%s for %s; the profile says %s itself, %s in all"):format(
    text(quantity.value), claim.spot.name, text(values[2]), text(values[3])))
end

--- A share and a time that are written side by side, over the written run time.
local function check_division(claim, percent, seconds, run, tolerance)
  if not (percent and seconds) then
    return nil
  end
  local share = 100 * seconds.value / run.value
  if is_near(percent, { share }, tolerance) then
    return nil
  end
  return answers.at(claim.line, ("%s is %s of the run time %s, not %s"):format(
    format.seconds(seconds.value), percent_text(share), format.seconds(run.value),
    percent_text(percent.value)))
end

local function check_claim(claim, run, whole, check)
  local percent, seconds = answers.percent(claim.text), answers.seconds(claim.text)
  return check_figure(claim, percent, whole / 100, percent_text, check.tolerance)
    or check_figure(claim, seconds, 1, format.seconds, check.tolerance)
    or run and check_division(claim, percent, seconds, run, check.run_tolerance)
    or nil
end

local function check_presence(claim)
  if answers.percent(claim.text) or answers.seconds(claim.text) then
    return nil
  end
  return answers.at(claim.line, ("no share (%%) or time (s, ms) for %s"):format(claim.spot.name))
end

local function result(problems, run, count)
  if #problems > 0 then
    return { status = "fail", detail = table.remove(problems, 1), notes = problems }
  end
  return { status = "pass", detail = ("run time %s, and %s as in the profile"):format(
    format.seconds(run.value), format.plural(count, "function")) }
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local profiled, named = session.measures[check.profile], session.measures[check.bottlenecks]
  local run, message = read_run(session, check)
  local problems = { message or check_run(run, profiled.seconds, check.run_tolerance) }
  for _, one in ipairs(named.chosen) do
    problems[#problems + 1] = check_presence(one.claim)
  end
  for _, claim in ipairs(named.claims) do
    problems[#problems + 1] = check_claim(claim, run, profiled.spots.seconds, check)
  end
  return result(problems, run, #named.claims)
end
