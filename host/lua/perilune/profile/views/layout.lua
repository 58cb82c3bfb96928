--- Columns, units and widths of the views. Widths count characters, not bytes.

local format = require("perilune.format")
local place = require("perilune.profile.place")

local layout = {}

layout.WIDTH = 100 -- columns, where no terminal tells

local LONGEST = 1000 -- bytes of a name that are looked at

--- Text that a terminal can show, of known width.
---@param text string
---@return string
function layout.printable(text)
  return format.printable(text, LONGEST)
end

---@param text string valid UTF-8
---@return integer
function layout.width(text)
  return utf8.len(text) or #text
end

---@param text string
---@param width integer
---@return string text no wider; what is cut off at the end is told by an ellipsis
function layout.clip(text, width)
  if layout.width(text) <= width then
    return text
  elseif width < 1 then
    return ""
  end
  return text:sub(1, utf8.offset(text, width) - 1) .. "…"
end

--- The same, cut at the front: the end of a path tells more.
function layout.clip_front(text, width)
  local length = layout.width(text)
  if length <= width then
    return text
  elseif width < 1 then
    return ""
  end
  return "…" .. text:sub(utf8.offset(text, length - width + 2))
end

function layout.right(text, width)
  return (" "):rep(width - layout.width(text)) .. text
end

---@class Unit
---@field from number  the least of a column's largest figure
---@field scale number
---@field name string
---@field decimals integer

local TIMES = {
  { from = 10, scale = 1, name = "s", decimals = 3 },
  { from = 1, scale = 1e3, name = "ms", decimals = 1 },
  { from = 10e-3, scale = 1e3, name = "ms", decimals = 3 },
  { from = 0, scale = 1e6, name = "us", decimals = 1 },
}
local SIZES = {
  { from = 2 ^ 40, scale = 2 ^ -30, name = "GiB", decimals = 2 },
  { from = 2 ^ 30, scale = 2 ^ -20, name = "MiB", decimals = 2 },
  { from = 2 ^ 20, scale = 2 ^ -10, name = "KiB", decimals = 1 },
  { from = 0, scale = 1, name = "B", decimals = 0 },
}

local function unit_of(units, largest)
  for _, unit in ipairs(units) do
    if math.abs(largest) >= unit.from then
      return unit
    end
  end
end

--- The unit for a column of times, by its largest: small figures beside it stay legible.
---@param largest number seconds
---@return Unit
function layout.time_unit(largest)
  return unit_of(TIMES, largest)
end

---@param largest number bytes
---@return Unit
function layout.size_unit(largest)
  return unit_of(SIZES, largest)
end

--- `12,345.6`: a figure of a column.
---@param x number
---@param unit Unit
---@return string
function layout.figure(x, unit)
  local text = ("%." .. unit.decimals .. "f"):format(x * unit.scale)
  local sign, whole, decimals = text:match("^(%-?)(%d+)(.*)$")
  local grouped = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. grouped .. decimals
end

local LEAST_PERCENT = 0.05

--- `12.3`; blank for what would be 0.0, so that the eye finds the rest.
function layout.percent(part, whole)
  local percent = whole > 0 and 100 * part / whole or 0
  return percent >= LEAST_PERCENT and ("%.1f"):format(percent) or ""
end

--- `1.20 us` for one call; blank for none.
function layout.each(seconds, calls)
  if calls == 0 then
    return ""
  end
  return layout.seconds(seconds / calls)
end

layout.count = format.count
layout.plural = format.plural
layout.size = format.bytes

--- `5/1`: all calls, and those while the function was not running already.
---@param row {calls: integer, primitive: integer}
---@return string
function layout.calls(row)
  local text = format.count(row.calls)
  return row.primitive == row.calls and text or text .. "/" .. format.count(row.primitive)
end

---@param seconds number
---@return string
function layout.seconds(seconds)
  return seconds < 1e-6 and ("%.0f ns"):format(seconds * 1e9) or format.seconds(seconds)
end

local LEAST_PLACE = 10 -- columns in which a part of a path still tells something

--- `work  app.lua:10` in a width; the place gives way first.
---@param row {name: string, source: string, line: integer, kind: string}
---@param width integer
---@param paint fun(text: string, colour: string): string
---@return string
function layout.fn(row, width, paint)
  local name = layout.clip(layout.printable(row.name), math.max(width, 1))
  local where, room = layout.printable(place.of(row)), width - layout.width(name) - 2
  if row.kind == "root" or row.kind == "zone" or room < math.min(layout.width(where), LEAST_PLACE)
  then
    return name
  end
  return name .. "  " .. paint(layout.clip_front(where, room), "dim")
end

--- The largest figure of a column, whatever its sign.
---@param rows table[]
---@param field string
---@return number
function layout.largest(rows, field)
  local most = 0
  for _, row in ipairs(rows) do
    most = math.max(most, math.abs(row[field] or 0))
  end
  return most
end

--- Adds items to the end of a list.
---@param list table
---@param more table
---@return table list
function layout.append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

local function plain(text)
  return text
end

--- Adds a sentence, broken into lines.
---@param lines string[]
---@param text string
---@param width integer
---@param paint? fun(text: string, colour: string): string
---@param colour? string
function layout.sentence(lines, text, width, paint, colour)
  local line
  local function flush()
    lines[#lines + 1] = (paint or plain)(line, colour)
  end
  for word in text:gmatch("%S+") do
    if line and layout.width(line) + 1 + layout.width(word) > width then
      flush()
      line = nil
    end
    line = line and line .. " " .. word or word
  end
  flush()
end

--- Options of a view with their defaults.
---@param options? {width?: integer, paint?: function}
---@return integer width
---@return fun(text: string, colour: string): string paint
function layout.options(options)
  return options and options.width or layout.WIDTH, options and options.paint or plain
end

return layout
