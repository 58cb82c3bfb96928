--- The main job.
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local shorter = require("spec.cli.shorter")

describe("demo #course", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local root

  before_each(function() root = program.folder() end)
  after_each(function() program.remove(root) end)

  local function demo(...) return program.run({ "demo", ... }, root) end

  it("shows naive, script and native, and a verdict for each criterion", function()
    local result = demo("2", "-o", "page.html")
    assert.equal("", result.err)
    for _, text in ipairs({
      "1,000,000 integers", "\n  naive ", "\n  script ", "\n  native ", "vs naive", "extrapolated",
      "ok    right answers", "ok    5x faster", "ok    1,000,000", "5 of 5 passed, 1 for a reader",
      "All of it with pictures: page.html", "perilune start 2",
    }) do
      assert.truthy(result.out:find(text, 1, true), ("no %q in\n%s"):format(text, result.out))
    end
    assert.equal(0, result.code)
    local page = files.read(root .. "/page.html")
    for _, text in ipairs({ "Exercise 2: Find duplicates", "5x faster: pair by pair" }) do
      assert.truthy(page:find(text, 1, true), text)
    end
  end)

  it("shows repairs, alone and together, on a shorter file", function()
    if (os.getenv("PERILUNE_SANITIZE") or "") ~= "" then
      pending("compare 1, which profiling_spec runs, has the same tables; sanitized they are slow")
      return
    end
    local result = program.run({ "demo", "profiling", "-o", "page.html" }, root,
      { PERILUNE_EXERCISES = shorter(root) })
    assert.equal("", result.err)
    for _, text in ipairs({
      "slow_script.lua, lowest", "\n  as given ", "\n  a set, not a list ", "\n  all of them ",
      "each printed the same 38 lines", "20,000 order numbers", "\n  table ",
      "ok    saved profile", "ok    bottlenecks", "3 of 3 passed, 1 for a reader",
      "perilune start 1",
    }) do
      assert.truthy(result.out:find(text, 1, true), ("no %q in\n%s"):format(text, result.out))
    end
    assert.equal(0, result.code)
  end)

  it("names the exercises there are", function()
    local result = demo("99")
    assert.equal(2, result.code)
    local known = "no exercise '99'; there is: 1 (profiling), 2 (duplicates)"
    assert.truthy(result.err:find(known, 1, true))
  end)
end)
