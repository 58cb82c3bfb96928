--- Misuse: one clear line that names what is wrong, and exit code 2.
local program = require("spec.cli.program")

describe("the commands", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  before_each(function() folder = program.folder() end)
  after_each(function() program.remove(folder) end)

  local function run(...) return program.run({ ... }, folder) end

  --- Exit code, nothing on standard output, one line on standard error with each of the texts.
  local function refused(result, code, ...)
    assert.equal("", result.out)
    for _, text in ipairs({ ... }) do
      assert.truthy(result.err:find(text, 1, true), result.err)
    end
    assert.truthy(result.err:find("^perilune: [^\n]+\n$"), result.err)
    assert.equal(code, result.code)
  end

  it("name an unknown command and the nearest known one", function()
    refused(run("chekc", "2"), 2, "unknown command 'chekc'", "'check'")
  end)

  it("guess nothing when nothing is near", function()
    local result = run("frobnicate")
    refused(result, 2, "unknown command 'frobnicate'")
    assert.falsy(result.err:find("did you mean", 1, true))
  end)

  it("name an unknown option and the nearest known one", function()
    refused(run("list", "--jsn"), 2, "unknown option '--jsn'", "'--json'", "perilune list -h")
  end)

  it("name a missing argument", function()
    refused(run("start"), 2, "missing argument 'N'")
  end)

  it("name an argument that is too many", function()
    refused(run("start", "2", "3"), 2, "unexpected argument '3'")
  end)

  it("name an unknown exercise and those that there are", function()
    for _, command in ipairs({ "start", "check", "compare" }) do
      refused(run(command, "77"), 2, "no exercise '77'", "2 (duplicates)")
    end
  end)

  it("name what is no seed", function()
    for _, text in ipairs({ "xyz", "-1", "0x10", "12345678901234567" }) do
      refused(run("check", "2", "--seed=" .. text), 2, ("'%s' is no seed"):format(text))
    end
  end)

  it("name an unknown option of busted", function()
    refused(run("test", "--nothing"), 2, "--nothing", "perilune test -h")
  end)

  it("say where tests would be", function()
    refused(run("test"), 2, "no tests here")
  end)

  it("say that torture is for a checkout, what its parts are and how long it may be", function()
    refused(run("torture"), 2, "needs a checkout")
    refused(run("torture", "fuz"), 2, "must be one of", "'fuzz'")
    refused(run("torture", "--minutes", "0"), 2, "'0' is no number of minutes")
    refused(run("torture", "valgrind", "threads"), 2, "needs a checkout")
  end)

  it("say that the exercises cannot be read", function()
    local result = program.run({ "list" }, folder, { PERILUNE_EXERCISES = "/nowhere" })
    refused(result, 1, "exercises cannot be read", "/nowhere")
  end)

  it("say that output cannot be written, or no folder made", function()
    local pipe = assert(io.popen(("'%s' list 2>&1 >/dev/full"):format(program.path)))
    assert.equal("perilune: cannot write to standard output: No space left on device\n",
      pipe:read("a"))
    assert.equal(1, select(3, pipe:close()))
    run("start", "2")
    for _, words in ipairs({ { "compare", "2", "--json" }, { "watch", "2" } }) do
      refused(program.run(words, folder, { TMPDIR = "/nowhere" }), 1,
        "perilune: no folder can be made to run in", "/nowhere")
    end
  end)

  it("answer -h", function()
    for _, command in ipairs({ "list", "start", "watch", "check", "hint", "compare", "reset",
      "serve", "demo", "test", "torture" }) do
      local result = run(command, "-h")
      assert.equal(0, result.code, command)
      assert.equal("", result.err)
      assert.truthy(result.out:find("Usage: perilune " .. command, 1, true), result.out)
      assert.same(result, run("help", command))
    end
  end)

  it("tell what torture does only where it is asked", function()
    local text = run("torture", "-h").out:gsub("%s+", " ")
    for _, part in ipairs({ "all but threads and valgrind", "under the thread sanitizer and under "
      .. "valgrind (not the pool's), for as long as they take" }) do
      assert.truthy(text:find(part, 1, true), text)
    end
  end)

  it("are listed by help", function()
    local result = run("help")
    assert.equal(0, result.code)
    for _, name in ipairs({ "list", "start", "watch", "check", "hint", "compare", "reset", "run",
      "time", "serve", "demo", "test", "torture" }) do
      assert.truthy(result.out:find("\n  " .. name .. " +%S"), name)
    end
    assert.same(result, run("help", "help"))
    assert.same(result, run("--help"))
    assert.same(result, run("-h"))
  end)
end)
