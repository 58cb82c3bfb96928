error(setmetatable({}, { __tostring = function() error("no words") end }))
