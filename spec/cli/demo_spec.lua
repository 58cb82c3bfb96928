--- The main job.
local program = require("spec.cli.program")

describe("demo", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  it("shows naive, script and native, and a verdict for each criterion", function()
    local folder = program.folder()
    local result = program.run({ "demo" }, folder)
    program.remove(folder)
    assert.equal("", result.err)
    for _, text in ipairs({
      "1,000,000 integers", "\n  naive ", "\n  script ", "\n  native ", "vs naive", "extrapolated",
      "ok    right answers", "ok    5x faster", "ok    1,000,000", "5 of 5 passed, 1 for a reader",
      "perilune start 2",
    }) do
      assert.truthy(result.out:find(text, 1, true), ("no %q in\n%s"):format(text, result.out))
    end
    assert.equal(0, result.code)
  end)
end)
