-- Recordings of several states at once; spec/profiler/threads.c has them.
local uv = require("luv")

local program = uv.exepath():match("^(.*)/") .. "/spec/threads"

describe("states that are recorded at once", function()
  if not uv.fs_stat(program) then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end

  it("have profiles of their own", function()
    local run <close> = assert(io.popen("'" .. program:gsub("'", "'\\''") .. "' 2>&1"))
    local output = run:read("a")
    assert.is_true((run:close()), output)
  end)
end)
