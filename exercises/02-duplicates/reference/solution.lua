--- One pass. A table remembers how far each value has come: nothing, seen, or listed.

---@param list integer[]
---@return integer[] duplicates in the order of second occurrences
local function find_duplicates(list)
  local duplicates, count = {}, 0
  local listed = {} -- value -> false once seen, true once listed
  for i = 1, #list do
    local value = list[i]
    local state = listed[value]
    if state == nil then
      listed[value] = false
    elseif state == false then
      listed[value] = true
      count = count + 1
      duplicates[count] = value
    end
  end
  return duplicates
end

return { find_duplicates = find_duplicates }
