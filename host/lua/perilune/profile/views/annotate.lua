--- Source with count, time or memory, and share beside each line.

local columns = require("perilune.profile.views.columns")
local layout = require("perilune.profile.views.layout")
local place = require("perilune.profile.place")
local source = require("perilune.profile.source")
local summary = require("perilune.profile.views.summary")

local CONTEXT = 2 -- lines around one that was recorded
local TAB = "    "
local DIGITS = 4 -- of a line's number, at least

local function sum(rows, field)
  local total = 0
  for _, row in ipairs(rows) do
    total = total + row[field]
  end
  return total
end

--- What the profile was made for.
local function main_field(raw, rows)
  return raw.mode == "memory" and sum(rows, "bytes") > 0 and "bytes" or "self"
end

--- A column of a field; a line that was not recorded has none.
local function figures(title, field, weight, text)
  return { title = title, weight = weight, cell = function(row)
    return (row[field] or 0) > 0 and text(row[field]) or ""
  end }
end

local function scaled(title, rows, field, weight, unit_of)
  local unit = unit_of(layout.largest(rows, field))
  return figures(title .. " " .. unit.name, field, weight, function(x)
    return layout.figure(x, unit)
  end)
end

local function share(field, whole)
  return { title = "%", weight = 0, cell = function(row)
    return layout.percent(row[field] or 0, whole)
  end, heat = function(row)
    return whole > 0 and (row[field] or 0) / whole or 0
  end }
end

