package.preload.broken = function(...) print(...) error("module " .. ... .. " is broken") end
require("broken")
