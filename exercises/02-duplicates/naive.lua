--- The given version: compares every pair. Right, and far too slow for a long list.

local function contains(list, value)
  for i = 1, #list do
    if list[i] == value then
      return true
    end
  end
  return false
end

---@param list integer[]
---@return integer[] duplicates each value that occurs more than once, once
local function find_duplicates_naive(list)
  local duplicates = {}
  for i = 1, #list do
    for j = i + 1, #list do
      if list[i] == list[j] and not contains(duplicates, list[i]) then
        duplicates[#duplicates + 1] = list[i]
      end
    end
  end
  return duplicates
end

return { find_duplicates_naive = find_duplicates_naive }
