--- Bytes that belong to no UTF-8 character: strings of Lua may hold them, JSON may not.

local bytes = {}

--- Text with a replacement for each such byte.
---@param text string
---@param replace fun(byte: integer): string
---@return string
local function mended(text, replace)
  local parts, from = {}, 1
  local valid, bad = utf8.len(text)
  while not valid do
    parts[#parts + 1] = text:sub(from, bad - 1)
    parts[#parts + 1] = replace(text:byte(bad))
    from = bad + 1
    valid, bad = utf8.len(text, from)
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

--- For readers to whom the bytes do not matter: U+FFFD for each.
---@param text string
---@return string
function bytes.readable(text)
  return mended(text, function()
    return "\u{FFFD}"
  end)
end

--- JSON from which `restore` can tell the bytes: lone surrogates, `\udc80` to `\udcff` (as PEP 383
--- has it), stand for them. JSON readers accept those.
---@param json string
---@return string
function bytes.escape(json)
  return mended(json, function(byte)
    return ("\\udc%02x"):format(byte)
  end)
end

local HALVES = { ["\xB2"] = 0, ["\xB3"] = 0x40 }

--- A string of decoded JSON as it was: what dkjson makes of a lone surrogate is no UTF-8 either, so
--- that nothing else looks like it.
---@param text string
---@return string
function bytes.restore(text)
  return (text:gsub("\xED([\xB2\xB3])([\x80-\xBF])", function(half, low)
    return string.char(low:byte() + HALVES[half])
  end))
end

return bytes
