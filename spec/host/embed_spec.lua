-- The embedding API, through the C program spec/host/embed.c.

local uv = require "luv"

local program = os.getenv("PERILUNE_EMBED") or uv.exepath():match("^(.*)/") .. "/spec/embed"

---@param text string
---@return string
local quoted = require("perilune.shell").quoted

describe("a C program that embeds a host:", function()
  if not uv.fs_stat(program) then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end
  for name in io.popen(quoted(program)):lines() do
    it(name, function()
      local run <close> = io.popen(quoted(program) .. " " .. quoted(name) .. " 2>&1")
      local output = run:read("a")
      assert.is_true((run:close()), output)
    end)
  end
end)
