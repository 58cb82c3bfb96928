--- How often a solution's functions are called in one call, counted from outside its code.
---
---   size   n of the call
---   judge  (counted, perilune.format, size) -> nil when it is right; else a message, perhaps a
---          hint
---
--- `counted` is {most, total, itself, functions = {{line, calls}...}}: the calls of the function of
--- the solution's file that was called most, and of all Lua functions; and what share of those most
--- it made itself, by a sample.

local format = require("perilune.format")

local function sum_up(spent)
  local counted = { most = 0, total = spent.others, itself = 0, functions = spent.functions }
  for _, one in ipairs(spent.functions) do
    if one.calls > counted.most then
      counted.most, counted.itself = one.calls, one.nested / math.max(one.sampled, 1)
    end
    counted.total = counted.total + one.calls
  end
  return counted
end

-- Seconds that a call can take here, and that everything else may.
local LONGEST_CALL <const>, REST <const> = 10e-6, 0.02

--- Work that no call shows: of finalizers, say, where nothing can be counted.
local function unseen(counted, seconds)
  if seconds > REST + LONGEST_CALL * counted.total then
    return ("%s of processor time for %s of Lua functions: what else was done?"):format(
      format.seconds(seconds), format.plural(counted.total, "call"))
  end
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

local function decide(session, check, counted, seconds)
  local message, hint = check.judge(counted, format, check.size)
  message = message or unseen(counted, seconds)
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
  return decide(session, check, sum_up(spent), spent.cpu)
end
