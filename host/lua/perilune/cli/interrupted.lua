--- The error that an interrupt raises.

local exits = require("perilune.cli.exits")

local interrupted = {}

local MESSAGE <const> = "interrupted!"

---@param raised any
---@return boolean
function interrupted.is(raised)
  return tostring(raised):find(MESSAGE .. "$") ~= nil
end

--- The error that a signal raises which the host does not see: libuv takes it.
---@param signal string as "sigterm"
---@return string
function interrupted.by(signal)
  return signal .. ": " .. MESSAGE
end

---@param raised any an interrupt
---@return integer code
function interrupted.code(raised)
  return exits.SIGNALS[tostring(raised):match("^(sig%a+): ")] or exits.INTERRUPTED
end

return interrupted
