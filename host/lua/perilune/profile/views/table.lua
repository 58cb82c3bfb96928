--- The table of functions, as pstats has it: calls, time in the function, time with all it called.

local columns = require("perilune.profile.views.columns")
local layout = require("perilune.profile.views.layout")
local select = require("perilune.profile.select")
local summary = require("perilune.profile.views.summary")

local largest = layout.largest

local function figures(title, field, unit, weight)
  return { title = title .. " " .. unit.name, weight = weight, cell = function(row)
    return row[field] == 0 and "" or layout.figure(row[field], unit)
  end }
end

local function share(field, whole, weight)
  return { title = "%", weight = weight, cell = function(row)
    return layout.percent(row[field], whole)
  end }
end

--- A share that colours its cell: of what the function itself had.
local function own_share(field, whole)
  local column = share(field, whole, 8)
  function column.heat(row)
    return whole > 0 and row[field] / whole or 0
  end
  return column
end

local function each(field, weight)
  return { title = "a call", weight = weight, cell = function(row)
    return layout.each(row[field], row.calls)
  end }
end

local function counted(title, field, weight)
  return { title = title, weight = weight, cell = function(row)
    return row[field] == 0 and "" or layout.count(row[field])
  end }
end

-- Shown where it is a hundredth of the work; the foot tells it in any case.
local ASIDE = { { field = "wait", weight = 6 }, { field = "suspended", weight = 4 } }
local WORTH_A_COLUMN = 0.01

local function time_columns(rows, totals)
  local unit = layout.time_unit(largest(rows, "total"))
  local list = {
    figures("self", "self", unit, 0), own_share("self", totals.self), each("self", 2),
    figures("total", "total", unit, 0), share("total", totals.self, 5), each("total", 1),
  }
  if totals.calls == 0 then
    table.remove(list, 6)
    table.remove(list, 3)
  end
  for _, aside in ipairs(ASIDE) do
    local most = largest(rows, aside.field)
    if most > 0 and totals[aside.field] >= WORTH_A_COLUMN * totals.self then
      list[#list + 1] = figures(aside.field, aside.field, layout.time_unit(most), aside.weight)
    end
  end
  return list
end

local function memory_columns(rows, totals)
  local unit = layout.size_unit(largest(rows, "total_bytes"))
  return {
    figures("own", "bytes", unit, 0), own_share("bytes", totals.bytes),
    counted("blocks", "blocks", 7), figures("total", "total_bytes", unit, 6),
    share("total_bytes", totals.bytes, 5),
  }
end

local function columns_of(raw, rows, totals)
  local list = {}
  if raw.mode == "sample" then
    list[1] = counted("samples", "samples", 3)
  else
    list[1] = { title = "calls", weight = 7, cell = layout.calls }
  end
  if raw.mode == "memory" and totals.bytes > 0 then
    layout.append(list, memory_columns(rows, totals))
    list[#list + 1] =
      figures("self", "self", layout.time_unit(largest(rows, "self")), 3)
    return list
  end
  layout.append(list, time_columns(rows, totals))
  if totals.bytes > 0 then
    list[#list + 1] = figures("own", "bytes", layout.size_unit(largest(rows, "bytes")), 3)
  end
  return list
end

local function order_text(raw, options, shown, all)
  local functions = shown < all
    and ("%s of %s"):format(layout.count(shown), layout.plural(all, "function"))
    or layout.plural(all, "function")
  return ("%s by %s%s"):format(functions, options.sort or select.default(raw.mode),
    options.reverse and ", reversed" or "")
end

---@param profile perilune.profiler.Profile
---@param options? perilune.profiler.ViewOptions
---@return string text with a line break at its end
return function(profile, options)
  options = options or {}
  local width, paint = layout.options(options)
  local raw, totals = profile.raw, summary.totals(profile.raw)
  local rows, all = profile:stats(options)
  local lines = {
    layout.clip(summary.title(raw), width),
    layout.clip(order_text(raw, options, #rows, all), width), "",
  }
  layout.append(lines, columns(columns_of(raw, rows, totals), rows, "function",
    function(row, room)
      return layout.fn(row, room, paint)
    end, { width = width, paint = paint }))
  lines[#lines + 1] = ""
  for _, line in ipairs(summary.foot(raw, width)) do
    lines[#lines + 1] = paint(line, "dim")
  end
  return table.concat(lines, "\n") .. "\n"
end
