--- The table of all functions, for people.

local format = { extensions = { "txt" } }

---@param profile Profile
---@return string
function format.encode(profile)
  return profile:text()
end

return format
