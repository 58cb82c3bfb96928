--- A batch as JUnit's XML: a suite a student, a case a check.

local markup = require("perilune.markup")

local junit = {}

-- XML has no place for other control characters, even escaped.
local function escape(text)
  text = tostring(text):gsub("[\0-\8\11\12\14-\31]", "?")
  return (markup.escape(text):gsub("\n", "&#10;"))
end

local function text_of(result)
  local lines = { result.detail }
  table.move(result.notes or {}, 1, #(result.notes or {}), 2, lines)
  return escape(table.concat(lines, "\n"))
end

local SKIPPED <const> = { wait = true, reader = true, inconclusive = true, later = true }

local function case(student, result)
  local open = ('    <testcase classname="%s" name="%s"'):format(escape(student),
    escape(result.label))
  if result.status == "pass" then
    return open .. "/>"
  elseif SKIPPED[result.status] then
    return ('%s><skipped message="%s"/></testcase>'):format(open,
      escape(result.status .. ": ") .. text_of(result))
  end
  return ('%s><failure message="%s"/></testcase>'):format(open, text_of(result))
end

local function count(results, accept)
  local n = 0
  for _, result in ipairs(results) do
    n = n + (accept(result.status) and 1 or 0)
  end
  return n
end

local function suite(lines, row)
  local results = row.report and row.report.results or {}
  local function is_failure(status) return status == "fail" or status == "off limits" end
  lines[#lines + 1] = ('  <testsuite name="%s" tests="%d" failures="%d" errors="%d" skipped="%d">')
    :format(escape(row.student), math.max(#results, 1), count(results, is_failure),
      row.report and 0 or 1, count(results, function(status) return SKIPPED[status] end))
  for _, result in ipairs(results) do
    lines[#lines + 1] = case(row.student, result)
  end
  if not row.report then
    lines[#lines + 1] = ('    <testcase classname="%s" name="submission"><error message="%s"/>'
      .. "</testcase>"):format(escape(row.student), escape(row.problem))
  end
  lines[#lines + 1] = "  </testsuite>"
end

---@param rows GradeRow[]
---@param title string
---@return string xml
function junit.write(rows, title)
  local lines = {
    '<?xml version="1.0" encoding="UTF-8"?>', ('<testsuites name="%s">'):format(escape(title)),
  }
  for _, row in ipairs(rows) do
    suite(lines, row)
  end
  lines[#lines + 1] = "</testsuites>\n"
  return table.concat(lines, "\n")
end

return junit
