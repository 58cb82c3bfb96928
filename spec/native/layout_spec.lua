-- What is read in place, past the API: spec/native/layout.c tells how.

local uv = require("luv")

local program = uv.exepath():match("^(.*)/") .. "/spec/layout"

describe("what is read in place", function()
  if not uv.fs_stat(program) then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end
  it("is what the API gives", function()
    local run <close> = assert(io.popen(("'%s' 2>&1"):format(program:gsub("'", "'\\''"))))
    local output = run:read("a")
    assert.is_true((run:close()), output)
    assert.matches("^%d+ items and %d+ arguments read in place\n$", output)
  end)
end)
