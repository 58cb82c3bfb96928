--- The seed of a judging, on the command line.

local uv = require("luv")

local seed = {}

---@param text string
---@return integer? seed
---@return string? message
function seed.read(text)
  local is_seed = text:find("^%x+$") and #text <= 16
  return is_seed and tonumber(text, 16) or nil,
    ("'%s' is no seed: up to 16 hexadecimal digits are"):format(text)
end

--- Short enough to be typed again.
---@return integer
function seed.new()
  return uv.hrtime() >> 8 & 0xffff
end

return seed
