--- Who called a function, or whom it called, with what those calls took.

local columns = require("perilune.profile.views.columns")
local layout = require("perilune.profile.views.layout")
local summary = require("perilune.profile.views.summary")

local HEADINGS = { callers = "%s was called by", callees = "%s called" }

local function time(title, field, unit)
  return { title = title .. " " .. unit.name, weight = 0, cell = function(row)
    return layout.figure(row[field], unit)
  end }
end

local function columns_of(raw, rows)
  local most, bytes, tails = 0, 0, 0
  for _, row in ipairs(rows) do
    most, bytes = math.max(most, row.total), math.max(bytes, row.total_bytes)
    tails = tails + row.tail
  end
  local unit, sampled = layout.time_unit(most), raw.mode == "sample"
  local list = {
    { title = sampled and "samples" or "calls", weight = 0, cell = function(row)
      return sampled and layout.count(row.total_samples) or layout.calls(row)
    end },
    time("self", "self", unit), time("total", "total", unit),
  }
  if tails > 0 then
    table.insert(list, 2, { title = "tail", weight = 1, cell = function(row)
      return row.tail > 0 and layout.count(row.tail) or ""
    end })
  end
  if bytes > 0 then
    local size = layout.size_unit(bytes)
    list[#list + 1] = { title = "total " .. size.name, weight = 2, cell = function(row)
      return layout.figure(row.total_bytes, size)
    end }
  end
  return list, tails
end

local function by_function(rows)
  local groups, last = {}, nil
  for _, row in ipairs(rows) do
    if row.of ~= last then
      last = row.of
      groups[#groups + 1] = { of = last }
    end
    table.insert(groups[#groups], row)
  end
  return groups
end

local TAIL = "tail calls are listed under the function that was left running when theirs had ended"

---@param profile perilune.profiler.Profile
---@param direction "callers"|"callees"
---@param name string
---@param options? perilune.profiler.ViewOptions of which width and paint matter
---@return string? text nil when no function has that name
---@return string? message
return function(profile, direction, name, options)
  local width, paint = layout.options(options)
  local rows = profile[direction](profile, name)
  if #rows == 0 and #profile:stats({ filter = name }) == 0 then
    return nil, ("no function '%s' in this profile"):format(layout.printable(name))
  end
  local lines, any_tail = { layout.clip(summary.title(profile.raw), width) }, false
  for _, group in ipairs(by_function(rows)) do
    local list, tails = columns_of(profile.raw, group)
    any_tail = any_tail or tails > 0
    lines[#lines + 1] = ""
    lines[#lines + 1] = HEADINGS[direction]:format(layout.fn(group.of, width - 18, paint))
    layout.append(lines, columns(list, group, "function", function(row, room)
      return layout.fn(row, room, paint)
    end, { width = width, paint = paint }))
  end
  if #rows == 0 then
    lines[#lines + 1] = ""
    lines[#lines + 1] = HEADINGS[direction]:format(layout.printable(name)) .. " no function"
  end
  if any_tail then
    lines[#lines + 1] = ""
    layout.sentence(lines, TAIL, width, paint, "dim")
  end
  return table.concat(lines, "\n") .. "\n"
end
