--- Figures in written answers, judged by what others say and what was measured.
local doubling = require("spec.host.doubling")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")

local bench, double, exercise_with, starter =
  doubling.bench, doubling.double, doubling.exercise_with, doubling.starter
local FASTER <const>, RIGHT <const> = doubling.FASTER, doubling.RIGHT

describe("written answers", function()
  local FIGURES <const> = { name = "figures", label = "figures", kind = "figures",
    faster = "faster", large = "large", tolerance = 2, large_tolerance = 4,
    sizes = { low = 10, high = 1000 },
    headings = { size = "n", naive = "Naive", own = "Own", ratio = "Ratio", large = "Large" } }
  local LARGE <const> = { name = "large", label = "large", kind = "agrees", cases = function()
    return { { label = "large", arguments = table.pack(1000) } }
  end }

  local folder

  before_each(function() folder = files.scratch() end)
  after_each(function() files.remove_tree(folder) end)

  --- The result of the figures check: measured here are 10x and 0.1 s on the long list.
  local function figures(n, naive, own, ratio, large)
    local text = ("# A\n## n\n%s\n## Naive\n%s\n## Own\n%s\n## Ratio\n%s\n## Large\n%s\n"):format(
      n, naive, own, ratio, large)
    assert(files.write(folder .. "/answers.md", text))
    local judged = judge.run(exercise_with(RIGHT, FASTER, LARGE, FIGURES), folder .. "/own.lua",
      { seed = 1, start = starter(double), bench = bench })
    return judged.results[4]
  end

  local function fails(line, part, ...)
    local result = figures(...)
    assert.equal("fail", result.status)
    assert.truthy(result.detail:find("answers.md:" .. line .. ":", 1, true), result.detail)
    assert.truthy(result.detail:find(part, 1, true), result.detail)
  end

  it("pass when they agree with each other and with the measures", function()
    assert.equal("pass", figures("100", "1.2 s", "110 ms", "11x", "0.1 s").status)
  end)

  it("may be rounded", function()
    assert.equal("pass", figures("n = 100", "about 1 s", "0.09 s", "11.4 times", "90 ms").status)
  end)

  it("may be measured at another size than the judge's", function()
    assert.equal("pass", figures("10", "1 s", "100 ms", "10", "0.1 s").status)
  end)

  it("fail when the speed-up is not the quotient", function()
    fails(9, "10.0x", "100", "1 s", "100 ms", "17x", "0.1 s")
  end)

  it("fail when the speed-up is far from the measured one", function()
    fails(9, "measured here", "100", "3 s", "100 ms", "30x", "0.1 s")
  end)

  it("fail when the long list's time is far from the measured one", function()
    fails(11, "measured here", "100", "1 s", "100 ms", "10x", "9 s")
  end)

  it("fail with the line of a figure that cannot be read", function()
    fails(5, "no time with a unit", "100", "very slow", "100 ms", "10x", "0.1 s")
    fails(7, "no time with a unit", "100", "1 s", "0.1", "10x", "0.1 s")
    fails(3, "no number", "many", "1 s", "100 ms", "10x", "0.1 s")
  end)

  it("fail when one is not filled in", function()
    fails(10, "'Large' is not filled in", "100", "1 s", "100 ms", "10x", "<!-- here -->")
  end)

  it("fail at a size that cannot be measured", function()
    fails(3, "from 10 to 1,000", "5", "1 s", "100 ms", "10x", "0.1 s")
  end)
end)
