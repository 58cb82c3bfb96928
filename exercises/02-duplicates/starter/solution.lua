--- Find the values that occur more than once in a list, without comparing every pair.

---@param list integer[] any integers: negative, zero, very large; may be empty
---@return integer[] duplicates each value that occurs more than once, listed once, in any order
local function find_duplicates(list)
  error("find_duplicates is not written yet: " .. #list .. " integers are waiting")
end

return { find_duplicates = find_duplicates }
