--- Values that nobody can change, so that they need not be copied when they are handed in.

local types = { ["nil"] = true, boolean = true, number = true, string = true }

---@return boolean whether all are
return function(...)
  for i = 1, select("#", ...) do
    if not types[type((select(i, ...)))] then return false end
  end
  return true
end
