--- Runs a spec as `perilune test` does and writes the first lines of Lua that it runs.
---
---     lines.lua FILE COUNT
local test = require("perilune.cli.test")

local SPEC <const> = "spec/host/lab_profile_spec.lua"

local file <close> = assert(io.open(arg[1], "w"))
local left = assert(math.tointeger(arg[2]))
local getinfo = debug.getinfo

debug.sethook(function(_, line)
  file:write(getinfo(2, "S").source, ":", line, "\n")
  left = left - 1
  if left == 0 then debug.sethook() end
end, "l")
local code, message = test.run({ SPEC })
debug.sethook()
assert(code == 0 and left == 0, message or "fewer lines ran")
