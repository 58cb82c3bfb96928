-- Every allocation of a scenario fails in turn; spec/faults/oom.c tells how.

local uv = require "luv"

local program = uv.exepath():match("^(.*)/") .. "/spec/oom"

describe("when memory runs out,", function()
  if not uv.fs_stat(program) then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end
  -- A pool forks: not every allocation fails, but one in so many.
  local steps = { pool = (os.getenv("PERILUNE_SANITIZE") or "") ~= "" and 37 or 7 }
  for _, scenario in ipairs({ "graph", "hashset", "ints", "memo", "message", "parcel", "pool",
    "profiler" }) do
    it("nothing is lost or broken in " .. scenario, function()
      local command = ("'%s' spec/faults/%s.lua %d 2>&1"):format(program:gsub("'", "'\\''"),
        scenario, steps[scenario] or 1)
      local run <close> = assert(io.popen(command))
      local output = run:read("a")
      assert.is_true((run:close()), output)
      assert.matches("single: %d+ allocations", output)
      assert.matches("burst: %d+ allocations", output)
      assert.matches("persistent: %d+ allocations", output)
    end)
  end
end)
