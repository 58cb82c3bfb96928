--- The class's page: how each check went, how results are spread, and a row a student.

local html = require("perilune.lab.page.html")
local pages = require("perilune.lab.grade.pages")
local rows = require("perilune.lab.grade.rows")

local class = {}

local VERDICTS <const> = { "passed", "failed", "inconclusive", "not judged", "missing" }

local function counts_text(list)
  local counts, parts = {}, {}
  for _, row in ipairs(list) do
    counts[row.verdict] = (counts[row.verdict] or 0) + 1
  end
  for _, verdict in ipairs(VERDICTS) do
    parts[#parts + 1] = counts[verdict] and ("%d %s"):format(counts[verdict], verdict) or nil
  end
  return ("%d students: %s"):format(#list, table.concat(parts, ", "))
end

--- Results of one check by status, and how many there are.
local function tally(list, name)
  local by_status, count = {}, 0
  for _, row in ipairs(list) do
    for _, result in ipairs(row.report and row.report.results or {}) do
      if result.name == name then
        by_status[result.status] = (by_status[result.status] or 0) + 1
        count = count + 1
      end
    end
  end
  return by_status, count
end

local function bar(share)
  return ('<div aria-hidden="true" style="min-width: 5rem; background: var(--shade)"><div style="'
    .. 'height: .8rem; margin-top: .35rem; width: %.0f%%; background: var(--blue)"></div></div>')
    :format(100 * share)
end

local function check_cells(list, check)
  local by_status, count = tally(list, check.name)
  local function of(...)
    local sum = 0
    for _, status in ipairs({ ... }) do
      sum = sum + (by_status[status] or 0)
    end
    return sum > 0 and tostring(sum) or ""
  end
  local label = check.label .. (check.hidden and " (hidden)" or "")
  if by_status.reader then
    return { label, "", "for a reader", "", of("fail"), "", of("wait") }
  end
  local share = count > 0 and (by_status.pass or 0) / count or 0
  return {
    label, ("%.0f %%"):format(100 * share), { bar(share) }, of("pass"), of("fail", "off limits"),
    of("inconclusive"), of("wait", "later"),
  }
end

local function checks_table(list, exercise)
  local lines = {}
  for i, check in ipairs(exercise.checks) do
    lines[i] = check_cells(list, check)
  end
  return html.table({ caption = "Who was judged, by what came of each criterion",
    columns = { "Criterion", "Pass rate", "", "Passed", "Failed", "Inconclusive", "Not run" },
    numeric = { [2] = true, [4] = true, [5] = true, [6] = true, [7] = true }, rows = lines })
end

--- How many students passed 0, 1, 2 and so on of the checks, and how many checks there are.
local function distribution(list, exercise)
  local most, counts = 0, {}
  for _, row in ipairs(list) do
    local passed, of = rows.score(row, exercise)
    most = of
    counts[passed] = (counts[passed] or 0) + (row.report and 1 or 0)
  end
  return counts, most
end

local WIDTH <const>, HEIGHT <const>, BASE <const> = 640, 150, 120

local function column(i, count, highest, step)
  local height = count / highest * (BASE - 25)
  local x = 20 + i * step
  local middle = x + step * 0.375
  local parts = { ('<text x="%.1f" y="%d" text-anchor="middle">%d</text>'):format(
    middle, BASE + 18, i) }
  if count > 0 then
    parts[2] = (
      '<rect style="fill: var(--blue)" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>'):format(
      x, BASE - height, step * 0.75, height)
    parts[3] = ('<text x="%.1f" y="%.1f" text-anchor="middle">%d</text>'):format(
      middle, BASE - height - 5, count)
  end
  return table.concat(parts)
end

local function histogram(list, exercise)
  local counts, most = distribution(list, exercise)
  local highest, told, step = 0, {}, (WIDTH - 40) / (most + 1)
  for _, count in pairs(counts) do
    highest = math.max(highest, count)
  end
  if highest == 0 then
    return "<p>Nothing was judged.</p>"
  end
  local columns = {}
  for i = 0, most do
    columns[#columns + 1] = column(i, counts[i] or 0, highest, step)
    told[#told + 1] = (counts[i] or 0) > 0 and ("%d passed %d"):format(counts[i], i) or nil
  end
  return ('<figure><svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">%s<line '
    .. 'style="stroke: var(--grid)" x1="20" x2="%d" y1="%d" y2="%d"/></svg>\n<figcaption>Students '
    .. "by the number of criteria passed</figcaption></figure>"):format(WIDTH, HEIGHT,
    table.concat(told, ", "), table.concat(columns, "\n"), WIDTH - 20, BASE, BASE)
end

local function student_cells(row, exercise, page)
  local mark = rows.mark(row)
  return {
    { ('<a href="%s">%s</a>'):format(html.escape(page), html.escape(row.student)) },
    { html.verdict(row.verdict) },
    row.report and ("%d of %d"):format(rows.score(row, exercise)) or "",
    mark and ("%g"):format(mark) or "", rows.reason(row),
  }
end

local function students_table(list, exercise, page_of)
  local lines = {}
  for i, row in ipairs(list) do
    lines[i] = student_cells(row, exercise, page_of(row))
  end
  return html.table({ caption = "Each student, and the first thing that went wrong",
    columns = { "Student", "Verdict", "Passed", "Marks", "First reason" },
    numeric = { [3] = true, [4] = true }, rows = lines })
end

---@param list GradeRow[]
---@param exercise Exercise
---@param about string how it was judged
---@param page_of fun(row: GradeRow): string address of a student's page
---@param template string
---@param again string the command that graded
---@return string html
function class.page(list, exercise, about, page_of, template, again)
  local title = ("Exercise %d: %s"):format(exercise.number, exercise.title)
  return pages.page(template, title .. ", the class", {
    ("<h1>%s</h1>"):format(html.escape(title)),
    ('<p class="lead">%s</p>'):format(counts_text(list)),
    ("<p>%s</p>"):format(html.escape(about)),
    pages.section("Criteria", checks_table(list, exercise)),
    pages.section("Distribution", histogram(list, exercise)),
    pages.section("Students", students_table(list, exercise, page_of)),
  }, again)
end

return class
