-- Calls of the system fail in turn; spec/faults/calls.c tells how. Here each does so once, at some
-- of the places that make it, in `perilune torture` at all of them.

local sweeps = require "spec.faults.sweeps"
local uv = require "luv"

local SCENARIOS <const> = {
  "embed", "child", "fetch", "fetch_shared", "heap", "ints", "pool", "profiler",
}

local STEP <const> = 5 -- one place in so many, and the first of each call

local folder = uv.exepath():match("^(.*)/") .. "/spec"

describe("when the system refuses,", function()
  if not uv.fs_stat(folder .. "/calls") then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end

  for _, scenario in ipairs(SCENARIOS) do
    it("nothing is lost or broken in " .. scenario, function()
      local ok, output = sweeps.run(folder, "calls", scenario, 1, STEP)
      assert.is_true(ok, output)
      local failed, told = output:match("(%d+) calls failed, (%d+) told of it")
      assert.is_true(tonumber(failed) >= tonumber(told) and tonumber(told) > 0, output)
    end)
  end
end)
