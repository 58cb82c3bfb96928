--- Text and tables as HTML.

local html = {}

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

---@param text string
---@return string
function html.escape(text)
  return (text:gsub('[&<>"]', ESCAPES))
end

--- Words in backquotes as code.
---@param text string
---@return string
function html.prose(text)
  return (html.escape(text):gsub("`([^`]+)`", "<code>%1</code>"))
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

return html
