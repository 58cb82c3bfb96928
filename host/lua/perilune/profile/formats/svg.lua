--- A flame graph as a picture: callers above, as wide as their share, whatever the width it is
--- shown at. The names of bars that are wide enough stand in them, all others in their tooltips.

local bytes = require("perilune.profile.bytes")
local contexts = require("perilune.profile.contexts")
local markup = require("perilune.markup")
local place = require("perilune.profile.place")
local summary = require("perilune.profile.views.summary")

local svg = { extensions = { "svg" } }

local MOST, DEEPEST = 250, 32 -- contexts, and rows of them
local WIDTH, ROW, GAP = 960, 20, 1 -- pixels
local NAMED = 0.02 -- of the width that a name needs
local SHADES = 4 -- of Lua functions, so that neighbours differ

-- Dark on light in every light: the bars bring their own ground.
local STYLE = [[
.flame text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.flame .lua0 { fill: #ffc680; } .flame .lua1 { fill: #ffb366; } .flame .lua2 { fill: #ffd699; }
.flame .lua3 { fill: #f5b041; } .flame .main { fill: #f9d9a8; } .flame .C { fill: #8ecae6; }
.flame .zone { fill: #a7d7a0; } .flame .root { fill: #d0d7de; }
.flame .more { fill: currentColor; }]]

local function escaped(text)
  return markup.escape((bytes.readable(text):gsub("%c", " ")))
end

local function class_of(fn, index)
  return fn.kind == "Lua" and "lua" .. index % SHADES or fn.kind
end

local function percent(part, whole)
  return whole > 0 and 100 * part / whole or 0
end

local function label_of(fn, depth)
  local text = place.label(fn)
  return depth > 1 and ("%s, %d deep"):format(text, depth) or text
end

local function bar(raw, item, found, whole)
  local fn, node = raw.functions[item.node.fn], item.node
  local share = percent(node.size, whole)
  local label = escaped(label_of(fn, node.depth))
  local name = share >= 100 * NAMED and ('<text x="4" y="14">%s</text>'):format(escaped(fn.name))
    or ""
  return ('<svg x="%.2f%%" y="%d" width="%.2f%%" height="%d"><title>%s: %s %s, %.1f %%</title>'
    .. '<rect class="%s" width="100%%" height="100%%"/>%s</svg>'):format(
    percent(item.at, whole), item.depth * ROW, share, ROW - GAP, label, found.text(node.size),
    found.unit, share, class_of(fn, node.fn), name)
end

---@param profile perilune.profiler.Profile
---@return string
function svg.encode(profile)
  local raw = profile.raw
  local found = contexts.of(raw, MOST)
  local whole, rows, bars = found.list[1].node.size, 0, {}
  for _, item in ipairs(found.list) do
    if item.depth < DEEPEST then
      bars[#bars + 1] = bar(raw, item, found, whole)
    end
    rows = math.max(rows, item.depth + 1)
  end
  if rows > DEEPEST then
    rows = DEEPEST + 1
    bars[#bars + 1] = ('<text x="100%%" y="%d" text-anchor="end" class="more">Calls nest deeper '
      .. "than these %d rows.</text>"):format(DEEPEST * ROW + 14, DEEPEST)
  end
  return ('<svg xmlns="http://www.w3.org/2000/svg" class="flame" width="%d" height="%d" role="img" '
    .. 'aria-label="Flame graph: %s">\n<style>%s</style>\n%s\n</svg>\n'):format(WIDTH,
    rows * ROW, escaped(summary.title(raw)), STYLE, table.concat(bars, "\n"))
end

return svg
