--- Ways to compare a result with the expected one: (expected, got) -> true | nil, what differs.

local format = require("perilune.format")

local agree = {}

local function is_list(value)
  local length, count = #value, 0
  for key in pairs(value) do
    count = count + 1
    if math.type(key) ~= "integer" or key < 1 or key > length then
      return false
    end
  end
  return count == length
end

--- The values as keys, and the first that occurs twice. NaN can be no key, nor be equal to any.
local function set_of(list)
  local set, twice = {}, nil
  for _, value in ipairs(list) do
    if set[value] and twice == nil then
      twice = value
    elseif value == value then
      set[value] = true
    end
  end
  return set, twice
end

--- The first value of a list that a set has not.
local function beyond(list, set)
  for _, value in ipairs(list) do
    if not set[value] then
      return value
    end
  end
end

--- The same values, each once, in any order.
function agree.set(expected, got)
  if got == nil then
    return nil, "nothing was returned; a list was expected"
  elseif type(got) ~= "table" then
    return nil, ("a list was expected, not %s"):format(type(got))
  elseif not is_list(got) then
    return nil, "a list was expected: keys 1..n and nothing else"
  end
  local got_set, twice = set_of(got)
  if twice ~= nil then
    return nil, ("%s is listed twice"):format(format.value(twice))
  end
  local missing = beyond(expected, got_set)
  if missing ~= nil then
    return nil, ("%s is missing"):format(format.value(missing))
  end
  local extra = beyond(got, (set_of(expected)))
  if extra ~= nil then
    return nil, ("%s does not belong there"):format(format.value(extra))
  end
  return true
end

--- What differs first, and where; nil when nothing does.
local function difference(expected, got, place)
  if got == nil and expected ~= nil and place == "" then
    return ("nothing was returned; %s was expected"):format(format.value(expected, 3))
  elseif type(expected) ~= "table" or type(got) ~= "table" then
    if expected == got or (expected ~= expected and got ~= got) then
      return nil
    end
    return ("%s was expected%s, not %s"):format(
      format.value(expected, 3), place ~= "" and " at " .. place or "", format.value(got, 3))
  end
  for key, value in pairs(expected) do
    local found = difference(value, got[key], ("%s[%s]"):format(place, format.value(key, 3)))
    if found then
      return found
    end
  end
  for key in pairs(got) do
    if expected[key] == nil then
      return ("%s[%s] does not belong there"):format(place, format.value(key, 3))
    end
  end
end

--- Equal all the way down.
function agree.value(expected, got)
  local found = difference(expected, got, "")
  return not found or nil, found
end

return agree
