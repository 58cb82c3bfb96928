--- The use of memory over time, drawn with characters.

local layout = require("perilune.profile.views.layout")

local EIGHTHS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local PLAIN = { " ", "#" }
local MARKS = { unicode = "▴", plain = "^" }
local AXIS = { unicode = { side = "│", corner = "└", floor = "─" },
  plain = { side = "|", corner = "+", floor = "-" } }

local HEIGHT = 8 -- lines
local NARROWEST = 20

--- What each column shows: the most bytes in its time, and whether a cycle of the collector ended
--- in it. Between points memory is as it was at the last one.
local function columns_of(points, width, duration)
  local columns, last, i = {}, points[1].bytes, 1
  for column = 1, width do
    local ends, most, cycle = duration * column / width, last, false
    while points[i] and (points[i].time <= ends or column == width) do
      last, cycle = points[i].bytes, cycle or points[i].cycle
      most = math.max(most, last)
      i = i + 1
    end
    columns[column] = { bytes = most, cycle = cycle }
  end
  return columns
end

--- The part of a line of the chart that a column fills; `levels` are characters from low to high.
local function cell(filled, levels)
  local level = math.floor(filled * #levels + 0.5)
  return level <= 0 and " " or levels[math.min(level, #levels)]
end

local function bars(columns, row, most, levels)
  local parts = {}
  for i, column in ipairs(columns) do
    parts[i] = cell(column.bytes / most * HEIGHT - (HEIGHT - row), levels)
  end
  return (table.concat(parts):gsub(" +$", ""))
end

local function marks(columns, mark)
  local parts = {}
  for i, column in ipairs(columns) do
    parts[i] = column.cycle and mark or " "
  end
  return (table.concat(parts):gsub(" +$", ""))
end

--- `0 s` at the left and the duration at the right end of a width.
local function scale(duration, width)
  local right = layout.seconds(duration)
  return "0 s" .. (" "):rep(math.max(1, width - 3 - #right)) .. right
end

local function relative(points, base)
  local list, most = {}, 1
  for i, point in ipairs(points) do
    list[i] = { time = point.time, bytes = math.max(0, point.bytes - base), cycle = point.cycle }
    most = math.max(most, list[i].bytes)
  end
  return list, most
end

local chart = {}

---@param timeline perilune.heap.Timeline
---@param options {width: integer, base?: integer, unicode?: boolean} bytes are shown above `base`
---@return string[] lines
function chart.draw(timeline, options)
  local kind = options.unicode and "unicode" or "plain"
  local axis, levels = AXIS[kind], options.unicode and EIGHTHS or PLAIN
  local points, most = relative(timeline.points, options.base or 0)
  local duration = math.max(points[#points].time, 1e-6)
  local top, half = layout.size(most), layout.size(most / 2)
  local margin = math.max(#top, #half)
  local width = math.max(NARROWEST, options.width - margin - 3)
  local columns = columns_of(points, width, duration)
  local labels = { [1] = top, [HEIGHT // 2 + 1] = half }
  local lines = {}
  for row = 1, HEIGHT do
    lines[row] = layout.right(labels[row] or "", margin) .. " " .. axis.side
      .. bars(columns, row, most, levels)
  end
  lines[#lines + 1] = layout.right("0", margin) .. " " .. axis.corner .. axis.floor:rep(width)
  local blank = (" "):rep(margin + 2)
  if timeline.cycles > 0 then
    lines[#lines + 1] = blank .. marks(columns, MARKS[kind])
  end
  lines[#lines + 1] = blank .. scale(duration, width)
  return lines
end

--- The character that marks the collector's cycles.
---@param unicode? boolean
---@return string
function chart.mark(unicode)
  return MARKS[unicode and "unicode" or "plain"]
end

return chart
