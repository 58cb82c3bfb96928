--- luv, loaded where its callbacks are safe.
---
--- luv 1.44 runs callbacks on the thread that loaded it, even after that has been collected, and
--- ends the process where one raises an error, a Ctrl-C's included. So it is loaded in a coroutine
--- that lasts and that nothing interrupts; unless the program has loaded it already.

local loader = coroutine.create(require)
local ok, luv = coroutine.resume(loader, "luv")
if not ok then error(luv, 0) end

return { uv = luv, loader = loader }
