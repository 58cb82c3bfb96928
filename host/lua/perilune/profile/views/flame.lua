--- The calling contexts as a flame graph lying on its side: a bar for each context, as wide as its
--- share and standing under its caller's, with the name beside it.

local contexts = require("perilune.profile.contexts")
local layout = require("perilune.profile.views.layout")
local summary = require("perilune.profile.views.summary")

local EIGHTHS = { [0] = "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" }
local COLOURS = { C = "cyan", zone = "green", root = "dim" }
local DEEPEST = 24 -- steps of indentation

--- A bar in a lane of `width` cells; one that is there has an eighth of a cell at least.
local function bar(at, size, whole, width)
  if whole == 0 then
    return "", "", (" "):rep(width)
  end
  local from = math.floor(at / whole * width)
  local eighths = math.max(1, math.floor((at + size) / whole * width * 8 + 0.5) - from * 8)
  eighths = math.min(eighths, (width - from) * 8)
  local text = ("█"):rep(eighths // 8) .. EIGHTHS[eighths % 8]
  return (" "):rep(from), text, (" "):rep(width - from - layout.width(text))
end

local function label(item, fn, width, paint)
  local indent = ("  "):rep(math.min(item.depth, DEEPEST, width // 4))
  local depth = item.node.depth
  local recursion = depth > 1 and ("  %s deep"):format(layout.count(depth)) or ""
  local room = width - #indent - layout.width(recursion)
  return indent .. layout.fn(fn, room, paint) .. paint(recursion, "dim")
end

local function percent(part, whole)
  return whole > 0 and ("%.1f"):format(100 * part / whole) or ""
end

local GAPS = 12 -- the column of percents, and what stands between columns

--- The lines of contexts, their head first.
local function drawn(raw, amount, width, paint)
  local list, whole = amount.list, amount.list[1].node.size
  local figures = math.max(layout.width(amount.text(whole)), #amount.unit)
  local lane = math.max(10, (width - figures - GAPS) * 2 // 5)
  local rest = width - lane - figures - GAPS
  local lines = { paint(("%s  %6s  %s  function"):format(
    (" "):rep(lane), "%", layout.right(amount.unit, figures)), "bold") }
  for _, item in ipairs(list) do
    local fn, size = raw.functions[item.node.fn], item.node.size
    local before, body, after = bar(item.at, size, whole, lane)
    lines[#lines + 1] = ("%s%s%s  %6s  %s  %s"):format(
      before, paint(body, COLOURS[fn.kind] or "yellow"), after, percent(size, whole),
      layout.right(amount.text(size), figures), label(item, fn, rest, paint))
  end
  return lines
end

---@param profile perilune.profiler.Profile
---@param options? perilune.profiler.ViewOptions `limit` is of contexts; no sort, no filter
---@return string
return function(profile, options)
  local width, paint = layout.options(options)
  local found = contexts.of(profile.raw, options and options.limit)
  local list, all = found.list, found.all
  local lines = { layout.clip(summary.title(profile.raw), width), "" }
  layout.append(lines, drawn(profile.raw, found, width, paint))
  if all > #list then
    lines[#lines + 1] = ""
    layout.sentence(lines, ("%s not shown: smaller than these"):format(
      layout.plural(all - #list, "context")), width, paint, "dim")
  end
  return table.concat(lines, "\n") .. "\n"
end
