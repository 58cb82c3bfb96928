--- A value as a Lua constructor over as many lines as it needs, cut where it would flood a screen.

local format = require("perilune.format")

local DEEPEST, MOST, LONGEST = 4, 50, 2000 -- levels; items of a table; bytes of a string

local function is_name(key)
  return type(key) == "string" and key:find("^[%a_][%w_]*$") ~= nil
end

local RANK = { number = 1, string = 2, boolean = 3 }

local function comes_before(a, b)
  local left, right = RANK[type(a)] or 4, RANK[type(b)] or 4
  if left ~= right then return left < right end
  if left <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

--- Keys beyond the list, in an order that one finds one's way in.
local function keys_of(value, length)
  local keys = {}
  for key in next, value do
    local place = math.type(key) == "integer" and key >= 1 and key <= length
    if not place then keys[#keys + 1] = key end
  end
  table.sort(keys, comes_before)
  return keys
end

--- As Lua reads it, on one line.
local function quoted(text)
  local cut = #text > LONGEST and ("... %s more"):format(format.count(#text - LONGEST)) or ""
  text = ("%q"):format(text:sub(1, LONGEST)):gsub("\\\n", "\\n")
  if not utf8.len(text) then
    text = text:gsub("[\128-\255]", function(byte) return "\\" .. byte:byte() end)
  end
  return text .. cut
end

local function leaf(value)
  return type(value) == "string" and quoted(value) or tostring(value)
end

local show

--- The items' texts, and which of them, leaves of the list, may share a line.
local function items_of(value, state, indent)
  local length, items, flat = rawlen(value), {}, {}
  local keys = keys_of(value, length)
  local count = length + #keys
  for i = 1, math.min(count, MOST) do
    local key = keys[i - length]
    if i <= length then
      local item = rawget(value, i)
      items[i], flat[i] = show(item, state, indent), type(item) ~= "table"
    else
      local name = is_name(key) and key or "[" .. leaf(key) .. "]"
      items[i] = name .. " = " .. show(rawget(value, key), state, indent)
    end
  end
  if count > MOST then
    items[#items + 1] = ("... %s more"):format(format.count(count - MOST))
  end
  return items, flat
end

local function in_lines(items, flat, width)
  local lines = {}
  for i, item in ipairs(items) do
    local joined = flat[i] and flat[i - 1] and lines[#lines] .. ", " .. item
    if joined and utf8.len(joined, 1, -1, true) < width then
      lines[#lines] = joined
    else
      lines[#lines + 1] = item
    end
  end
  return lines
end

local function lay_out(items, flat, width, indent)
  local line = "{ " .. table.concat(items, ", ") .. " }"
  if #indent + #line <= width and not line:find("\n", 1, true) then
    return line
  end
  local inner = indent .. "  "
  local lines = in_lines(items, flat, width - #inner)
  return "{\n" .. inner .. table.concat(lines, ",\n" .. inner) .. "\n" .. indent .. "}"
end

local function has_tostring(value)
  local meta = debug.getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__tostring") ~= nil
end

function show(value, state, indent)
  if type(value) ~= "table" or has_tostring(value) then
    return leaf(value)
  elseif state.open[value] then
    return "<" .. tostring(value) .. ", above>"
  elseif next(value) == nil then
    return "{}"
  elseif #indent // 2 >= DEEPEST then
    return "{...}"
  end
  state.open[value] = true
  local items, flat = items_of(value, state, indent .. "  ")
  local text = lay_out(items, flat, state.width, indent)
  state.open[value] = nil
  return text
end

---@param value any
---@param width integer columns
---@return string
return function(value, width)
  return show(value, { open = {}, width = width }, "")
end
