--- Lanes over time: a line for each, with what was done when; as text and as SVG.

local chart = {}

---@class Lane
---@field label string
---@field note string behind the lane
---@field spans {start: number, stop: number}[] seconds, in order

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

--- How much of a time spans fill, and the number of the last one in it.
local function filled(spans, from, to)
  local seconds, last = 0, 0
  for i, span in ipairs(spans) do
    local common = math.min(span.stop, to) - math.max(span.start, from)
    if common > 0 then
      seconds, last = seconds + common, i
    end
  end
  return math.min(1, seconds / (to - from)), last
end

local function is_striped(spans, column)
  local seconds = 0
  for _, span in ipairs(spans) do
    seconds = seconds + span.stop - span.start
  end
  return #spans > 0 and seconds / #spans >= TOLD_APART * column
end

local function draw(spans, seconds, width, levels)
  local column, cells, full = seconds / width, {}, #levels - 1
  local striped = is_striped(spans, column)
  for i = 1, width do
    local part, last = filled(spans, (i - 1) * column, i * column)
    local level = 1 + math.floor(part * (full - 1) + 0.5)
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
      (" "):rep(label - utf8.len(lane.label)), draw(lane.spans, seconds, room, levels), lane.note))
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
local LEFT <const>, RIGHT <const>, TOP <const> = 80, 120, 16
local WIDTH <const>, LANE <const>, BAR <const> = 800, 28, 18

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

local function lane_svg(lane, y, scale)
  local base = y + BAR - 5
  return ('<text x="%d" y="%d" text-anchor="end">%s</text>%s<text x="%d" y="%d" class="muted">'
    .. "%s</text>"):format(LEFT - 10, base, escaped(lane.label), bars(lane.spans, y, scale),
    WIDTH - RIGHT + 10, base, escaped(lane.note))
end

--- A picture by itself, for light and dark.
---@param lanes Lane[]
---@param seconds number that the width stands for
---@return string svg
function chart.svg(lanes, seconds)
  local height, scale = TOP + #lanes * LANE + 28, (WIDTH - LEFT - RIGHT) / seconds
  local parts = {
    ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
      .. 'role="img" aria-label="What each worker did when">'):format(
      WIDTH, height, WIDTH, height),
    ("<style>\n%s\n</style>"):format(STYLE),
    '<rect width="100%" height="100%" rx="6" fill="var(--ground)"/>',
  }
  for i, lane in ipairs(lanes) do
    parts[#parts + 1] = lane_svg(lane, TOP + (i - 1) * LANE, scale)
  end
  local base = height - 16
  parts[#parts + 1] = ('<text x="%d" y="%d" class="muted">0 s</text>'):format(LEFT, base)
  parts[#parts + 1] = ('<text x="%d" y="%d" class="muted" text-anchor="end">%.2f s</text>'):format(
    WIDTH - RIGHT, base, seconds)
  return table.concat(parts, "\n") .. "\n</svg>\n"
end

return chart
