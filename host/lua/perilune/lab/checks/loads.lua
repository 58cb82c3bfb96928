--- The solution's file runs and returns all of its functions: what other checks need.

local format = require("perilune.format")

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local child <close>, message, code = session:solution(check)
  if not child then
    return session:failed(message, code, check)
  end
  local count = #session.exercise.functions
  return { status = "pass", detail = format.plural(count, "function") }
end
