local process = require("perilune.cli.process")

describe("another program", function()
  local function shell(command, options)
    options = options or {}
    options.args, options.output = { "-c", command }, true
    return process.run("/bin/sh", options)
  end

  it("is given its input, and gives what it prints and how it ended", function()
    local ended = shell("cat; echo bad >&2; exit 3", { input = ("x"):rep(200000) })
    assert.equal(("x"):rep(200000), ended.output)
    assert.equal("bad\n", ended.errors)
    assert.equal(3, ended.status)
    assert.equal(0, ended.signal)
    assert.is_false(ended.late)
  end)

  it("may end before it has read its input", function()
    for _ = 1, 3 do
      assert.equal(0, shell("exec <&-; exit 0", { input = ("x"):rep(1 << 20) }).status)
    end
  end)

  it("is killed when patience is at an end", function()
    local ended = shell("exec sleep 100", { patience = 1 })
    assert.is_true(ended.late)
    assert.equal(9, ended.signal)
  end)

  it("may be none", function()
    local options = { args = {}, output = true, input = "x" }
    local ended, message = process.run("/no such program", options)
    assert.is_nil(ended)
    assert.matches("^ENOENT", message)
  end)
end)
