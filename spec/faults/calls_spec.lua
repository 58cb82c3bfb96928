-- Calls of the system fail in turn; spec/faults/calls.c tells how. Here each does so at a few of
-- the times it is made, in `perilune torture` at more.

local sweeps = require "spec.faults.sweeps"
local uv = require "luv"

local SCENARIOS <const> = {
  "embed", "child", "fetch", "fetch_shared", "heap", "ints", "pool", "profiler",
}

local folder = uv.exepath():match("^(.*)/") .. "/spec"

describe("when the system refuses,", function()
  if not uv.fs_stat(folder .. "/calls") then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end

  for _, scenario in ipairs(SCENARIOS) do
    it("nothing is lost or broken in " .. scenario, function()
      local ok, output = sweeps.run(folder, "calls", scenario, 1)
      assert.is_true(ok, output)
      local failed, told = output:match("(%d+) calls failed, (%d+) told of it")
      assert.is_true(tonumber(failed) >= tonumber(told) and tonumber(told) > 0, output)
    end)
  end
end)
