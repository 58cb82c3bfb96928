--- A criterion that an exercise decides itself, from what its driver reports of the solution.
---
---   driver   file that drives the solution
---   open     (check) -> what is closed afterwards, whose `ports` the solution may connect to;
---            nil and a message where the machine does not give it
---   examine  (check, session, child, opened) -> result; it asks with `session:drive`

local function examine(check, session, opened)
  session.ports = opened and opened.ports
  local child <close>, message, code = session:solution(check)
  if not child then
    return session:failed(message, code, check)
  end
  return check.examine(check, session, child, opened)
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  if not check.open then
    return examine(check, session)
  end
  local opened <close>, message = check.open(check)
  if not opened then
    return { status = "inconclusive", detail = message }
  end
  return examine(check, session, opened)
end
