--- How often a solution's functions are called in one call, counted from outside its code.
---
---   size   n of the call
---   judge  (counted, perilune.lab.format) -> nil when it is right; else a message, perhaps a hint
---
--- `counted` is {most, total, functions = {{line, calls}...}}: the calls of the function of the
--- solution's file that was called most, and of all Lua functions.

local format = require("perilune.lab.format")

local function sum_up(spent)
  local counted = { most = 0, total = spent.others, functions = spent.functions }
  for _, one in ipairs(spent.functions) do
    counted.most = math.max(counted.most, one.calls)
    counted.total = counted.total + one.calls
  end
  return counted
end

--- The functions that were called most.
local function lines_text(session, functions)
  local file = session.file:match("[^/]+$")
  table.sort(functions, function(a, b)
    return a.calls > b.calls
  end)
  local notes = {}
  for i = 1, math.min(#functions, 3) do
    notes[i] = ("%s of the function at %s:%d"):format(
      format.plural(functions[i].calls, "call"), file, functions[i].line)
  end
  return notes
end

local function decide(session, check, counted)
  local message, hint = check.judge(counted, format)
  if message then
    return { status = "fail", detail = message, hint = hint,
      notes = lines_text(session, counted.functions) }
  end
  session.measures[check.name] = counted
  return { status = "pass", detail = ("%s at n = %s"):format(
    format.plural(counted.most, "call"), format.count(check.size)),
    series = { kind = "calls", name = check.call, size = check.size, calls = counted.most } }
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local child <close>, message, code = session:solution(check)
  if not child then
    return session:failed(message, code, check)
  end
  local arguments = session:arguments(check.size)
  local spent, failure, cause = session:spend(child, "calls", session:name_of(check), arguments)
  if not spent then
    return session:failed(failure, cause, check)
  end
  local difference = session:difference(arguments, (child:take()))
  if difference then
    return { status = "fail", detail = difference }
  end
  return decide(session, check, sum_up(spent))
end
