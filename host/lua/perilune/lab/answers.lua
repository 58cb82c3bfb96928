--- Reads `answers.md`: sections by heading, and the figures that people write in them.

local answers = {}

local UNITS = {
  ns = 1e-9, nsec = 1e-9, nanosecond = 1e-9, nanoseconds = 1e-9,
  us = 1e-6, ["µs"] = 1e-6, ["μs"] = 1e-6, usec = 1e-6, microsecond = 1e-6, microseconds = 1e-6,
  ms = 1e-3, msec = 1e-3, millisecond = 1e-3, milliseconds = 1e-3,
  s = 1, sec = 1, secs = 1, second = 1, seconds = 1,
  min = 60, mins = 60, minute = 60, minutes = 60, h = 3600, hour = 3600, hours = 3600,
}
local SIZES = {
  b = 1, byte = 1, bytes = 1, k = 1 << 10, kb = 1000, kib = 1 << 10, m = 1 << 20, mb = 1000 * 1000,
  mib = 1 << 20, gb = 1000 * 1000 * 1000, gib = 1 << 30,
}
local ABBREVIATIONS = { "e%.g%.", "i%.e%.", "etc%.", "vs%.", "approx%." }

---@class Section
---@field heading string
---@field line integer    the line of the first text, or of the heading when there is none
---@field text string     comments and outer blanks removed

---@class Quantity
---@field value number
---@field half number     half a unit of the last digit written

--- Blanks out comments and keeps the lines where they are.
local function without_comments(text)
  return (text:gsub("<!%-%-.-%-%->", function(comment)
    return (comment:gsub("[^\n]", ""))
  end))
end

local function close(sections, section)
  if not section then
    return
  end
  section.text = table.concat(section, "\n"):match("^%s*(.-)%s*$")
  sections[section.heading:lower()] = section
end

---@param text string a whole answers.md
---@return table<string, Section> sections by heading in lower case
function answers.parse(text)
  local sections, section, number = {}, nil, 0
  for line in (without_comments(text) .. "\n"):gmatch("(.-)\r?\n") do
    number = number + 1
    local heading = line:match("^#+%s+(.-)%s*$")
    if heading then
      close(sections, section)
      section = { heading = heading, line = number }
    elseif section then
      if #section == 0 and line:find("%S") then
        section.line = number
      end
      if #section > 0 or line:find("%S") then
        section[#section + 1] = line
      end
    end
  end
  close(sections, section)
  return sections
end

--- One number as written: `5,000`, `5_000`, `0.086`, `0,086`, `1e6`.
local function read_number(digits)
  local plain = digits:gsub("_", "")
  if plain:find("^%d%d?%d?,%d%d%d") and not plain:find("^0,") then
    plain = plain:gsub(",", "")
  end
  plain = plain:gsub(",", ".")
  local mantissa, exponent = plain:match("^([%d.]+)[eE]([+-]?%d+)$")
  local decimals = (mantissa or plain):match("%.(%d*)$") or ""
  local value = tonumber(plain)
  return value and { value = value, half = 0.5 * 10.0 ^ (tonumber(exponent or 0) - #decimals) }
end

local NUMBER = "()(%d[%d.,_]*)()"
local PERCENT = { ["%"] = true, percent = true }
local TIMES = { x = true, X = true, times = true, ["×"] = true }

--- Without marks of emphasis, and with `5 000` as `5_000`.
local function plain_text(text)
  local count
  text = text:gsub("[*`]", ""):gsub("%f[%w.,_](%d%d?%d?) (%d%d%d)%f[^%d]", "%1_%2")
  repeat
    text, count = text:gsub("(_%d%d%d) (%d%d%d)%f[^%d]", "%1_%2")
  until count == 0
  return text
end

--- Each number of a text with the word behind it.
local function numbers(text)
  text = plain_text(text)
  local position = 1
  return function()
    local _, digits, after = text:match(NUMBER, position)
    if not digits then
      return nil
    end
    local exponent, past = text:match("^([eE][+-]?%d+)()", after)
    if exponent then
      digits, after = digits .. exponent, past
    else
      local trimmed = digits:gsub("[.,_]+$", "")
      after, digits = after - (#digits - #trimmed), trimmed
    end
    position = after
    return digits, text:match("^ ?([%a%%\xC2\xC3\xCE\xB5\xBC\x97]+)", after)
  end
end

--- The first number.
---@param text string
---@return Quantity?
function answers.number(text)
  local digits = numbers(text)()
  return digits and read_number(digits)
end

--- The first number with `x` or `times` behind it, else the first number.
---@param text string
---@return Quantity?
function answers.ratio(text)
  for digits, word in numbers(text) do
    if TIMES[word] then
      return read_number(digits)
    end
  end
  return answers.number(text)
end

--- The first number with `%` or `percent` behind it, in percent.
---@param text string
---@return Quantity?
function answers.percent(text)
  for digits, word in numbers(text) do
    if PERCENT[word] then
      return read_number(digits)
    end
  end
end

--- The first number with a unit of memory behind it: `KiB`, `MB`, `bytes`.
---@param text string
---@return Quantity? bytes
function answers.bytes(text)
  for digits, word in numbers(text) do
    local unit, read = SIZES[word and word:lower()], read_number(digits)
    if unit and read then
      return { value = read.value * unit, half = read.half * unit }
    end
  end
end

--- The first time that has a unit; `1 h 27 min` is one time.
---@param text string
---@return Quantity? seconds
function answers.seconds(text)
  local total
  for digits, word in numbers(text) do
    local unit, read = UNITS[word and word:lower()], read_number(digits)
    if unit and read then
      total = { value = (total and total.value or 0) + read.value * unit, half = read.half * unit }
      if unit < 60 then
        break
      end
    elseif total then
      break
    end
  end
  return total
end

--- A remark on a line of `answers.md`.
---@param line integer
---@param text string
---@return string
function answers.at(line, text)
  return ("answers.md:%d: %s"):format(line, text)
end

--- A section that is filled in.
---@param sections table<string, Section>
---@param heading string
---@return Section? section
---@return string? message
function answers.section(sections, heading)
  local section = sections[heading:lower()]
  if not section then
    return nil, ("answers.md has no heading '%s'"):format(heading)
  elseif section.text == "" then
    return nil, answers.at(section.line, ("'%s' is not filled in"):format(heading))
  end
  return section
end

---@param text string
---@return integer
function answers.sentences(text)
  for _, abbreviation in ipairs(ABBREVIATIONS) do
    text = text:gsub(abbreviation, "")
  end
  local _, count = (text .. " "):gsub("[%w%p][.!?]+[\"')`*]*%s", "")
  local unfinished = text:match("[^.!?]*$"):find("%w")
  return count + (unfinished and 1 or 0)
end

return answers
