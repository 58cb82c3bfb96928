--- The difference of two profiles, the largest change first.

local columns = require("perilune.profile.views.columns")
local layout = require("perilune.profile.views.layout")
local select = require("perilune.profile.select")
local summary = require("perilune.profile.views.summary")

local function signed(text, x)
  return x > 0 and "+" .. text or text
end

local function figure(row, side, field, unit)
  return row[side] and layout.figure(row[side][field], unit) or ""
end

local function change(title, field, unit, weight)
  return { title = title, weight = weight, cell = function(row)
    if row[field] == 0 then
      return ""
    end
    return signed(layout.figure(row[field], unit), row[field])
  end }
end

local function sides(field, unit)
  return { title = "before", weight = 6, cell = function(row)
    return figure(row, "old", field, unit)
  end }, { title = "after " .. unit.name, weight = 6, cell = function(row)
    return figure(row, "new", field, unit)
  end }
end

--- The largest figure before, after or of their difference.
local function largest(rows, field)
  local most = layout.largest(rows, field)
  for _, row in ipairs(rows) do
    most = math.max(most, row.old and row.old[field] or 0, row.new and row.new[field] or 0)
  end
  return most
end

local COUNT = { scale = 1, decimals = 0 }

local function columns_of(rows, memory, sampled)
  local field, total = "self", "total"
  if memory then
    field, total = "bytes", "total_bytes"
  end
  local unit_of = memory and layout.size_unit or layout.time_unit
  local unit, total_unit = unit_of(largest(rows, field)), unit_of(largest(rows, total))
  local before, after = sides(field, unit)
  return {
    change((memory and "own " or "self ") .. unit.name, field, unit, 0), before, after,
    change("total " .. total_unit.name, total, total_unit, 4),
    change(sampled and "samples" or "calls", sampled and "samples" or "calls", COUNT, 3),
  }
end

local function name_of(row, room, paint)
  if not row.status then
    return layout.fn(row, room, paint)
  end
  local mark = row.status == "new" and paint("new", "yellow") or paint("gone", "green")
  return mark .. " " .. layout.fn(row, room - #row.status - 1, paint)
end

local function line_of(raw, width, which)
  return layout.clip(("%s  %s"):format(which, summary.title(raw)), width)
end

local MODES = "note: recorded in two modes, %s and %s"

local function totals_text(old, new, memory)
  local field, describe = "self", layout.seconds
  if memory then
    field, describe = "bytes", layout.size
  end
  local before, after = summary.totals(old)[field], summary.totals(new)[field]
  local ratio = before > 0 and after > 0 and (", %.2fx"):format(after / before) or ""
  return ("%s -> %s%s"):format(describe(before), describe(after), ratio)
end

local function changes_text(shown, all)
  if all == 0 then
    return "no function changed"
  elseif shown == all then
    return layout.plural(all, "function") .. " changed"
  end
  return ("%d of %s that changed"):format(shown, layout.plural(all, "function"))
end

local function changed(rows)
  local list = {}
  for _, row in ipairs(rows) do
    if row.self ~= 0 or row.total ~= 0 or row.calls ~= 0 or row.bytes ~= 0 or row.status then
      list[#list + 1] = row
    end
  end
  return list
end

---@param old perilune.profiler.Profile
---@param new perilune.profiler.Profile
---@param options? perilune.profiler.ViewOptions whose `sort` says nothing here
---@return string
return function(old, new, options)
  options = options or {}
  local width, paint = layout.options(options)
  local rows = changed(old:diff(new))
  local all = #rows
  rows = select.cut(rows, options)
  local memory = old.mode == "memory" and new.mode == "memory"
  local sampled = old.mode == "sample" or new.mode == "sample"
  local lines = { line_of(old.raw, width, "before"), line_of(new.raw, width, "after "), "" }
  local body = columns(columns_of(rows, memory, sampled), rows, "function", function(row, room)
    return name_of(row, room, paint)
  end, { width = width, paint = paint })
  if all > 0 then
    layout.append(lines, body)
    lines[#lines + 1] = ""
  end
  layout.sentence(lines, ("all: %s; %s"):format(
    totals_text(old.raw, new.raw, memory), changes_text(#rows, all)), width)
  if old.mode ~= new.mode then
    layout.sentence(lines, MODES:format(old.mode, new.mode), width, paint, "yellow")
  end
  return table.concat(lines, "\n") .. "\n"
end
