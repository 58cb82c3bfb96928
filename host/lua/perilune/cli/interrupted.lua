--- The error that an interrupt raises.

local interrupted = { MESSAGE = "interrupted!" }

---@param raised any
---@return boolean
function interrupted.is(raised)
  return tostring(raised):find(interrupted.MESSAGE .. "$") ~= nil
end

return interrupted
