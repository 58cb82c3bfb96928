--- Compresses what is mostly zeros, to a thousandth at best.
---
--- A text is a list of segments: strings, and counts of zero bytes. What is compressed is such a
--- text again, so that bombs nest. RFC 1951 and 1952.
local deflate = {}

local LONGEST_STORED <const> = 65535
local LONGEST_MATCH <const> = 258

-- Bits, low ones first

local Writer = {}
Writer.__index = Writer

local function writer()
  return setmetatable({ segments = {}, bytes = {}, held = 0, count = 0 }, Writer)
end

function Writer:bits(value, n)
  self.held = self.held | value << self.count
  self.count = self.count + n
  while self.count >= 8 do
    self.bytes[#self.bytes + 1] = string.char(self.held & 255)
    self.held, self.count = self.held >> 8, self.count - 8
  end
end

function Writer:align()
  if self.count > 0 then self:bits(0, 8 - self.count) end
end

function Writer:segment(segment)
  table.insert(self.segments, table.concat(self.bytes))
  table.insert(self.segments, segment)
  self.bytes = {}
end

function Writer:zero_bits(n)
  local first = math.min(n, (8 - self.count) % 8)
  self:bits(0, first)
  if n - first >= 8 then self:segment((n - first) // 8) end
  self:bits(0, (n - first) % 8)
end

-- A block of this kind has codes for a zero (01), a match of 258 (0), its end (11) and the
-- distance 1 (0), so that two zero bits stand for 258 zero bytes.
local ZERO <const>, STOP <const> = 1, 3 -- of two bits, as they are written
local LITERALS <const>, DISTANCES <const>, LENGTHS <const> = 286 - 257, 1 - 1, 18 - 4
-- In the order of RFC 1951: those of 18, 2 and 1 are 1, 2 and 2.
local LENGTHS_OF_LENGTHS <const> = { [3] = 1, [16] = 2, [18] = 2 }

local function write_tables(out)
  out:bits(LITERALS, 5)
  out:bits(DISTANCES, 5)
  out:bits(LENGTHS, 4)
  for i = 1, 18 do out:bits(LENGTHS_OF_LENGTHS[i] or 0, 3) end
  local function length_2() out:bits(3, 2) end
  local function length_1() out:bits(1, 2) end
  local function zeros(n)
    out:bits(0, 1)
    out:bits(n - 11, 7)
  end
  length_2() -- of the zero
  zeros(138)
  zeros(117)
  length_2() -- of the end, 256
  zeros(28)
  length_1() -- of a match of 258, 285
  length_1() -- of the distance 1
end

local function write_zeros(out, n)
  out:bits(2 << 1, 3)
  write_tables(out)
  out:bits(ZERO, 2)
  out:zero_bits((n - 1) // LONGEST_MATCH * 2)
  for _ = 1, (n - 1) % LONGEST_MATCH do out:bits(ZERO, 2) end
  out:bits(STOP, 2)
end

local function write_stored(out, text, is_last)
  out:bits(is_last and 1 or 0, 3)
  out:align()
  out:segment(("<I2I2"):pack(#text, ~#text & 0xffff) .. text)
end

--- Raw deflate.
---@param segments (string|integer)[]
---@return (string|integer)[]
function deflate.raw(segments)
  local out = writer()
  for _, segment in ipairs(segments) do
    if type(segment) == "number" then
      if segment > 0 then write_zeros(out, segment) end
    else
      for at = 1, #segment, LONGEST_STORED do
        write_stored(out, segment:sub(at, at + LONGEST_STORED - 1), false)
      end
    end
  end
  write_stored(out, "", true)
  return out.segments
end

-- CRC-32. A zero byte is a linear map of the register, which squares for many.

local TABLE <const> = {}
for i = 0, 255 do
  local register = i
  for _ = 1, 8 do register = register >> 1 ~ (register & 1) * 0xedb88320 end
  TABLE[i] = register
end

local function apply(map, register)
  local result, bit = 0, 1
  while register > 0 do
    if register & 1 == 1 then result = result ~ map[bit] end
    register, bit = register >> 1, bit + 1
  end
  return result
end

local function after_zeros(register, n)
  local map = {}
  for bit = 1, 32 do
    local one = 1 << bit - 1
    map[bit] = TABLE[one & 255] ~ one >> 8
  end
  while n > 0 do
    if n & 1 == 1 then register = apply(map, register) end
    local square = {}
    for bit = 1, 32 do square[bit] = apply(map, map[bit]) end
    map, n = square, n >> 1
  end
  return register
end

local function after_text(register, text)
  for i = 1, #text do
    register = TABLE[(register ~ text:byte(i)) & 255] ~ register >> 8
  end
  return register
end

local function check(segments)
  local register, size = 0xffffffff, 0
  for _, segment in ipairs(segments) do
    local is_zeros = type(segment) == "number"
    register = (is_zeros and after_zeros or after_text)(register, segment)
    size = size + (is_zeros and segment or #segment)
  end
  return register ~ 0xffffffff, size
end

--- A gzip member.
---@param segments (string|integer)[]
---@return (string|integer)[]
function deflate.gzip(segments)
  local out = deflate.raw(segments)
  local sum, size = check(segments)
  table.insert(out, 1, "\31\139\8\0\0\0\0\0\0\255")
  table.insert(out, ("<I4I4"):pack(sum, size & 0xffffffff))
  return out
end

--- The string.
---@param segments (string|integer)[]
---@return string
function deflate.text(segments)
  local pieces = {}
  for i, segment in ipairs(segments) do
    pieces[i] = type(segment) == "number" and ("\0"):rep(segment) or segment
  end
  return table.concat(pieces)
end

return deflate