--- The figures that the profile has, and the share of what it was made for.
local function columns_of(raw, rows)
  local list, total = {}, {}
  for _, field in ipairs({ "count", "samples", "bytes", "self", "total" }) do
    total[field] = sum(rows, field)
  end
  for _, field in ipairs({ "count", "samples" }) do
    list[#list + 1] = total[field] > 0 and figures(field, field, 4, layout.count) or nil
  end
  if total.bytes > 0 then
    list[#list + 1] = figures("blocks", "blocks", 3, layout.count)
    list[#list + 1] = scaled("own", rows, "bytes", 0, layout.size_unit)
  end
  for _, field in ipairs({ "self", "total" }) do
    list[#list + 1] = total[field] > 0
      and scaled(field, rows, field, field == "self" and 0 or 2, layout.time_unit) or nil
  end
  local main = main_field(raw, rows)
  list[#list + 1] = share(main, total[main])
  return list
end

--- The lines that cost most, by source and line again, and how many there are of all.
local function costliest(raw, rows, limit)
  if not limit or limit >= #rows then
    return rows
  end
  local main, order = main_field(raw, rows), table.move(rows, 1, #rows, 1, {})
  local place_of, kept = {}, {}
  for i, row in ipairs(rows) do
    place_of[row] = i
  end
  table.sort(order, function(a, b)
    if a[main] ~= b[main] then
      return a[main] > b[main]
    end
    return place_of[a] < place_of[b]
  end)
  for i = 1, limit do
    kept[order[i]] = true
  end
  local cut = {}
  for _, row in ipairs(rows) do
    cut[#cut + 1] = kept[row] and row or nil
  end
  return cut
end

--- The numbers of the lines to show: all, or those near one that was recorded.
local function numbers_of(rows, count, whole)
  local near, numbers = {}, {}
  for _, row in ipairs(rows) do
    for number = row.line - CONTEXT, row.line + CONTEXT do
      near[number] = number >= 1 and (number <= count or number == row.line) or nil
    end
    near[row.line] = true
  end
  for number = 1, whole and count or 0 do
    near[number] = true
  end
  for number in pairs(near) do
    numbers[#numbers + 1] = number
  end
  table.sort(numbers)
  return numbers
end

--- A row for each line to show, and one without a number for each gap.
local function rows_to_show(rows, numbers)
  local recorded, shown = {}, {}
  for _, row in ipairs(rows) do
    recorded[row.line] = row
  end
  for i, number in ipairs(numbers) do
    if i > 1 and number > numbers[i - 1] + 1 then
      shown[#shown + 1] = {}
    end
    shown[#shown + 1] = recorded[number] or { line = number }
  end
  return shown
end

local function text_of(row, texts, digits, room, paint)
  if not row.line then
    return paint(layout.right("...", digits), "dim")
  end
  local text = (texts and texts[row.line] or ""):gsub("\t", TAB):gsub("%s+$", "")
  text = layout.clip(layout.printable(text), room - digits - 2)
  return paint(layout.right(("%d"):format(row.line), digits), "dim")
    .. (text ~= "" and "  " .. text or "")
end

--- A file's part of the view. Lines that were recorded but did not make it into `rows` still have
--- their figures where they are shown.
local function annotated(raw, rows, recorded, list, options)
  local width, paint = layout.options(options)
  local texts, warning = source.lines(raw, rows[1].source)
  local numbers = numbers_of(rows, texts and #texts or 0, options.file)
  local digits = math.max(DIGITS, #tostring(numbers[#numbers]))
  local path = layout.printable(place.file(rows[1].source))
  local lines = { "", paint(layout.clip_front(path, width), "bold") }
  if warning then
    layout.sentence(lines, warning, width, paint, "yellow")
  end
  return layout.append(lines, columns(list, rows_to_show(recorded, numbers),
    layout.right("line", digits), function(row, room)
      return text_of(row, texts, digits, room, paint)
    end, { width = width, paint = paint }))
end

local function by_source(rows)
  local groups = {}
  for _, row in ipairs(rows) do
    local last = groups[#groups]
    if not last or last[1].source ~= row.source then
      last = {}
      groups[#groups + 1] = last
    end
    last[#last + 1] = row
  end
  return groups
end

--- The files in the order of what they cost.
local function ordered(groups)
  local cost = {}
  for i, group in ipairs(groups) do
    cost[group] = { sum(group, "self"), sum(group, "bytes"), -i }
  end
  table.sort(groups, function(a, b)
    for i = 1, 3 do
      if cost[a][i] ~= cost[b][i] then
        return cost[a][i] > cost[b][i]
      end
    end
    return false
  end)
  return groups
end

--- Files of a path, or of the end of one.
local function chosen(groups, file)
  local found = {}
  for _, group in ipairs(groups) do
    local path = place.file(group[1].source)
    if path == file or path:sub(-#file - 1) == "/" .. file then
      found[#found + 1] = group
    end
  end
  return found
end

--- The files to show, and all recorded lines of each source.
local function groups_of(raw, rows, options)
  local all = {}
  for _, group in ipairs(by_source(rows)) do
    all[group[1].source] = group
  end
  if options.file then
    return ordered(chosen(by_source(rows), options.file)), all
  end
  return ordered(by_source(costliest(raw, rows, options.limit))), all
end

local function count_shown(groups)
  local count = 0
  for _, group in ipairs(groups) do
    count = count + #group
  end
  return count
end

local NONE = "this profile has no lines: record them with --lines, --sample or --memory"
local CUT = "%d of %s that were recorded, the costliest, and what stands around them"

---@param profile perilune.profiler.Profile
---@param options? {file?: string, limit?: integer, width?: integer, paint?: function} `file`: that
---  one alone, whole; otherwise the `limit` costliest lines (all) and what stands around them
---@return string? text
---@return string? message why there is nothing to show
return function(profile, options)
  options = options or {}
  local rows, raw = profile:lines(), profile.raw
  if #rows == 0 then
    return nil, NONE
  end
  local groups, recorded = groups_of(raw, rows, options)
  if #groups == 0 then
    return nil, ("no line of '%s' was recorded"):format(layout.printable(options.file or "*"))
  end
  local list, shown = columns_of(raw, rows), count_shown(groups)
  local width, paint = layout.options(options)
  local lines = { layout.clip(summary.title(raw), width) }
  for _, group in ipairs(groups) do
    layout.append(lines, annotated(raw, group, recorded[group[1].source], list, options))
  end
  if not options.file and shown < #rows then
    lines[#lines + 1] = ""
    layout.sentence(lines, CUT:format(shown, layout.plural(#rows, "line")), width, paint, "dim")
  end
  return table.concat(lines, "\n") .. "\n"
end
