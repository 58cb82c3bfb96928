--- That exercises judge right: verify.
local clock = require("perilune.clock")
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local texts = require("spec.cli.texts")

local has = texts.has

local RIGHT <const> = "return { double = function(n) return 2 * n end }"
local ANSWERS <const> = "# Why\n\nIt is twice as much.\n"

describe("verify", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  local function write(name, text)
    assert(files.write(folder .. "/exercises/01-double/" .. name, text))
  end

  local function verify(...)
    return program.run({ "verify", ... }, folder, { PERILUNE_EXERCISES = folder .. "/exercises" })
  end

  before_each(function()
    folder = program.folder()
    for _, name in ipairs({ "", "/01-double", "/01-double/starter", "/01-double/reference" }) do
      assert(files.make_folder(folder .. "/exercises" .. name))
    end
    write("exercise.lua", assert(files.read("spec/cli/grade/exercise.lua")))
    write("starter/solution.lua", "return { double = function() error('not written') end }")
    write("reference/solution.lua", RIGHT)
    write("reference/answers.md", ANSWERS)
  end)

  after_each(function() program.remove(folder) end)

  it("is content where the starter fails and the worked solution passes, each time", function()
    local result = verify("1", "--rounds", "3", "--load", "1")
    assert.equal(0, result.code, result.out .. result.err)
    assert.matches("1  starter +fails +3 +0 +0\n", result.out)
    assert.matches("1  worked solution +passes +3 +0 +0\n", result.out)
  end)

  it("prints its rows for a program", function()
    write("reference/solution.lua", "return { double = function(n) return n end }")
    local result = verify("1", "--json", "--seed", "7f")
    assert.equal(1, result.code)
    local told = dkjson.decode(result.out)
    assert.equal("7f", told.seed)
    assert.same({ "starter", "worked solution" }, { told.results[1].what, told.results[2].what })
    assert.same({ 0, 1 }, { told.results[1].wrong, told.results[2].wrong })
    has(told.results[2].reason, "2 was expected, not 1")
  end)

  it("prints what demo decides for a program, failures before what is open", function()
    local function demo()
      return program.run({ "demo", "--json" }, folder,
        { PERILUNE_EXERCISES = folder .. "/exercises", TMPDIR = folder })
    end
    local result = demo()
    assert.equal(0, result.code, result.err)
    local told = dkjson.decode(result.out)
    assert.equal(1, #told)
    assert.equal("passed", told[1].solution.verdict)
    assert.equal("right answers", told[1].solution.results[1].label)
    assert.same({}, told[1].compared)
    os.execute(("cp -r '%s/exercises/01-double' '%s/exercises/02-open'"):format(folder, folder))
    assert(files.write(folder .. "/exercises/02-open/exercise.lua",
      (assert(files.read("spec/cli/grade/exercise.lua"))
        :gsub('status = "pass"', 'status = "inconclusive"'))))
    assert.equal(3, demo().code)
    write("reference/solution.lua", "return { double = function(n) return n end }")
    assert.equal(1, demo().code)
  end)

  it("fails where the worked solution does, and tells why", function()
    write("reference/solution.lua", "return { double = function(n) return n end }")
    local result = verify("1")
    assert.equal(1, result.code)
    has(result.out, "right answers: fail: the number 1: 2 was expected, not 1")
  end)

  it("fails where a starter passes", function()
    write("starter/solution.lua", RIGHT)
    write("starter/answers.md", ANSWERS)
    local result = verify()
    assert.equal(1, result.code)
    has(result.out, "it passes")
  end)

  it("tells a verdict that is open from a wrong one", function()
    write("exercise.lua", (assert(files.read("spec/cli/grade/exercise.lua"))
      :gsub('status = "pass"', 'status = "inconclusive"')))
    local result = verify("1")
    assert.equal(3, result.code)
    assert.matches("worked solution +passes +1 +0 +1\n", result.out)
  end)

  it("leaves no busy process, even where it is killed", function()
    local process = assert(io.popen(("exec '%s' -e '%s'"):format(program.path, [[
      local processes = require("perilune.lab.busy").start(1)
      print(processes[1]:get_pid())
      io.stdout:flush()
      require("luv").kill(require("luv").os_getpid(), "sigkill")]])))
    local pid, late = process:read("n"), clock.now() + 60
    process:close()
    repeat
      clock.sleep(0.01)
    until not files.kind("/proc/" .. pid) or clock.now() > late
    assert.is_nil(files.kind("/proc/" .. pid))
  end)

  it("refuses an exercise that is not there", function()
    local result = verify("9")
    assert.equal(2, result.code)
    has(result.err, "no exercise '9'")
  end)
end)
