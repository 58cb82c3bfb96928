--- The calling contexts as a flame graph lying on its side: a bar for each context, as wide as its
--- share and standing under its caller's, with the name beside it.

local identity = require("perilune.profile.identity")
local layout = require("perilune.profile.views.layout")
local summary = require("perilune.profile.views.summary")
local tree = require("perilune.profile.tree")

local LEAST = 0.005 -- of all: smaller ones are not shown
local EIGHTHS = { [0] = "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" }
local COLOURS = { C = "cyan", zone = "green", root = "dim" }
local DEEPEST = 24 -- steps of indentation

local function context(fn, size)
  return { fn = fn, size = size, depth = 1, children = {} }
end

--- The tree with direct recursion joined: a context below one of the same function is part of that
--- one, and what both call is one context.
local function joined(raw, sums)
  local parent, functions = raw.nodes.parent, raw.nodes["function"]
  local groups, count = identity.groups(raw.functions), #raw.functions + 1
  local top = context(functions[1], sums[1])
  local into, level, by_pair, ids = { top }, { 1 }, {}, { [top] = 1 }
  for i = 2, #parent do
    local above, fn = into[parent[i]], groups[functions[i]]
    local pair = ids[above] * count + fn
    local here = above.fn == fn and above or by_pair[pair]
    if not here then
      here = context(fn, 0)
      by_pair[pair], ids[here] = here, i
      table.insert(above.children, here)
    end
    if here == above then
      level[i] = level[parent[i]] + 1
      here.depth = math.max(here.depth, level[i])
    else
      level[i], here.size = 1, here.size + sums[i]
    end
    into[i] = here
  end
  return top
end

--- The largest contexts, each with its caller among them, as a caller is no smaller.
local function largest(top, limit)
  local all, order = { top }, {}
  local i = 1
  while all[i] do
    order[all[i]] = i
    layout.append(all, all[i].children)
    i = i + 1
  end
  table.sort(all, function(a, b)
    if a.size ~= b.size then
      return a.size > b.size
    end
    return order[a] < order[b]
  end)
  local shown = {}
  for j = 1, math.min(limit, #all) do
    shown[all[j]] = all[j].size >= top.size * LEAST or nil
  end
  return shown, #all
end

local function by_size(a, b)
  if a.size ~= b.size then
    return a.size > b.size
  end
  return a.fn < b.fn
end

--- The shown contexts from the root on, each with where its bar begins.
local function laid_out(top, shown)
  local list, pending = {}, { { node = top, at = 0, depth = 0 } }
  while #pending > 0 do
    local item = table.remove(pending)
    list[#list + 1] = item
    local children = {}
    for _, child in ipairs(item.node.children) do
      children[#children + 1] = shown[child] and child or nil
    end
    table.sort(children, by_size)
    local at, first = item.at, #pending + 1
    for _, child in ipairs(children) do
      table.insert(pending, first, { node = child, at = at, depth = item.depth + 1 })
      at = at + child.size
    end
  end
  return list
end

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

-- What bars stand for by mode, if the profile has it; else time.
local FIELDS = { sample = "samples", memory = "bytes" }

--- The sums that bars stand for, the unit's name, and how to write one.
local function amounts(raw)
  local field = FIELDS[raw.mode]
  local sums = tree.sums(raw.nodes, field or "self")
  if field == "samples" and sums[1] > 0 then
    return sums, "samples", layout.count
  elseif sums[1] == 0 then
    field, sums = nil, tree.sums(raw.nodes, "self")
  end
  local unit = (field and layout.size_unit or layout.time_unit)(sums[1])
  return sums, unit.name, function(x)
    return layout.figure(x, unit)
  end
end

local function percent(part, whole)
  return whole > 0 and ("%.1f"):format(100 * part / whole) or ""
end

local GAPS = 12 -- the column of percents, and what stands between columns

--- The lines of contexts, their head first.
local function drawn(raw, list, amount, width, paint)
  local whole = list[1].node.size
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

---@param profile Profile
---@param options? ViewOptions whose `limit` is of contexts; sort and filter say nothing here
---@return string
return function(profile, options)
  local width, paint = layout.options(options)
  local sums, unit, text_of = amounts(profile.raw)
  local top = joined(profile.raw, sums)
  local shown, all = largest(top, options and options.limit or math.huge)
  local list = laid_out(top, shown)
  local lines = { layout.clip(summary.title(profile.raw), width), "" }
  layout.append(lines, drawn(profile.raw, list, { unit = unit, text = text_of }, width, paint))
  if all > #list then
    lines[#lines + 1] = ""
    layout.sentence(lines, ("%s not shown: smaller than these"):format(
      layout.plural(all - #list, "context")), width, paint, "dim")
  end
  return table.concat(lines, "\n") .. "\n"
end
