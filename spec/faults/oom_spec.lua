-- Every allocation of a scenario fails in turn; spec/faults/oom.c tells how.

local hostile = require "spec.fetch.hostile"
local uv = require "luv"

local program = uv.exepath():match("^(.*)/") .. "/spec/oom"

describe("when memory runs out,", function()
  if not uv.fs_stat(program) then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end
  local is_sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
  -- A pool forks, and fetch waits for a server: not every allocation fails, but one in so many.
  local steps = is_sanitized and { fetch = 31, pool = 37 } or { fetch = 5, pool = 7 }

  local function run(scenario, environment)
    local command = ("%s '%s' spec/faults/%s.lua %d 2>&1"):format(environment or "",
      program:gsub("'", "'\\''"), scenario, steps[scenario] or 1)
    local pipe <close> = assert(io.popen(command))
    local output = pipe:read("a")
    assert.is_true((pipe:close()), output)
    assert.matches("single: %d+ allocations", output)
    assert.matches("burst: %d+ allocations", output)
    assert.matches("persistent: %d+ allocations", output)
  end

  for _, scenario in ipairs({ "graph", "hashset", "ints", "memo", "message", "parcel", "pool",
    "profiler" }) do
    it("nothing is lost or broken in " .. scenario, function() run(scenario) end)
  end

  it("nothing is lost or broken in fetch", function()
    local server <close> = hostile.start()
    local folder = os.tmpname()
    os.remove(folder)
    assert(uv.fs_mkdir(folder, tonumber("755", 8)))
    run("fetch", ("PERILUNE_SPEC_URL=%s PERILUNE_SPEC_FOLDER='%s'"):format(server.url, folder))
    -- No part of a file is left: nothing but the whole one.
    os.remove(folder .. "/file")
    assert.same({ true }, { uv.fs_rmdir(folder) })
  end)
end)
