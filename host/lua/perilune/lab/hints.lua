--- The hints about what keeps a solution from passing, from what its own profile says to nearly the
--- answer. The worked solution is in none of them.

local evidence = require("perilune.lab.evidence")

local hints = {}

local function check_named(exercise, name)
  for _, check in ipairs(exercise.checks) do
    if check.name == name then
      return check
    end
  end
end

-- Failures before any work was done, which no hint of the check's or the exercise's is about.
local UNBEGUN <const> = { syntax = true, contract = true }

--- Hints that others need not have: of the profile, where the check has one; of the failure, if it
--- is not the check's; the check's own; then the exercise's that it names.
---@param exercise Exercise
---@param obstacle Result
---@param file string
---@return (fun(): string?)[] each gives its text, or nil where there turns out to be none
function hints.about(exercise, obstacle, file)
  local check, list = check_named(exercise, obstacle.name), {}
  local function add(text)
    list[#list + 1] = function() return text end
  end
  if UNBEGUN[obstacle.code] then
    add(obstacle.hint)
    return list
  end
  if check.profiled then
    list[1] = function() return evidence.text(exercise, check, file) end
  end
  if obstacle.hint and obstacle.hint ~= check.hint then
    add(obstacle.hint)
  end
  add(check.hint)
  for _, number in ipairs(check.hints or {}) do
    add(exercise.hints[number])
  end
  return list
end

return hints
