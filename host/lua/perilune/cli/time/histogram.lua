--- How often which value was measured, as lines of text.

local statistics = require("perilune.statistics")

local MOST_ROWS = 8
local FAR = 3 -- quartile distances above the third quartile: what lies beyond shares a row
local LEAST_ROOM = 10 -- columns

local function limits_of(ordered)
  local n = #ordered
  local first, third = ordered[math.ceil(n / 4)], ordered[math.ceil(3 * n / 4)]
  return ordered[1], math.min(ordered[n], third + FAR * (third - first))
end

--- {from, count} for each row, the last one of those that are far above where there are some.
local function rows_of(values)
  local ordered = statistics.sorted(values)
  local low, high = limits_of(ordered)
  local count = high > low and math.min(MOST_ROWS, math.ceil(#ordered / 2)) or 1
  local rows = {}
  for i = 1, count do
    rows[i] = { from = low + (i - 1) * (high - low) / count, count = 0 }
  end
  for _, value in ipairs(ordered) do
    local i = value > high and count + 1
      or high > low and math.min(count, 1 + math.floor((value - low) / (high - low) * count)) or 1
    rows[i] = rows[i] or { from = value, count = 0, far = true }
    rows[i].count = rows[i].count + 1
  end
  return rows
end

local function largest(rows)
  local most = 0
  for _, row in ipairs(rows) do
    most = math.max(most, row.count)
  end
  return most
end

--- Digits behind the point that tell the rows apart.
local MOST_DIGITS = 4
local function digits_for(rows, scale)
  local step = rows[2] and (rows[2].from - rows[1].from) / scale or 1
  return math.max(0, math.min(MOST_DIGITS, math.ceil(-math.log(step, 10))))
end

--- A bar for each range of values, the smallest first; how many there are stands behind it.
---@param values number[] not empty
---@param unit {scale: number, name: string}
---@param width integer columns
---@param mark string a character of the bars
---@return string[] lines
return function(values, unit, width, mark)
  local rows, labels, margin = rows_of(values), {}, 0
  local label = "%." .. digits_for(rows, unit.scale) .. "f" .. unit.name
  for i, row in ipairs(rows) do
    labels[i] = label:format(row.from / unit.scale) .. (row.far and " and above" or "")
    margin = math.max(margin, #labels[i])
  end
  local most, lines = largest(rows), {}
  local room = math.max(LEAST_ROOM, width - margin - #tostring(most) - 5)
  for i, row in ipairs(rows) do
    local length = row.count == 0 and 0 or math.max(1, room * row.count // most)
    lines[i] = ("  %s%s  %s%s"):format((" "):rep(margin - #labels[i]), labels[i],
      mark:rep(length), row.count > 0 and " " .. row.count or ""):gsub(" +$", "")
  end
  return lines
end
