--- A report as text for people and as JSON for programs.

local dkjson = require("dkjson")
local judge = require("perilune.lab.judge")

local report = {}

local TAGS = {
  pass = { "ok", "green" },
  fail = { "FAIL", "red" },
  inconclusive = { "????", "yellow" },
  wait = { "wait", "dim" },
  reader = { "read", "cyan" },
  ["off limits"] = { "OFF", "red" },
  pending = { "...", "dim" },
}

local COLOURS = { passed = "green", failed = "red", inconclusive = "yellow" }

---@alias Paint fun(text: string, colour: string): string

--- Breaks at blanks when it must; a word that is too long stays whole, and so do wide gaps.
local function wrap(text, width)
  if (utf8.len(text) or #text) <= width then
    return { text }
  end
  local lines, line = {}, nil
  for gap, word in text:gmatch("(%s*)(%S+)") do
    if line and #line + #gap + #word > width then
      lines[#lines + 1] = line
      line = word
    else
      line = line and line .. gap .. word or word
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

--- Cuts a text that is too long for one line.
local function clip(text, width)
  if (utf8.len(text) or #text) <= width then
    return text
  end
  return text:sub(1, (utf8.offset(text, width) or width) - 1) .. "…"
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

local function tagged(status, label, label_width, paint, detail)
  local tag, colour = table.unpack(TAGS[status])
  return ("  %s  %s%s  %s"):format(paint(("%-4s"):format(tag), colour), label,
    (" "):rep(label_width - #label), detail)
end

--- What a row's detail is indented by.
local function indent_of(label_width)
  return 10 + label_width
end

--- One result on one line.
---@param result Result
---@param label_width integer
---@param paint Paint
---@param width integer columns
---@return string
function report.line(result, label_width, paint, width)
  return tagged(result.status, result.label, label_width, paint,
    clip(result.detail, width - indent_of(label_width)))
end

--- A check that is not decided yet.
---@param label string
---@param label_width integer
---@param paint Paint
---@param detail string
---@return string
function report.pending(label, label_width, paint, detail)
  return tagged("pending", label, label_width, paint, detail)
end

--- One result, over as many lines as it needs.
---@param result Result
---@param label_width integer
---@param paint Paint
---@param width integer columns
---@return string
function report.row(result, label_width, paint, width)
  local indent, lines = indent_of(label_width), {}
  add(lines, indent, result.detail, width)
  for _, note in ipairs(result.notes or {}) do
    add(lines, indent, note, width)
  end
  lines[1] = tagged(result.status, result.label, label_width, paint, lines[1]:sub(indent + 1))
  return table.concat(lines, "\n")
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

--- The same, in the verdict's colour.
---@param judged Report
---@param paint Paint
---@return string
function report.verdict(judged, paint)
  return paint(report.summary(judged), COLOURS[judged.verdict])
end

--- What to do now, in one line.
---@param judged Report
---@return string
function report.advice(judged)
  local obstacle = judge.obstacle(judged.results)
  if not obstacle then
    return ("perilune compare %d, perilune report %d"):format(judged.exercise, judged.exercise)
  elseif obstacle.status == "inconclusive" then
    return "no fail: check again when the machine is less busy"
  end
  return obstacle.hint
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
