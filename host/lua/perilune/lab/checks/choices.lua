--- Choices in answers.md that must follow from the student's own figures there.
---
---   figures  list of {key, heading, kind}, as in perilune.lab.checks.facts
---   choices  list of
---              {heading,
---               options = {{name, word...}...}  one is to be named, by one of its words
---               right = (values) -> names       those that the figures allow
---               why = (values, format) -> text  what the figures say
---               percent = (values) -> number?}  which must stand beside the name, about

local answers = require("perilune.lab.answers")
local figure = require("perilune.lab.figure")
local format = require("perilune.format")

-- Points of percent by which one may be off, beside its rounding.
local OFF <const> = 2

local function values_of(session, figures)
  local values = {}
  for _, want in ipairs(figures) do
    local written, problem = figure.read(session, want.heading, want.kind)
    if not written then
      return nil, problem
    end
    values[want.key] = written.value
  end
  return values
end

local function is_named(text, option)
  for i = 2, #option do
    if text:find("%f[%w]" .. option[i]) then
      return true
    end
  end
end

local function names_of(options)
  local names = {}
  for i, option in ipairs(options) do
    names[i] = option[1]
  end
  return table.concat(names, ", ")
end

--- The one option that a section names.
local function named(section, options)
  local text, found = section.text:lower(), {}
  for _, option in ipairs(options) do
    found[#found + 1] = is_named(text, option) and option[1] or nil
  end
  if #found == 1 then
    return found[1]
  end
  return nil, answers.at(section.line, ("name one under '%s': %s%s"):format(section.heading,
    names_of(options), #found > 1 and "; not " .. table.concat(found, " and ") or ""))
end

local function contains(list, value)
  for _, each in ipairs(list) do
    if each == value then
      return true
    end
  end
end

local function wrong_percent(section, wanted)
  local written = answers.percent(section.text)
  if not written then
    return answers.at(section.line, ("no number with %% under '%s'"):format(section.heading))
  elseif math.abs(written.value - wanted) > OFF + written.half then
    return answers.at(section.line, ("%.14g %% under '%s'; by your figures it is %.2g %%"):format(
      written.value, section.heading, wanted))
  end
end

--- What is wrong with one choice; else what it is.
local function judge(session, choice, values)
  local section, message = session:section(choice.heading)
  if not section then
    return message
  end
  local name, problem = named(section, choice.options)
  if not name then
    return problem
  elseif not contains(choice.right(values), name) then
    return answers.at(section.line, ("'%s' under '%s'; your figures: %s"):format(name,
      section.heading, choice.why(values, format)))
  end
  problem = choice.percent and wrong_percent(section, choice.percent(values))
  return problem, ("%s: %s"):format(choice.heading:gsub("^%u%l", string.lower), name)
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local values, message = values_of(session, check.figures)
  if not values then
    return { status = "fail", detail = message }
  end
  local problems, told = {}, {}
  for i, choice in ipairs(check.choices) do
    problems[#problems + 1], told[i] = judge(session, choice, values)
  end
  if #problems > 0 then
    return { status = "fail", detail = table.remove(problems, 1), notes = problems }
  end
  return { status = "pass", detail = table.concat(told, "; ") }
end
