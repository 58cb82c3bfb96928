--- Figures and values as people read them.

local format = {}

local MINUTE, HOUR, DAY = 60, 3600, 86400

--- `5000` -> `5,000`
---@param n integer
---@return string
function format.count(n)
  local digits = ("%d"):format(n)
  return (digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^(%-?),", "%1"))
end

local function significant(x)
  if x >= 100 then
    return ("%.0f"):format(x)
  end
  return ("%#.3g"):format(x)
end

local function coarse(seconds, unit, name, part, part_name)
  local whole = seconds // unit
  return ("%d %s %d %s"):format(whole, name, (seconds - whole * unit) // part, part_name)
end

--- `0.0864` -> `86.4 ms`, `5212` -> `1 h 26 min`
---@param seconds number
---@return string
function format.seconds(seconds)
  if seconds >= DAY then
    return coarse(seconds, DAY, "days", HOUR, "h")
  elseif seconds >= HOUR then
    return coarse(seconds, HOUR, "h", MINUTE, "min")
  elseif seconds >= 2 * MINUTE then
    return coarse(seconds, MINUTE, "min", 1, "s")
  elseif seconds >= 1 then
    return significant(seconds) .. " s"
  elseif seconds >= 1e-3 then
    return significant(seconds * 1e3) .. " ms"
  end
  return significant(seconds * 1e6) .. " us"
end

--- `2.913` -> `2.9x`, `161.8` -> `162x`
---@param ratio number
---@return string
function format.ratio(ratio)
  if ratio >= 100 then
    return format.count(math.floor(ratio + 0.5)) .. "x"
  end
  return (ratio >= 0.1 and "%.1fx" or "%.2gx"):format(ratio)
end

--- `162x [158, 166]`
---@param result {ratio: number, low: number, high: number}
---@return string
function format.interval(result)
  local bound = result.ratio >= 100 and "%.0f" or result.ratio >= 0.1 and "%.1f" or "%.2g"
  return ("%s [" .. bound .. ", " .. bound .. "]"):format(
    format.ratio(result.ratio), result.low, result.high)
end

local function scalar(value)
  if type(value) == "string" then
    return ("%q"):format(#value > 40 and value:sub(1, 37) .. "..." or value)
  end
  return math.type(value) == "float" and ("%.14g"):format(value) or tostring(value)
end

local function sorted_keys(value, first)
  local keys = {}
  for key in pairs(value) do
    if not (math.type(key) == "integer" and key >= 1 and key <= first) then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  return keys
end

--- A value as a Lua constructor, shortened to `limit` items.
---@param value any
---@param limit? integer items of a table that are shown (default 12)
---@return string
function format.value(value, limit)
  if type(value) ~= "table" then
    return scalar(value)
  end
  limit = limit or 12
  local items, length = {}, #value
  for i = 1, math.min(length, limit) do
    items[i] = format.value(value[i], limit)
  end
  local keys = sorted_keys(value, length)
  for i = 1, math.min(#keys, limit - #items) do
    items[#items + 1] = ("[%s] = %s"):format(scalar(keys[i]), format.value(value[keys[i]], limit))
  end
  local hidden = length + #keys - #items
  if hidden > 0 then
    items[#items + 1] = ("... %s more"):format(format.count(hidden))
  end
  return "{" .. table.concat(items, ", ") .. "}"
end

--- `3 sentences`, `1 sentence`
---@param n integer
---@param noun string
---@return string
function format.plural(n, noun)
  return ("%s %s%s"):format(format.count(n), noun, n == 1 and "" or "s")
end

return format
