--- perilune.native.pool: short runs of the programs that last.
local uv = require("luv")

local is_sanitized <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

-- The program says what was wrong.
local function assert_passes(name, ...)
  local program = (os.getenv("PERILUNE") or uv.exepath()):gsub("'", "'\\''")
  local line = ("exec '%s' spec/native/%s.lua %s 2>&1"):format(program, name,
    table.concat({ ... }, " "))
  local pipe <close> = assert(io.popen(line))
  local output = pipe:read("a")
  assert.is_true(pipe:close(), output)
end

describe("a native pool", function()
  it("loses and doubles nothing while its workers are killed", function()
    if is_sanitized then return assert_passes("pool_soak", 3000, 30) end
    assert_passes("pool_soak", 50000, 500)
  end)

  it("stands all that can be done with it, in random order", function()
    assert_passes("pool_stress", is_sanitized and 3 or 15)
  end)
end)
