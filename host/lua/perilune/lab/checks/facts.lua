--- Figures in answers.md: that they agree with each other, and with what earlier checks measured.
--- Times may come from another machine: only counts, sizes and ratios are compared with measures.
---
---   figures  list of {key, heading, kind = "number" | "seconds" | "ratio" | "bytes"}, with none or
---            some of
---              exact = (measures) -> number      the only right one
---              near = (measures) -> number, tolerance = factor, far = what to think of when it is
---                not near
---              quotient = {key, key}             it must also be the one divided by the other
---              minus = key                       what is near is that figure minus this one
---              fits = (values, measures) -> low, high, why   bounds, by the other figures' values;
---                nil where there is none

local figure = require("perilune.lab.figure")
local format = require("perilune.format")

local function read_all(session, wanted)
  local figures, problems = {}, {}
  for _, want in ipairs(wanted) do
    local lowest = want.exact and 0 or nil
    local written, problem = figure.read(session, want.heading, want.kind, lowest)
    figures[want.key], problems[#problems + 1] = written, problem
  end
  return figures, problems
end

local function whole(value)
  local n = math.tointeger(value)
  return n and format.count(n) or ("%.14g"):format(value)
end

local function inexact(want, written, measures)
  local measured = want.exact(measures)
  if written.value ~= measured then
    return figure.at(written.section, ("%s under '%s'; counted here: %s"):format(
      whole(written.value), want.heading, format.count(measured)))
  end
end

local SHOWN = {
  ratio = format.ratio, bytes = format.bytes, seconds = format.seconds, number = whole,
}

--- The figure or, where it is one side of a difference, the difference.
local function near_value(want, figures)
  local value = figures[want.key].value
  return want.minus and figures[want.minus].value - value or value
end

--- The figure as it was written, with the difference if that is what counts.
local function written_text(want, figures, show)
  local own, other = figures[want.key].value, figures[want.minus]
  return other and ("%s, %s below %s"):format(
    show(own), show(other.value - own), show(other.value)) or show(own)
end

local function far_from(want, figures, measures)
  local measured = want.near(measures)
  if figure.apart(near_value(want, figures), measured, want.tolerance) then
    local show = SHOWN[want.kind]
    return figure.at(figures[want.key].section, ("%s; measured here: %s; %s"):format(
      written_text(want, figures, show), show(measured), want.far))
  end
end

local function values_of(figures)
  local values = {}
  for key, written in pairs(figures) do
    values[key] = written.value
  end
  return values
end

local function bounds_text(low, high, show)
  if not high then
    return "at least " .. show(low)
  elseif low == high then
    return show(low)
  end
  return low and ("%s to %s"):format(show(low), show(high)) or "at most " .. show(high)
end

local function outside(want, figures, measures)
  local written, show = figures[want.key], SHOWN[want.kind]
  local low, high, why = want.fits(values_of(figures), measures)
  if low and written.value + written.half < low or high and written.value - written.half > high then
    return figure.at(written.section, ("%s under '%s'; %s was expected: %s"):format(
      show(written.value), want.heading, bounds_text(low, high, show), why))
  end
end

local function problem_of(want, figures, measures)
  local written = figures[want.key]
  if want.exact then
    return inexact(want, written, measures)
  end
  local slow, fast = table.unpack(want.quotient or {})
  return slow and figure.misdivided(written, figures[slow], figures[fast])
    or want.near and far_from(want, figures, measures)
    or want.fits and outside(want, figures, measures)
    or nil
end

local function text_of(want, figures, measures)
  local name, show = want.heading:gsub("^%u%l", string.lower), SHOWN[want.kind]
  if not want.near then
    return ("%s %s"):format(name, show(figures[want.key].value))
  end
  return ("%s %s, measured here %s"):format(
    name, written_text(want, figures, show), show(want.near(measures)))
end

local function told(check, figures, measures)
  local parts = {}
  for _, want in ipairs(check.figures) do
    if want.exact or want.near or want.fits then
      parts[#parts + 1] = text_of(want, figures, measures)
    end
  end
  return table.concat(parts, "; ")
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local filled, message = session:answers()
  if not filled then
    return { status = "fail", detail = message }
  end
  local figures, problems = read_all(session, check.figures)
  if #problems == 0 then
    for _, want in ipairs(check.figures) do
      problems[#problems + 1] = problem_of(want, figures, session.measures)
    end
  end
  if #problems > 0 then
    return { status = "fail", detail = table.remove(problems, 1), notes = problems }
  end
  return { status = "pass", detail = told(check, figures, session.measures) }
end
