--- Figures in answers.md: that they agree with each other, and with what earlier checks measured.
--- Times may come from another machine, so only counts and ratios are compared with measures.
---
---   figures  list of {key, heading, kind = "number" | "seconds" | "ratio", and one or none of
---              exact = (measures) -> number      the only right one
---              quotient = {key, key}, near = (measures) -> number, tolerance = factor,
---              far = what to think of when it is not near}

local figure = require("perilune.lab.figure")
local format = require("perilune.lab.format")

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

local function far_from(want, written, measures)
  local measured = want.near(measures)
  if figure.apart(written.value, measured, want.tolerance) then
    return figure.at(written.section, ("%s; measured here: %s; %s"):format(
      format.ratio(written.value), format.ratio(measured), want.far))
  end
end

local function problem_of(want, figures, measures)
  local written = figures[want.key]
  if want.exact then
    return inexact(want, written, measures)
  elseif want.quotient then
    local slow, fast = table.unpack(want.quotient)
    return figure.misdivided(written, figures[slow], figures[fast])
      or far_from(want, written, measures)
  end
end

local function text_of(want, written, measures)
  if want.near then
    return ("%s %s, measured here %s"):format(
      want.heading:lower(), format.ratio(written.value), format.ratio(want.near(measures)))
  end
  return ("%s %s"):format(want.heading:lower(), whole(written.value))
end

local function told(check, figures, measures)
  local parts = {}
  for _, want in ipairs(check.figures) do
    if want.exact or want.near then
      parts[#parts + 1] = text_of(want, figures[want.key], measures)
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
