--- Archives as `zip -0` writes them, with whatever names a spec wants.
local zip = {}

local function crc32(text)
  local crc = 0xffffffff
  for i = 1, #text do
    crc = crc ~ text:byte(i)
    for _ = 1, 8 do
      crc = crc >> 1 ~ (crc & 1) * 0xedb88320
    end
  end
  return crc ~ 0xffffffff
end

--- What a file's two headers share.
local function about(name, text)
  return ("<I2I2I2I2I2I4I4I4I2I2"):pack(10, 0, 0, 0, 33, crc32(text), #text, #text, #name, 0)
end

---@param entries {[1]: string, [2]: string}[] name and text
---@return string bytes
function zip.of(entries)
  local locals, central, offset = {}, {}, 0
  for i, entry in ipairs(entries) do
    local name, text = entry[1], entry[2]
    locals[i] = "PK\3\4" .. about(name, text) .. name .. text
    central[i] = "PK\1\2" .. ("<I2"):pack(10) .. about(name, text)
      .. ("<I2I2I2I4I4"):pack(0, 0, 0, 0, offset) .. name
    offset = offset + #locals[i]
  end
  local directory = table.concat(central)
  return table.concat(locals) .. directory .. "PK\5\6" .. ("<I2I2I2I2I4I4I2"):pack(
    0, 0, #entries, #entries, #directory, offset, 0)
end

return zip
