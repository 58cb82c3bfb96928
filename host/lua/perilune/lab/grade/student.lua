--- A student's page: what was decided, why, and how to see it again.

local files = require("perilune.lab.files")
local html = require("perilune.lab.page.html")
local pages = require("perilune.lab.grade.pages")
local rows = require("perilune.lab.grade.rows")

local student = {}

local HIDDEN <const> = "a check of your instructor's; what it asks is not told"

--- Paragraphs as they are, without the line breaks within them.
local function flowing(text)
  return html.escape((text:gsub("([^\n])\n%f[^\n]", "%1 ")))
end

--- What the student has written, for the reader.
local function written(result)
  local parts = {}
  for i, section in ipairs(result.written or {}) do
    parts[i] = ('<br><strong>%s</strong><div class="note" style="white-space: pre-line">%s</div>')
      :format(html.escape(section.heading), flowing(section.text))
  end
  return table.concat(parts)
end

local function told(result, row, check)
  if result.hidden then
    return "<em>" .. HIDDEN .. "</em>"
  end
  local mark = row.marks[result.name]
  return html.found(result) .. written(result)
    .. (mark and ("<br><strong>Mark: %g of %d</strong>"):format(mark, rows.most(check)) or "")
end

local function results_table(row, exercise)
  local list = {}
  for i, result in ipairs(row.report.results) do
    list[i] = {
      result.label, { html.verdict(result.status) }, { told(result, row, exercise.checks[i]) },
    }
  end
  return html.table({ caption = "Each criterion, and why",
    columns = { "Criterion", "Verdict", "What was found" }, rows = list })
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
---@param template string
---@param again string the command that graded
---@return string html
function student.page(row, exercise, template, again)
  local title = ("Exercise %d: %s"):format(exercise.number, exercise.title)
  local body = {
    ("<h1>%s</h1>"):format(html.escape(row.student)),
    ('<p class="lead">%s<br>%s%s</p>'):format(html.escape(title), html.verdict(row.verdict),
      row.report and ": " .. sum_of(row, exercise) or ""),
  }
  if row.problem then
    body[#body + 1] = ("<p>%s</p>"):format(html.escape(row.problem))
  end
  if row.comment then
    body[#body + 1] = pages.section("Comment", "<p>" .. html.escape(row.comment) .. "</p>")
  end
  if row.report then
    body[#body + 1] = pages.section("Criteria", results_table(row, exercise), "criteria")
    body[#body + 1] = pages.section("See it again",
      "<p><code>" .. html.escape(repeat_command(row)) .. "</code></p>")
  end
  return pages.page(template, ("%s, %s"):format(row.student, title), body, again)
end

return student
