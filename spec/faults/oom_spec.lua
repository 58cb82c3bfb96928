-- Every allocation of a scenario fails in turn; spec/faults/oom.c tells how.

local sweeps = require "spec.faults.sweeps"
local uv = require "luv"

local folder = uv.exepath():match("^(.*)/") .. "/spec"

describe("when memory runs out,", function()
  if not uv.fs_stat(folder .. "/oom") then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end
  local is_sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
  -- A pool forks, fetch waits for a server, memo and graph ask often: not every allocation fails,
  -- but one in so many. `perilune torture` leaves none out.
  local steps = is_sanitized and { fetch = 31, graph = 3, memo = 7, pool = 37, profiler = 3 }
    or { fetch = 17, graph = 5, memo = 11, pool = 17, profiler = 3 }

  for _, scenario in ipairs(sweeps.allocations) do
    it("nothing is lost or broken in " .. scenario, function()
      local ok, output = sweeps.run(folder, "oom", scenario, steps[scenario] or 1)
      assert.is_true(ok, output)
      assert.matches("single: %d+ allocations", output)
      assert.matches("burst: %d+ allocations", output)
      assert.matches("persistent: %d+ allocations", output)
    end)
  end
end)
