--- A report as text for people and as JSON for programs.

local dkjson = require("dkjson")

local report = {}

local TAGS = {
  pass = { "ok", "green" },
  fail = { "FAIL", "red" },
  inconclusive = { "????", "yellow" },
  wait = { "wait", "dim" },
  reader = { "read", "cyan" },
  ["off limits"] = { "OFF", "red" },
}

---@alias Paint fun(text: string, colour: string): string

--- Breaks at blanks when it must; a word that is too long stays whole.
local function wrap(text, width)
  if (utf8.len(text) or #text) <= width then
    return { text }
  end
  local lines, line = {}, nil
  for word in text:gmatch("%S+") do
    if line and #line + 1 + #word > width then
      lines[#lines + 1] = line
      line = word
    else
      line = line and line .. " " .. word or word
    end
  end
  lines[#lines + 1] = line
  return lines
end

--- Width of the label column.
---@param exercise Exercise
---@return integer
function report.label_width(exercise)
  local width = 0
  for _, check in ipairs(exercise.checks) do
    width = math.max(width, #check.label)
  end
  return width
end

local function add(lines, indent, text, width)
  for _, line in ipairs(wrap(text, width - indent)) do
    lines[#lines + 1] = (" "):rep(indent) .. line
  end
end

--- A text that goes with a report, indented as its rows are.
---@param text string
---@param width integer columns
---@return string
function report.paragraph(text, width)
  local lines = {}
  add(lines, 2, text, width)
  return table.concat(lines, "\n")
end

--- One result, over as many lines as it needs.
---@param result Result
---@param label_width integer
---@param paint Paint
---@param width integer columns
---@return string
function report.row(result, label_width, paint, width)
  local tag, colour = table.unpack(TAGS[result.status])
  local indent = 10 + label_width
  local lines = {}
  add(lines, indent, result.detail, width)
  for _, note in ipairs(result.notes or {}) do
    add(lines, indent, note, width)
  end
  local label = result.label .. (" "):rep(label_width - #result.label)
  lines[1] = ("  %s  %s  %s"):format(
    paint(("%-4s"):format(tag), colour), label, lines[1]:sub(indent + 1))
  return table.concat(lines, "\n")
end

local function first(results, statuses)
  for _, result in ipairs(results) do
    if statuses[result.status] then
      return result
    end
  end
end

--- `3 of 5 passed, 1 for a reader`
---@param judged Report
---@return string
function report.summary(judged)
  local counts, readers = judged.counts, judged.counts.reader or 0
  local text = ("%d of %d passed"):format(counts.pass or 0, #judged.results - readers)
  if counts.inconclusive then
    text = text .. (", %d inconclusive"):format(counts.inconclusive)
  end
  if readers > 0 then
    text = text .. (", %d for a reader"):format(readers)
  end
  return text
end

--- What to do now, in one line.
---@param judged Report
---@return string
function report.advice(judged)
  local problem = first(judged.results, { fail = true, ["off limits"] = true })
  if problem then
    return problem.hint
  elseif first(judged.results, { inconclusive = true }) then
    return "no fail: check again when the machine is less busy"
  end
  return ("perilune compare %d, perilune report %d"):format(judged.exercise, judged.exercise)
end

--- Keys in a fixed order, paths and results as they are.
---@param value table
---@return string
function report.json(value)
  return dkjson.encode(value, { indent = true, keyorder = {
    "exercise", "name", "title", "file", "seed", "verdict", "counts", "missing", "results",
    "label", "status", "detail", "notes", "hint", "series", "warnings", "environment",
  } })
end

return report
