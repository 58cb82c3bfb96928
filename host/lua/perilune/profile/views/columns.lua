--- A table of figures: columns by their weight, as many as the width leaves room for, and text that
--- takes the rest.

local layout = require("perilune.profile.views.layout")

local GAP = "  "
local NARROWEST = 32 -- the text's least width, for which columns give way

---@class Column
---@field title string
---@field weight integer     the lightest gives way first; 0 never does
---@field cell fun(row: table): string
---@field heat? fun(row: table): number a share of all, which colours the cell

local function width_of(column, rows)
  local width = layout.width(column.title)
  for _, row in ipairs(rows) do
    width = math.max(width, layout.width(column.cell(row)))
  end
  return width
end

local function measured(columns, rows)
  local kept, used = {}, 0
  for i, column in ipairs(columns) do
    kept[i] = { column = column, width = width_of(column, rows) }
    used = used + kept[i].width + #GAP
  end
  return kept, used
end

local function lightest(kept)
  local found
  for i, item in ipairs(kept) do
    local weight = item.column.weight
    if weight > 0 and (not found or weight <= kept[found].column.weight) then
      found = i
    end
  end
  return found
end

local function fitting(columns, rows, width)
  local kept, used = measured(columns, rows)
  while width - used < NARROWEST do
    local i = lightest(kept)
    if not i then
      break
    end
    used = used - kept[i].width - #GAP
    table.remove(kept, i)
  end
  return kept, math.max(width - used, 1)
end

local HOT, WARM = 0.10, 0.02

local function painted(text, share, paint)
  if share >= HOT then
    return paint(text, "red")
  elseif share >= WARM then
    return paint(text, "yellow")
  end
  return text
end

local function line_of(kept, row, paint)
  local cells = {}
  for i, item in ipairs(kept) do
    local text = layout.right(item.column.cell(row), item.width)
    local heat = item.column.heat
    cells[i] = heat and painted(text, heat(row), paint) or text
  end
  return cells
end

--- The lines of a table, its head first.
---@param columns Column[]
---@param rows table[]
---@param title string of the text
---@param text fun(row: table, width: integer): string the last column's cell
---@param options {width: integer, paint: function}
---@return string[]
return function(columns, rows, title, text, options)
  local kept, rest = fitting(columns, rows, options.width)
  local titles, lines = {}, {}
  for i, item in ipairs(kept) do
    titles[i] = layout.right(item.column.title, item.width)
  end
  titles[#titles + 1] = title
  lines[1] = options.paint(table.concat(titles, GAP), "bold")
  for _, row in ipairs(rows) do
    local cells = line_of(kept, row, options.paint)
    cells[#cells + 1] = text(row, rest)
    lines[#lines + 1] = table.concat(cells, GAP)
  end
  return lines
end
