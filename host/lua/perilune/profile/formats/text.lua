--- The table of all functions, for people.

local format = { extensions = { "txt" } }

---@param profile perilune.profiler.Profile
---@return string
function format.encode(profile)
  return profile:text()
end

return format
