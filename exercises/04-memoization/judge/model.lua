--- What a right memoisation does in a scenario, and where a report departs from it. Scenarios are
--- told in cases.lua, reports in driver.lua.

local model = {}

---@class Expectation
---@field called boolean  the memoised function is called
---@field outcome table   packed results, or {value, raises = true}

local function same_arguments(a, b)
  if a.f ~= b.f or a.n ~= b.n then
    return false
  end
  for i = 1, a.n do
    if not rawequal(a[i], b[i]) then
      return false
    end
  end
  return true
end

local function known(entries, step)
  for _, entry in ipairs(entries) do
    if same_arguments(entry.step, step) then
      return entry.outcome
    end
  end
end

---@param scenario table
---@return Expectation[]
function model.expect(scenario)
  local entries, expected, calls = {}, {}, 0
  for i, step in ipairs(scenario.steps) do
    local outcome = known(entries, step)
    local called = not outcome
    if called then
      calls = calls + 1
      outcome = scenario.outcomes[calls]
      entries[#entries + 1] = not outcome.raises and { step = step, outcome = outcome } or nil
    end
    expected[i] = { called = called, outcome = outcome }
  end
  return expected
end

--- Whether two values are the same, tables by what is in them.
---@return boolean
function model.same_value(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return rawequal(a, b)
  end
  for key, value in pairs(a) do
    if not model.same_value(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

local function same_values(a, b)
  if a.n ~= b.n then
    return false
  end
  for i = 1, a.n do
    if not model.same_value(a[i], b[i]) then
      return false
    end
  end
  return true
end

local function values_text(values, show)
  local parts = {}
  for i = 1, values.n do
    parts[i] = show(values[i], 4)
  end
  return table.concat(parts, ", ")
end

local function outcome_text(outcome, show)
  if outcome.raises then
    return "the error " .. show(outcome[1], 4)
  end
  return outcome.n == 0 and "nothing" or values_text(outcome, show)
end

--- The outcome that a step of a report shows.
local function outcome_of(step)
  if step.results then
    return step.results
  end
  return { n = 1, step.raised[1], raises = true }
end

--- An error that none of the scenario's functions raises.
local function is_strange(scenario, value)
  for _, outcome in ipairs(scenario.outcomes) do
    if outcome.raises and model.same_value(outcome[1], value) then
      return false
    end
  end
  return true
end

--- An error that comes from the solution's own code: neither passed on nor kept from before.
local function has_own_error(scenario, outcome, got)
  if not got.raised then
    return false
  elseif #got.calls > 0 then
    return not outcome.raises
  end
  return is_strange(scenario, got.raised[1])
end

local function problem_of(scenario, step, expected, got)
  local outcome = expected.outcome
  if has_own_error(scenario, outcome, got) then
    return "an error that fn did not raise"
  elseif expected.called and #got.calls == 0 then
    return "fn was not called, though these arguments are new or failed before"
  elseif not expected.called and #got.calls > 0 then
    return "fn was called again, though its results were known"
  elseif #got.calls > 1 then
    return ("fn was called %d times for one call"):format(#got.calls)
  elseif expected.called and not same_values(step, got.calls[1]) then
    return "fn got other arguments"
  elseif got.results and outcome.raises then
    return "the error did not come through"
  elseif outcome.raises and not got.same then
    return "the error came through changed"
  elseif not same_values(outcome, outcome_of(got)) then
    return "other results than fn's"
  end
end

local NAMES <const> = { "f", "g" }

local function call_text(step, show)
  return ("%s(%s)"):format(NAMES[step.f], values_text(step, show))
end

local function step_text(called, outcome, show)
  return ("%s, fn %s"):format(outcome_text(outcome, show), called and "called" or "not called")
end

--- The calls up to the one that went wrong, with what was expected of it and what came.
local function transcript(scenario, expected, reported, last, show)
  local lines = { scenario.functions > 1 and "f and g are memoised" or "f = memoize(fn)" }
  for i = 1, last - 1 do
    lines[#lines + 1] = ("%s gives %s"):format(call_text(scenario.steps[i], show),
      step_text(expected[i].called, expected[i].outcome, show))
  end
  local step, want, got = scenario.steps[last], expected[last], reported[last]
  lines[#lines + 1] = call_text(step, show)
  lines[#lines + 1] = "expected " .. step_text(want.called, want.outcome, show)
  lines[#lines + 1] = "got      " .. step_text(#got.calls > 0, outcome_of(got), show)
  local passed = got.calls[1]
  if want.called and passed and not same_values(step, passed) then
    lines[#lines + 1] = ("fn got   (%s)"):format(values_text(passed, show))
  end
  return lines
end

--- The first step of a report that is not as expected.
---@param scenario table
---@param reported table[] steps
---@param show fun(value: any, limit: integer): string
---@return string? problem nil when there is none
---@return string[]? notes
function model.difference(scenario, reported, show)
  local expected = model.expect(scenario)
  for i, step in ipairs(scenario.steps) do
    local problem = problem_of(scenario, step, expected[i], reported[i])
    if problem then
      return problem, transcript(scenario, expected, reported, i, show)
    end
  end
end

return model
