--- The error that an interrupt raises.

local exits = require("perilune.cli.exits")

local interrupted = {}

--- How the host's error ends, behind the place where it came.
interrupted.MESSAGE = "interrupted!"

---@param raised any
---@return boolean
function interrupted.is(raised)
  return tostring(raised):find(interrupted.MESSAGE .. "$") ~= nil
end

--- The error that a signal raises which the host does not see: libuv takes it.
---@param signal string as "sigterm"
---@return string
function interrupted.by(signal)
  return signal .. ": " .. interrupted.MESSAGE
end

---@param raised any an interrupt
---@return integer code
function interrupted.code(raised)
  return exits.SIGNALS[tostring(raised):match("^(sig%a+): ")] or exits.INTERRUPTED
end

return interrupted
