--- How keys are spread under seeds that are always the same: spec/native/spread.c tells how. Keys
--- can be chosen by who knows how a core hashes, but not its seed (spec/native/chosen.h).
local uv = require("luv")

local program = uv.exepath():match("^(.*)/") .. "/spec/spread"
-- With hashes by chance a search takes 1.8 looks in a set as full as this, and 1.2 in a cache. Of
-- so few keys means go up to 2.5 under the least lucky seed.
local MOST <const> = { hashset = 3, memo = 1.5 }
local MOST_OF_CHOSEN <const> = { hashset = 2.2, memo = 1.3 }

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

  local function assert_looks(kind, core, count, most)
    local pattern = ("^%s .*%s ([%%d.]+)"):format(kind, core)
    for _, line in ipairs(lines) do
      local looks = tonumber(line:match(pattern))
      count = looks and count - 1 or count
      assert.is_true(not looks or looks >= 1 and looks < most, line)
    end
    assert.equal(0, count)
  end

  for core, most in pairs(MOST) do
    it("the keys of a " .. core .. " are spread, whatever they have in common", function()
      assert_looks("worst", core, 64, most)
    end)
  end

  for core, most in pairs(MOST_OF_CHOSEN) do
    it("the keys of a " .. core .. " are spread, whoever has chosen them", function()
      assert_looks("mean", core, 2, most)
    end)
  end
end)
