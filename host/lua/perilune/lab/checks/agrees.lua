--- The right results on the manifest's cases: the first that fails is shown. A case that is alone
--- is timed too.
---
---   cases  (seed) -> list of {label, arguments = packed}, smallest first

local format = require("perilune.format")

local SHOWN = 12
local HASTE <const> = 4

local function call_text(name, arguments)
  local parts = {}
  for i = 1, arguments.n do
    parts[i] = format.value(arguments[i], SHOWN)
  end
  return ("%s(%s)"):format(name, table.concat(parts, ", "))
end

local function wrong(case, difference, expected, got)
  return {
    status = "fail",
    detail = ("%s: %s"):format(case.label, difference),
    notes = {
      "expected " .. format.value(expected, SHOWN),
      "got      " .. format.value(got, SHOWN),
    },
  }
end

--- A failed result, or nil and what `method` gave when the case is right.
local function try(session, child, check, case, method)
  local name = session:name_of(check)
  local seconds, got, code = session[method](session, child, name, case.arguments)
  if not seconds then
    return session:failed(got, code, check)
  end
  local difference, expected = session:difference(case.arguments, got)
  if difference then
    return wrong(case, difference, expected, got)
  end
  return nil, seconds
end

local function located(result, session, name, case, place)
  local notes = result.notes or {}
  table.insert(notes, 1, call_text(name, case.arguments))
  table.insert(notes, ("%s; the same again: --seed %x"):format(place, session.seed))
  result.notes = notes
  return result
end

local function passed(session, cases, seconds)
  local detail = ("%s, seed %x"):format(format.plural(#cases, "case"), session.seed)
  if #cases == 1 then
    detail = ("%s of CPU time, seed %x"):format(format.seconds(seconds), session.seed)
  end
  return { status = "pass", detail = detail }
end

--- The same check with less time: what is given up may still be right.
local function in_haste(check, session)
  local limits, own = {}, check.limits or {}
  for name, limit in pairs(session.limits) do
    limits[name] = own[name] or limit
  end
  limits.cpu, limits.wall = limits.cpu / HASTE, limits.wall / HASTE
  return setmetatable({ limits = limits }, { __index = check })
end

--- All cases in one call, where nothing goes wrong: a process takes the next sooner than a judge
--- can ask. Nil where something did, which may be one of them, or all of them together. Who never
--- comes to an end is to be waited for once, not twice.
local function answers_of(check, session, cases)
  local child <close> = session:solution(in_haste(check, session))
  local packed = {}
  for i, case in ipairs(cases) do
    packed[i] = case.arguments
  end
  return child and child:each(session:name_of(check), packed)
end

--- The first result that is wrong, if there is one.
local function first_wrong(session, cases, answers)
  for i, case in ipairs(cases) do
    local answer = answers[i]
    local difference, expected = session:difference(case.arguments, answer[1])
    if difference then
      return wrong(case, difference, expected, answer[1]), i
    end
  end
end

--- One case after another.
local function try_all(check, session, cases)
  local child <close>, message, code = session:solution(check)
  if not child then
    return session:failed(message, code, check)
  end
  local seconds
  local method = #cases == 1 and "call" or "answer"
  for i, case in ipairs(cases) do
    local result
    result, seconds = try(session, child, check, case, method)
    if result then
      return result, i
    end
  end
  return nil, nil, seconds
end

local function decide(check, session, cases)
  local answers = #cases > 1 and answers_of(check, session, cases)
  if answers then
    return first_wrong(session, cases, answers)
  end
  return try_all(check, session, cases)
end

-- By check: who judges many solutions asks all of them the same.
local latest = setmetatable({}, { __mode = "k" })

local function cases_of(check, seed)
  local made = latest[check]
  if not (made and made.seed == seed) then
    made = { seed = seed, cases = check.cases(seed) }
    latest[check] = made
  end
  return made.cases
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local cases = cases_of(check, session.seed)
  local result, index, seconds = decide(check, session, cases)
  if index then
    local place = ("case %d of %d"):format(index, #cases)
    return located(result, session, session:name_of(check), cases[index], place)
  elseif result then
    return result
  end
  session.measures[check.name] = { own = seconds }
  return passed(session, cases, seconds)
end
