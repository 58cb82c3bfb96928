for i = 1, 5 do
  _G["object" .. i] = setmetatable({}, { __gc = function() print("finalise " .. i) end })
end
local t = setmetatable({}, { __gc = function() print("finalise local") end })
setmetatable(t, { __gc = function() print("replaced, not called first") end })
local late = {}
setmetatable(late, late)
late.__gc = function() print("never: set after setmetatable") end
local revives
revives = setmetatable({}, { __gc = function(o) revived = o print("revived") setmetatable(o, {
  __gc = function() print("second life ends") end,
}) end })
revives = nil
collectgarbage()
print(revived ~= nil)
setmetatable({}, { __gc = function() error("in finaliser at exit") end })
setmetatable({}, { __gc = function()
  setmetatable({}, { __gc = function() print("created while closing") end })
end })
local held <close> = setmetatable({}, { __close = function() print("closed first") end })
print("end of script")
