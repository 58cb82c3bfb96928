--- Written explanations: their length is counted, their sense is for a reader.
---
---   headings  the sections that must be filled in
---   counted   {heading, low, high}: sentences asked
---   rubric    lines for the reader

local answers = require("perilune.lab.answers")
local format = require("perilune.format")

local function unfilled(session, headings)
  for _, heading in ipairs(headings) do
    local section, message = session:section(heading)
    if not section then
      return message
    end
  end
end

local function miscounted(section, counted)
  local count = answers.sentences(section.text)
  if count < counted.low or count > counted.high then
    return answers.at(section.line, ("%s under '%s'; %d to %d are asked"):format(
      format.plural(count, "sentence"), counted.heading, counted.low, counted.high))
  end
  return nil, count
end

--- What the reader is to read.
local function written(session, headings)
  local list = {}
  for i, heading in ipairs(headings) do
    list[i] = { heading = heading, text = session:section(heading).text }
  end
  return list
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local problem, count = unfilled(session, check.headings), nil
  if not problem then
    problem, count = miscounted(session:section(check.counted.heading), check.counted)
  end
  if problem then
    return { status = "fail", detail = problem }
  end
  return {
    status = "reader",
    detail = format.plural(count, "sentence") .. "; a reader gives the marks:",
    notes = check.rubric, written = written(session, check.headings),
  }
end
