--- A student's page: what was decided, why, and how to see it again.

local files = require("perilune.lab.files")
local html = require("perilune.lab.grade.html")
local rows = require("perilune.lab.grade.rows")

local student = {}

local HIDDEN <const> = "a check of your instructor's; what it asks is not told"

--- Paragraphs as they are, without the line breaks within them.
local function flowing(text)
  return html.escape((text:gsub("([^\n])\n%f[^\n]", "%1 ")))
end

local function notes_of(result)
  local items = {}
  for i, note in ipairs(result.notes or {}) do
    items[i] = "<li>" .. html.escape(note) .. "</li>"
  end
  return #items > 0 and "<ul>" .. table.concat(items) .. "</ul>" or ""
end

local function told(result, row, check)
  if result.hidden then
    return ('<p class="dim">%s</p>'):format(HIDDEN)
  end
  local text = ("<p>%s</p>%s"):format(html.escape(result.detail), notes_of(result))
  for _, section in ipairs(result.written or {}) do
    text = text .. ("<p><strong>%s</strong></p><blockquote>%s</blockquote>"):format(
      html.escape(section.heading), flowing(section.text))
  end
  local failed = result.status == "fail" or result.status == "off limits"
  if failed and result.hint then
    text = text .. ('<p class="dim">%s</p>'):format(html.escape(result.hint))
  end
  local mark = row.marks[result.name]
  if mark then
    text = text .. ("<p><strong>Mark: %g of %d</strong></p>"):format(mark, rows.most(check))
  end
  return text
end

local function results_table(row, exercise)
  local list = {}
  for i, result in ipairs(row.report.results) do
    list[i] = {
      html.escape(result.label), html.state(result.status),
      told(result, row, exercise.checks[i]),
    }
  end
  return html.table({ { "Criterion" }, { "Verdict" }, { "Why" } }, list)
end

local function sum_of(row, exercise)
  local text = ("%d of %d criteria passed"):format(rows.score(row, exercise, false))
  local hidden_passed, hidden = rows.score(row, exercise, true)
  if hidden > 0 then
    text = text .. (", %d of %d hidden ones"):format(hidden_passed, hidden)
  end
  local mark = rows.mark(row)
  return text .. (mark and (", a reader's marks: %g"):format(mark) or "")
end

--- The student has the file under another path, and not the hidden checks.
local function repeat_command(row)
  return ("perilune check %d %s --seed %s"):format(row.report.exercise,
    files.basename(row.file), row.report.seed)
end

---@param row GradeRow
---@param exercise Exercise
---@return string html
function student.page(row, exercise)
  local title = ("Exercise %d: %s"):format(exercise.number, exercise.title)
  local body = {
    ("<h1>%s</h1>"):format(html.escape(row.student)),
    ('<p class="dim">%s</p>'):format(html.escape(title)),
    ("<p>%s%s</p>"):format(html.state(row.verdict),
      row.report and ": " .. sum_of(row, exercise) or ""),
  }
  if row.problem then
    body[#body + 1] = ("<p>%s</p>"):format(html.escape(row.problem))
  end
  if row.comment then
    body[#body + 1] = ("<h2>Comment</h2>\n<p>%s</p>"):format(html.escape(row.comment))
  end
  if row.report then
    body[#body + 1] = "<h2>Criteria</h2>\n" .. results_table(row, exercise)
    body[#body + 1] = ("<h2>See it again</h2>\n<pre>%s</pre>"):format(
      html.escape(repeat_command(row)))
  end
  return html.page(("%s, %s"):format(row.student, title), body)
end

return student
