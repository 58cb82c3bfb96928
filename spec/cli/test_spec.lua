--- busted inside the host.
local files = require("perilune.lab.files")
local program = require("spec.cli.program")

describe("test", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  before_each(function() folder = program.folder() end)
  after_each(function() program.remove(folder) end)

  --- Runs one spec whose only test has this body.
  local function run(body, ...)
    local text = ("describe('one', function() it('test', function() %s end) end)"):format(body)
    assert(files.write(folder .. "/one_spec.lua", text))
    return program.run({ "test", "one_spec.lua", ... }, folder)
  end

  it("succeeds when all tests pass", function()
    local result = run("assert.is_true(true)")
    assert.truthy(result.out:find("1 success / 0 failures", 1, true))
    assert.equal(0, result.code)
  end)

  it("fails when a test fails", function()
    assert.equal(1, run("assert.is_true(false)").code)
  end)

  it("fails when there is no such file", function()
    assert.equal(1, program.run({ "test", "none_spec.lua" }, folder).code)
  end)

  it("passes busted's options on", function()
    assert.equal("one_spec.lua:1: one test\n", run("", "--list").out)
  end)

  it("fails when a test calls os.exit(0)", function()
    local result = run("os.exit(0)")
    assert.equal(1, result.code)
    assert.equal(
      "perilune: a test called os.exit, at one_spec.lua:1: that is a failure\n", result.err)
  end)

  it("fails when a test calls os.exit and swallows the error", function()
    assert.equal(1, run("pcall(os.exit, 0, true)").code)
  end)

  it("gives specs the host's modules", function()
    assert.equal(0, run("assert.is_table(require('perilune.host'))").code)
  end)

  it("lets go of what a file has loaded once its tests have run", function()
    assert(files.write(folder .. "/a_spec.lua", [[
      local kept = setmetatable({}, { __gc = function() io.open("gone", "w"):close() end })
      describe("first", function()
        before_each(function() assert.is_table(kept) end)
        it("keeps", function() assert.is_nil(io.open("gone")) end)
      end)
      it("fails", function() error("once") end)
    ]]))
    assert(files.write(folder .. "/b_spec.lua", [[
      it("is without", function()
        collectgarbage()
        assert.truthy(io.open("gone"))
        os.remove("gone")
      end)
    ]]))
    local result = program.run({ "test", "--sort-files", "--repeat=2", "-o", "TAP",
      "a_spec.lua", "b_spec.lua" }, folder)
    local _, good = ("\n" .. result.out):gsub("\nok ", "")
    assert.equal(4, good, result.out)
    assert.truthy(result.out:find("not ok 2 - fails", 1, true), result.out)
  end)

  it("runs the spec of an exercise from its folder", function()
    assert.equal(0, program.run({ "start", "2" }, folder).code)
    local result = program.run({ "test" }, folder .. "/02-duplicates")
    assert.equal(1, result.code)
    assert.truthy(result.out:find("find_duplicates is not written yet", 1, true), result.out)
  end)
end)
