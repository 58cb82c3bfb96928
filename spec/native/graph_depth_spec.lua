--- No function of the native graph recurses over it: a million nodes in a line need no more than
--- 256 KiB of stack.
local uv = require("luv")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local N <const> = SANITIZED and 100000 or 1000000
local FEW <const> = N // 10
local STACK <const> = 256 * 1024

local CASES <const> = {
  { "lets a chain die", "chain_dies", N, N, 0 },
  { "collects a ring", "ring_is_collected", N, N, 0 },
  { "collects a ring among others", "ring_among_others_is_collected", FEW, FEW, 0 },
  { "finds that a ring among others lives", "ring_among_others_lives", FEW, 0, FEW },
  { "resurrects a ring", "ring_is_resurrected", FEW, FEW, FEW },
  { "tells why the end of a chain is alive", "chain_is_explained", N, N, N },
}

local function on_small_stack(case, n)
  local program = uv.exepath():gsub("'", "'\\''")
  local pipe = assert(io.popen(("ulimit -s %d; exec '%s' spec/native/deep.lua %s %d"):format(
    STACK // 1024, program, case, n)))
  local output = pipe:read("a")
  assert.same({ true, "exit", 0 }, { pipe:close() })
  return output
end

describe("the native graph on 256 KiB of stack", function()
  for _, case in ipairs(CASES) do
    local behaviour, name, n, first, second = table.unpack(case)
    it(behaviour, function()
      assert.equal(("%d\t%d\t%d\n"):format(STACK, first, second), on_small_stack(name, n))
    end)
  end
end)
