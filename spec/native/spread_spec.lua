--- How keys are spread under seeds that are always the same: spec/native/spread.c tells how.
local uv = require("luv")

local program = uv.exepath():match("^(.*)/") .. "/spec/spread"
-- With hashes by chance a search takes 1.8 looks in a set as full as this, and 1.2 in a cache. Of
-- so few keys means go up to 2.5 under the least lucky seed.
local MOST <const> = { hashset = 3, memo = 2 }

describe("under any seed", function()
  if not uv.fs_stat(program) then
    pending("the test program is not built beside " .. uv.exepath())
    return
  end

  local lines = {}

  setup(function()
    local run <close> = assert(io.popen(require("perilune.shell").quoted(program)))
    for line in run:lines() do lines[#lines + 1] = line end
  end)

  for core, most in pairs(MOST) do
    it("the keys of a " .. core .. " are spread, whatever they have in common", function()
      assert.equal(64, #lines)
      for _, line in ipairs(lines) do
        local looks = assert(tonumber(line:match(core .. " ([%d.]+)")), line)
        assert.is_true(looks >= 1 and looks < most, line)
      end
    end)
  end
end)
