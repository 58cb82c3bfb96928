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
  return (x >= 99.95 and "%.0f" or "%#.3g"):format(x)
end

local function coarse(seconds, unit, name, part, part_name)
  local whole = seconds // unit
  return ("%d %s %d %s"):format(whole, name, (seconds - whole * unit) // part, part_name)
end

--- `3e-8` -> `30.0 ns`, `0.0864` -> `86.4 ms`, `5212` -> `1 h 26 min`
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
  if seconds >= 1e-6 or seconds == 0 then
    return significant(seconds * 1e6) .. " us"
  end
  return significant(seconds * 1e9) .. " ns"
end

local SIZES = { { 2 ^ 30, "GiB" }, { 2 ^ 20, "MiB" }, { 2 ^ 10, "KiB" } }

--- `11923439` -> `11.4 MiB`, `17` -> `17 B`: memory, and files, in units of 1,024. Only what is
--- transferred is in kB and MB, of 1,000.
---@param bytes number
---@return string
function format.bytes(bytes)
  local sign, size = bytes < 0 and "-" or "", math.abs(bytes)
  for _, unit in ipairs(SIZES) do
    if size >= unit[1] then
      return ("%s%s %s"):format(sign, significant(size / unit[1]), unit[2])
    end
  end
  return ("%s%.0f B"):format(sign, size)
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

--- Text on one line that a terminal can show: blanks for line breaks, control characters and bytes
--- that are no UTF-8 as `\27`, and no more than `limit` bytes.
---@param text string
---@param limit? integer (default 400)
---@return string
function format.printable(text, limit)
  limit = limit or 400
  if #text > limit then
    text = text:sub(1, limit) .. " ..."
  end
  text = text:gsub("[\t\r\n]+", " "):gsub("%c", function(c)
    return ("\\%d"):format(c:byte())
  end)
  local valid, bad = utf8.len(text)
  while not valid do
    text = ("%s\\%d%s"):format(text:sub(1, bad - 1), text:byte(bad), text:sub(bad + 1))
    valid, bad = utf8.len(text, bad)
  end
  return text
end

local function scalar(value)
  if type(value) == "string" then
    local quoted = ("%q"):format(#value > 40 and value:sub(1, 37) .. "..." or value)
    return format.printable((quoted:gsub("\\\n", "\\n")))
  end
  if value ~= value then
    return "nan"
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

-- Tables that are shown inside each other; a table may even contain itself.
local DEEPEST = 3

local function show(value, limit, depth)
  if type(value) ~= "table" then
    return scalar(value)
  elseif depth > DEEPEST then
    return next(value) == nil and "{}" or "{...}"
  end
  local items, length = {}, #value
  for i = 1, math.min(length, limit) do
    items[i] = show(value[i], limit, depth + 1)
  end
  local keys = sorted_keys(value, length)
  for i = 1, math.min(#keys, limit - #items) do
    items[#items + 1] = ("[%s] = %s"):format(
      scalar(keys[i]), show(value[keys[i]], limit, depth + 1))
  end
  local hidden = length + #keys - #items
  if hidden > 0 then
    items[#items + 1] = ("... %s more"):format(format.count(hidden))
  end
  return "{" .. table.concat(items, ", ") .. "}"
end

--- A value as a Lua constructor, shortened to `limit` items a table and three tables deep.
---@param value any
---@param limit? integer items of a table that are shown (default 12)
---@return string
function format.value(value, limit)
  return show(value, limit or 12, 1)
end

--- `3 sentences`, `1 sentence`
---@param n integer
---@param noun string
---@return string
function format.plural(n, noun)
  return ("%s %s%s"):format(format.count(n), noun, n == 1 and "" or "s")
end

return format
