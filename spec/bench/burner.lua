--- spec/profiler/burner.c, as it was built beside the program: `nothing` is a function in C that
--- does nothing.
local uv = require("luv")

local library = uv.exepath():match("^(.*)/") .. "/spec/burner.so"
return assert(package.loadlib(library, "luaopen_burner"))()
