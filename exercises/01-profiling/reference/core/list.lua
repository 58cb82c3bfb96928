--- As slow_script.lua does it: looks through all values so far, for each value.

local function contains(list, value)
  for _, element in ipairs(list) do
    if element == value then
      return true
    end
  end
  return false
end

local function without_repeats(list)
  local kept = {}
  for _, value in ipairs(list) do
    if not contains(kept, value) then
      kept[#kept + 1] = value
    end
  end
  return kept
end

return { without_repeats = without_repeats }
