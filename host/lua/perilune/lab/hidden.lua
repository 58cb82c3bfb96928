--- An instructor's own checks: fragments of a manifest, `*.lua` in a folder, in the order of their
--- names. Each is called with its folder and the exercise, and returns a list of checks or
--- {checks = list}, which are put behind the exercise's own. They may need those.
---
--- Their names and verdicts are for everybody, what was asked is not.

local files = require("perilune.lab.files")

local hidden = {}

local function checks_of(path, folder, exercise)
  local chunk, message = loadfile(path)
  if not chunk then
    return nil, message
  end
  local ok, returned = pcall(chunk, folder, exercise)
  if not ok then
    return nil, tostring(returned)
  end
  local list = type(returned) == "table" and (returned.checks or returned)
  if type(list) ~= "table" or #list == 0 then
    return nil, path .. " returns no list of checks"
  end
  return list
end

local function fault_of(check, seen)
  if type(check) ~= "table" or type(check.name) ~= "string" then
    return "a check without a name"
  elseif seen[check.name] then
    return ("the check '%s' is there already"):format(check.name)
  elseif not (check.kind or check.decide) then
    return ("the check '%s' has neither kind nor decide"):format(check.name)
  end
  for _, need in ipairs(check.needs or {}) do
    if not seen[need] then
      return ("the check '%s' needs '%s', which is not before it"):format(check.name, need)
    end
  end
end

--- Puts a folder's checks behind those of an exercise.
---@param exercise Exercise
---@param folder string
---@return integer? count
---@return string? message
function hidden.add(exercise, folder)
  local names, message = files.list(folder)
  if not names then
    return nil, message
  end
  local seen, count = {}, 0
  for _, check in ipairs(exercise.checks) do
    seen[check.name] = true
  end
  for _, name in ipairs(names) do
    local list, problem = {}, nil
    if name:find("%.lua$") then
      list, problem = checks_of(folder .. "/" .. name, folder, exercise)
    end
    for _, check in ipairs(list or {}) do
      problem = problem or fault_of(check, seen)
      if not problem then
        check.hidden, check.label = true, check.label or check.name
        exercise.checks[#exercise.checks + 1] = check
        seen[check.name], count = true, count + 1
      end
    end
    if problem then
      return nil, ("%s: %s"):format(name, problem)
    end
  end
  if count == 0 then
    return nil, folder .. " holds no checks: *.lua that return them"
  end
  return count
end

return hidden
