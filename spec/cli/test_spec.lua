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
    assert.truthy(result.out:find("^find_duplicates\n  FAIL  finds nothing in an empty list\n"),
      result.out)
    assert.truthy(result.out:find("\n\n  0 of 3 passed\n$"), result.out)
    assert.equal(result.out, program.run({ "test", "-C", "02-duplicates" }, folder).out)
    assert.equal(result.out, program.run({ "test", "--directory=02-duplicates/" }, folder).out)
    result = program.run({ "test", "-o", "TAP" }, folder .. "/02-duplicates")
    assert.truthy(result.out:find("not ok 1 - find_duplicates", 1, true), result.out)
  end)

  describe("with a spec of all kinds", function()
    before_each(function()
      assert(files.write(folder .. "/all_spec.lua", [[
        describe("a", function()
          describe("b", function()
            it("works #quick", function() end)
            it("raises", function() error({ 1 }) end)
            pending("comes later")
          end)
          it("compares", function() assert.equal(1, 2) end)
        end)
        describe("broken", function()
          setup(function() error("no set-up") end)
          it("is not reached", function() end)
        end)]]))
    end)

    local function output(...)
      local result = program.run({ "test", "all_spec.lua", ... }, folder)
      return result.out, result.code
    end

    it("shows verdicts, what went wrong below them, and counts", function()
      local out, code = output("-o", "perilune")
      assert.equal(1, code)
      assert.equal([[
a b
  ok    works #quick
  FAIL  raises
        all_spec.lua:4: {
          1
        }
  wait  comes later

a
  FAIL  compares
        all_spec.lua:7: Expected objects to be equal.
        Passed in:
        (number) 2
        Expected:
        (number) 1

broken
  FAIL  setup
        all_spec.lua:10: no set-up

  1 of 3 passed, 1 waiting, 1 outside of tests failed
]], out)
    end)

    it("counts what passes alone as passed", function()
      assert(files.write(folder .. "/good_spec.lua", "it('is', function() end) pending('waits')"))
      local result = program.run({ "test", "good_spec.lua", "-o", "perilune" }, folder)
      assert.same({ code = 0, err = "",
        out = "  ok    is\n  wait  waits\n\n  1 of 1 passed, 1 waiting\n" }, result)
    end)

    it("writes busted's outputs", function()
      local junit = output("-o", "junit")
      assert.truthy(junit:find("tests='4'", 1, true) and junit:find("<testcase", 1, true), junit)
      local json = require("dkjson").decode((output("-o", "json")))
      assert.equal("a b works #quick", json.successes[1].name)
      assert.equal("a b comes later", json.pendings[1].name)
      assert.truthy(output("-o", "TAP"):find("ok 1 - a b works #quick", 1, true))
      assert.truthy(output("-o", "gtest"):find("[       OK ]", 1, true))
      assert.truthy(output("-o", "plainTerminal"):find("1 success / 1 failure", 1, true))
      assert.truthy(output("-o", "utfTerminal"):find("1 success / 1 failure", 1, true))
    end)

    it("tells in all of them what does not parse, and what is not there", function()
      assert(files.write(folder .. "/bad_spec.lua", "\nthis is bad"))
      for _, name in ipairs({ "perilune", "junit", "json", "TAP", "gtest", "plainTerminal",
        "utfTerminal" }) do
        for file, text in pairs({ ["bad_spec.lua"] = "bad_spec.lua:2: syntax error",
          ["none_spec.lua"] = "Cannot find file or directory: none_spec.lua" }) do
          local result = program.run({ "test", file, "-o", name }, folder)
          assert.same({ 1, "" }, { result.code, result.err })
          assert.truthy(result.out:find(text, 1, true), result.out)
        end
      end
      assert.truthy(output("bad_spec.lua", "-o", "TAP"):find("# bad_spec.lua @ 2\n", 1, true))
    end)

    it("takes tags and filters", function()
      local function names(...)
        local out = output("--list", ...)
        return (out:gsub("all_spec.lua:%d+: ", ""))
      end
      assert.equal("a b works #quick\n", names("--tags=quick"))
      assert.equal("a compares\n", names("--filter=compares"))
      assert.equal("broken is not reached\n", names("--exclude-tags=quick", "--filter-out=^a"))
    end)

    local luacov = pcall(require, "luacov.runner")

    it("counts lines with LuaCov", function()
      if not luacov then
        pending("LuaCov is not installed, nor is it in Debian 12 or on npm: see its stand-in below")
      end
      assert.equal(0, program.run({ "test", "-c", "all_spec.lua", "--filter=works" }, folder).code)
      assert.truthy(assert(files.read(folder .. "/luacov.stats.out")):find("all_spec.lua", 1, true))
    end)

    it("says where LuaCov is not installed", function()
      if luacov then pending("LuaCov is installed") end
      local result = program.run({ "test", "all_spec.lua", "--coverage" }, folder)
      assert.truthy(result.err:find("LuaCov not found", 1, true), result.err)
      assert.equal(1, result.code)
    end)

    it("lets what stands in for LuaCov count lines", function()
      assert(files.make_folder(folder .. "/luacov"))
      assert(files.write(folder .. "/luacov/runner.lua", [[
        return setmetatable({ configuration = { exclude = {} } }, { __call = function()
          debug.sethook(function() lines = true end, "l")
        end })]]))
      assert(files.write(folder .. "/covered_spec.lua",
        "it('is hooked', function() assert.is_function(debug.gethook()) end)"))
      assert.equal(0, program.run({ "test", "-c", "covered_spec.lua" }, folder).code)
    end)
  end)
end)
