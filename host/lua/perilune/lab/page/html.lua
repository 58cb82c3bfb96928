--- Text, verdicts and tables as HTML, and the page that they are put into.

local markup = require("perilune.markup")

local html = { escape = markup.escape }

--- Words in backquotes as code.
---@param text string
---@return string
function html.prose(text)
  return (html.escape(text):gsub("`([^`]+)`", "<code>%1</code>"))
end

-- The word and the class of a status or a verdict; nobody has to tell red from green.
local STATES <const> = {
  pass = { "passed", "pass" }, passed = { "passed", "pass" },
  fail = { "failed", "fail" }, failed = { "failed", "fail" },
  ["off limits"] = { "off limits", "off-limits" }, ["not judged"] = { "not judged", "fail" },
  inconclusive = { "inconclusive", "inconclusive" }, missing = { "missing", "inconclusive" },
  wait = { "not run", "wait" }, later = { "not run", "wait" },
  reader = { "for a reader", "reader" },
}

--- A status or a verdict.
---@param status string
---@return string
function html.verdict(status)
  local word, class = table.unpack(STATES[status])
  return ('<span class="verdict %s">%s</span>'):format(class, word)
end

--- What a check has found, with its hint where it has failed.
---@param result Result
---@return string
function html.found(result)
  local parts = { html.prose(result.detail) }
  for _, note in ipairs(result.notes or {}) do
    parts[#parts + 1] = html.prose(note)
  end
  if result.hint and (result.status == "fail" or result.status == "off limits") then
    parts[#parts + 1] = "<em>" .. html.prose(result.hint) .. "</em>"
  end
  return table.concat(parts, "<br>")
end

-- Roles are told as well, since a narrow page lays tables out as other things.
local HEAD, FIRST, REST = 'th scope="col" role="columnheader"', 'th scope="row" role="rowheader"',
  'td role="cell"'

local function line_of(row, is_head, numeric)
  local parts = {}
  for i, cell in ipairs(row) do
    local name = is_head and HEAD or i == 1 and FIRST or REST
    local class = numeric and numeric[i] and ' class="number"' or ""
    parts[i] = ("<%s%s>%s</%s>"):format(name, class, cell, name:match("^%a+"))
  end
  return '<tr role="row">' .. table.concat(parts) .. "</tr>"
end

---@class PageTable
---@field caption string
---@field columns string[]
---@field rows string[][] of text; a cell that is a table is HTML: {html}
---@field numeric? table<integer, true> columns that stand at the right

local function encoded(row)
  local list = {}
  for i, cell in ipairs(row) do
    list[i] = type(cell) == "table" and cell[1] or html.escape(tostring(cell))
  end
  return list
end

--- In a region that scrolls by itself, and can be reached by keyboard for that.
---@param one PageTable
---@return string
function html.table(one)
  local lines = {
    ('<div class="scroll" role="region" tabindex="0" aria-label="%s">'):format(
      html.escape(one.caption)),
    '<table role="table"><caption>' .. html.escape(one.caption) .. "</caption>",
    "<thead>" .. line_of(encoded(one.columns), true, one.numeric) .. "</thead><tbody>",
  }
  for _, row in ipairs(one.rows) do
    lines[#lines + 1] = line_of(encoded(row), false, one.numeric)
  end
  lines[#lines + 1] = "</tbody></table></div>"
  return table.concat(lines, "\n")
end

--- Puts a page together.
---@param template string with a `<!-- NAME -->` for each place
---@param places table<string, string>
---@return string
function html.page(template, places)
  return (template:gsub("<!%-%- (%a+) %-%->", places))
end

return html
