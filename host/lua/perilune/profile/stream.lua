--- Standard streams that a report is written to when a program ends.

local exit = require("perilune.recorder").exit

local COLOURS = { red = 31, green = 32, yellow = 33, cyan = 36, dim = 2, bold = 1 }
local NARROWEST = 50

local stream = {}

local function paint(text, colour)
  return ("\27[%dm%s\27[0m"):format(COLOURS[colour], text)
end

--- How a terminal on a descriptor shows a view; elsewhere there is no width to keep and no colour.
---@param descriptor integer
---@return integer? width
---@return function? paint
function stream.look(descriptor)
  local columns = os.getenv("TERM") ~= "dumb" and exit.columns(descriptor)
  return columns and math.max(columns, NARROWEST) or nil,
    columns and (os.getenv("NO_COLOR") or "") == "" and paint or nil
end

--- Writes text at once.
---@param handle file*
---@param text string
---@return any ok
---@return string? message
function stream.write(handle, text)
  local ok, message = handle:write(text)
  if ok then
    ok, message = handle:flush()
  end
  return ok, message
end

return stream
