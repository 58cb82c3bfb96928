--- Lanes over time: a line for each, with what was done when; as text and as SVG. In a lane with a
--- height, spans may overlap: it shows how many there were at once.

local chart = {}

---@class Lane
---@field label string
---@field note string behind the lane
---@field spans {start: number, stop: number}[] seconds, in order
---@field height? integer so many spans at once fill it

-- What a column shows by how much of its time is filled; spans that are wide enough to be told
-- apart have the last two in turn.
local UNICODE <const> = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█", "▓" }
local PLAIN <const> = { " ", ".", ":", "#", "=" }

-- Columns that a span must have, on the average, to be told from its neighbours.
local TOLD_APART <const> = 2

local function has_unicode()
  local locale = os.getenv("LC_ALL") or os.getenv("LC_CTYPE") or os.getenv("LANG") or ""
  return locale:upper():find("UTF%-?8") ~= nil
end

--- How much of a time a lane's spans fill, and the number of the last one in it.
local function filled(lane, from, to)
  local seconds, last = 0, 0
  for i, span in ipairs(lane.spans) do
    local common = math.min(span.stop, to) - math.max(span.start, from)
    if common > 0 then
      seconds, last = seconds + common, i
    end
  end
  return math.min(1, seconds / (to - from) / (lane.height or 1)), last
end

local function is_striped(lane, column)
  local seconds = 0
  for _, span in ipairs(lane.spans) do
    seconds = seconds + span.stop - span.start
  end
  return not lane.height and #lane.spans > 0 and seconds / #lane.spans >= TOLD_APART * column
end

--- The level for a part that is filled. Little of a high lane is more than nothing.
local function level_of(lane, part, full)
  local level = 1 + math.floor(part * (full - 1) + 0.5)
  return lane.height and part > 0 and math.max(level, 2) or level
end

local function draw(lane, seconds, width, levels)
  local column, cells, full = seconds / width, {}, #levels - 1
  local striped = is_striped(lane, column)
  for i = 1, width do
    local part, last = filled(lane, (i - 1) * column, i * column)
    local level = level_of(lane, part, full)
    cells[i] = levels[level == full and striped and last % 2 == 0 and full + 1 or level]
  end
  return table.concat(cells)
end

local function widest(lanes, field)
  local width = 0
  for _, lane in ipairs(lanes) do
    width = math.max(width, utf8.len(lane[field]))
  end
  return width
end

local function without_end(line)
  return (line:gsub(" +$", ""))
end

--- Lines of text.
---@param lanes Lane[]
---@param seconds number that the width stands for
---@param width integer columns
---@return string[] lines
function chart.text(lanes, seconds, width)
  local levels = has_unicode() and UNICODE or PLAIN
  local label, note = widest(lanes, "label"), widest(lanes, "note")
  local room = width - label - note - 4
  local lines = {}
  for i, lane in ipairs(lanes) do
    lines[i] = without_end(("%s%s  %s  %s"):format(lane.label,
      (" "):rep(label - utf8.len(lane.label)), draw(lane, seconds, room, levels), lane.note))
  end
  local last = ("%.2f s"):format(seconds)
  lines[#lines + 1] = ("%s  0 s%s%s"):format((" "):rep(label), (" "):rep(room - 3 - #last), last)
  return lines
end

local STYLE <const> = [[
svg { --ground: #ffffff; --ink: #1f2328; --muted: #59636e; --a: #0969da; --b: #54aeff; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --ink: #e6edf3; --muted: #9198a1; --a: #58a6ff; --b: #1f6feb; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.muted { fill: var(--muted); }]]

-- Pixels.
local LEFT <const>, RIGHT <const>, TOP <const> = 90, 120, 16
local WIDTH <const>, BAR <const>, HIGH_BAR <const>, GAP <const> = 800, 18, 80, 10

local function escaped(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

local function bars(spans, y, scale)
  local parts = {}
  for i, span in ipairs(spans) do
    parts[i] = ('<rect x="%.2f" y="%d" width="%.2f" height="%d" fill="var(--%s)"/>'):format(
      LEFT + span.start * scale, y, math.max(0.5, (span.stop - span.start) * scale), BAR,
      i % 2 == 1 and "a" or "b")
  end
  return table.concat(parts)
end

--- Where the number of spans at once changes: {time, step}, in order.
local function steps_of(spans)
  local steps = {}
  for _, span in ipairs(spans) do
    steps[#steps + 1] = { span.start, 1 }
    steps[#steps + 1] = { span.stop, -1 }
  end
  table.sort(steps, function(a, b)
    return a[1] < b[1]
  end)
  return steps
end

--- How many spans there are at once, as an area.
local function area(lane, y, scale)
  local base, count = y + HIGH_BAR, 0
  local parts = { ("M%d %d"):format(LEFT, base) }
  for i, step in ipairs(steps_of(lane.spans)) do
    count = count + step[2]
    parts[i + 1] = ("H%.2fV%.2f"):format(LEFT + step[1] * scale,
      base - count / lane.height * HIGH_BAR)
  end
  return ('<path d="%sZ" fill="var(--a)"/>'):format(table.concat(parts))
end

local function height_of(lane)
  return lane.height and HIGH_BAR or BAR
end

local function lane_svg(lane, y, scale)
  local base = y + height_of(lane) - 5
  local picture = lane.height and area(lane, y, scale) or bars(lane.spans, y, scale)
  return ('<text x="%d" y="%d" text-anchor="end">%s</text>%s<text x="%d" y="%d" class="muted">'
    .. "%s</text>"):format(LEFT - 10, base, escaped(lane.label), picture, WIDTH - RIGHT + 10,
    base, escaped(lane.note))
end

--- The lanes below each other, and where the last one ends.
local function lanes_svg(lanes, scale)
  local parts, y = {}, TOP
  for i, lane in ipairs(lanes) do
    parts[i] = lane_svg(lane, y, scale)
    y = y + height_of(lane) + GAP
  end
  return table.concat(parts, "\n"), y
end

--- A picture by itself, for light and dark.
---@param lanes Lane[]
---@param seconds number that the width stands for
---@return string svg
function chart.svg(lanes, seconds)
  local pictures, stop = lanes_svg(lanes, (WIDTH - LEFT - RIGHT) / seconds)
  local height = stop + 28
  local parts = {
    ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
      .. 'role="img" aria-label="What was done when">'):format(WIDTH, height, WIDTH, height),
    ("<style>\n%s\n</style>"):format(STYLE),
    '<rect width="100%" height="100%" rx="6" fill="var(--ground)"/>',
    pictures,
  }
  local base = height - 16
  parts[#parts + 1] = ('<text x="%d" y="%d" class="muted">0 s</text>'):format(LEFT, base)
  parts[#parts + 1] = ('<text x="%d" y="%d" class="muted" text-anchor="end">%.2f s</text>'):format(
    WIDTH - RIGHT, base, seconds)
  return table.concat(parts, "\n") .. "\n</svg>\n"
end

return chart
