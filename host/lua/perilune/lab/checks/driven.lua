--- A criterion that an exercise decides itself, from what its driver reports of the solution.
---
---   driver   file that drives the solution
---   examine  (check, session, child) -> result; it asks with `session:drive`

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local child <close>, message, code = session:solution(check)
  if not child then
    return session:failed(message, code, check)
  end
  return check.examine(check, session, child)
end
