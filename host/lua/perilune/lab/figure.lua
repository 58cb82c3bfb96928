--- Single figures in answers.md, read and compared.

local answers = require("perilune.lab.answers")
local format = require("perilune.format")

local figure = {}

-- A median of ratios is not quite the ratio of two medians.
local ROUNDING = 1.05

local TIME = "time with a unit (s, ms, us)"
local KINDS = {
  number = { answers.number, "number" },
  seconds = { answers.seconds, TIME },
  ratio = { answers.ratio, "number" },
  bytes = { answers.bytes, "size with a unit (KiB, MiB)" },
}

---@class Figure: Quantity
---@field section Section

--- A remark on the line where a figure stands.
---@param section Section
---@param text string
---@return string
function figure.at(section, text)
  return answers.at(section.line, text)
end

---@param session Session
---@param heading string
---@param kind "number"|"seconds"|"ratio"|"bytes"
---@param lowest? number what it must at least be; without, it must be above 0
---@return Figure?
---@return string? message
function figure.read(session, heading, kind, lowest)
  local section, message = session:section(heading)
  if not section then
    return nil, message
  end
  local reader, wanted = table.unpack(KINDS[kind])
  local quantity = reader(section.text)
  if not quantity or quantity.value < (lowest or 0) or not lowest and quantity.value == 0 then
    local first = format.printable(section.text:match("^[^\n]*"), 40)
    return nil, figure.at(section, ("no %s under '%s': \"%s\""):format(wanted, heading, first))
  end
  quantity.section = section
  return quantity
end

--- A quotient that was written, against the one that its parts allow within their rounding.
---@param ratio Figure
---@param slow Figure
---@param fast Figure
---@return string? message nil when it fits
function figure.misdivided(ratio, slow, fast)
  local low = (slow.value - slow.half) / (fast.value + fast.half) / ROUNDING
  local shortest = math.max(fast.value - fast.half, fast.value * 0.5)
  local high = (slow.value + slow.half) / shortest * ROUNDING
  if ratio.value + ratio.half >= low and ratio.value - ratio.half <= high then
    return nil
  end
  return figure.at(ratio.section, ("speed-up %s, but %s / %s is %s"):format(
    format.ratio(ratio.value), format.seconds(slow.value), format.seconds(fast.value),
    format.ratio(slow.value / fast.value)))
end

---@param a number
---@param b number
---@param tolerance number a factor
---@return boolean
function figure.apart(a, b, tolerance)
  return a > b * tolerance or b > a * tolerance
end

return figure
