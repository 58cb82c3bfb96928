--- Spec files that `perilune torture` runs in processes of their own.
local apart = require("spec.torture.apart")
local uv = require("luv")
local valgrind = require("spec.torture.valgrind")

describe("specs that are run apart", function()
  local HELD <const> = "3 successes / 0 failures / 0 errors"

  local function count(output)
    local _, n = output:gsub("wrong", "")
    return n
  end

  local function run(line)
    return apart.run(line .. " # %s", { "a", "b", "c" }, count, "examples", "reports")
  end

  local function row(figure)
    return { what = "examples", figure = figure, ok = true, output = "" }
  end

  it("are those of the cores that are named, but for some", function()
    local files = apart.specs_of({ "ints", "memo" }, { memo_weak = true })
    local seen = {}
    for _, file in ipairs(files) do seen[file] = true end
    assert.is_true(seen["spec/native/ints_spec.lua"] and seen["spec/contract/memo_spec.lua"])
    assert.is_nil(seen["spec/contract/memo_weak_spec.lua"])
    assert.is_nil(seen["spec/native/message_spec.lua"])
  end)

  it("are counted", function()
    assert.same(row("9 of 9; 0 reports"), run("echo " .. HELD))
    assert.same(row("3 of 12; 0 reports"), run("echo 1 success / 2 failures / 1 error"))
  end)

  it("have failed where something is wrong, or without an end", function()
    for _, line in ipairs({ "echo " .. HELD .. " wrong", "echo" }) do
      local failed = run(line)
      assert.is_false(failed.ok, line)
      assert.matches("^a:\n.*\nb:\n.*\nc:\n", failed.output)
    end
    assert.equal("9 of 9; 6 reports", run("echo " .. HELD .. " wrong wrong").figure)
  end)

  it("say in a line what is missing", function()
    local path = os.getenv("PATH")
    uv.os_setenv("PATH", "/nowhere")
    local text = valgrind.missing()
    uv.os_setenv("PATH", path)
    assert.equal("valgrind is missing: apt-get install valgrind", text)
  end)
end)
