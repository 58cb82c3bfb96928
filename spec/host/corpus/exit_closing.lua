local _ <close> = setmetatable({}, { __close = function(_, e) print("closed", e) end })
kept = setmetatable({}, { __gc = function() print("finalised") end })
local function deep(n)
  local _ <close> = setmetatable({}, { __close = function() print("closed at depth", n) end })
  if n > 0 then return (deep(n - 1)) end
  os.exit(5, true)
end
deep(2)
