--- perilune run: the options of our own. Lua's are in spec/host/.
local files = require("perilune.lab.files")
local program = require("spec.cli.program")

describe("perilune run", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  before_each(function() folder = program.folder() end)
  after_each(function() program.remove(folder) end)

  local function run(...) return program.run({ ... }, folder) end

  local function refused(code, text, ...)
    local result = run(...)
    assert.equal("perilune: " .. text .. "\n", result.err)
    assert.equal("", result.out)
    assert.equal(code, result.code)
  end

  local CHOSEN <const> = 'print(require("perilune.impl").chosen("hashset"))'

  it("swaps an implementation", function()
    assert.equal("native\n", run("run", "-e", CHOSEN).out)
    assert.equal("script\n", run("run", "--impl", "script", "-e", CHOSEN).out)
    assert.equal("script\n", run("--impl=hashset=script", "-e", CHOSEN).out)
  end)

  it("swaps by PERILUNE_IMPL, and an option goes before it", function()
    local env = { PERILUNE_IMPL = "script" }
    assert.equal("script\n", program.run({ "-e", CHOSEN }, folder, env).out)
    assert.equal("native\n", program.run({ "--impl", "native", "-e", CHOSEN }, folder, env).out)
  end)

  it("names an unknown implementation or core", function()
    refused(2, "unknown implementation 'fast' of hashset: script, native or a Lua file",
      "run", "--impl", "hashset=fast", "-e", "")
    refused(2, "unknown core 'tree' (there is: hashset, memo, graph, pool, fetch)",
      "--impl", "tree=native", "-e", "")
    local result = program.run({ "list" }, folder, { PERILUNE_IMPL = "fast" })
    assert.matches("^perilune: [^\n]*'fast'[^\n]*\n$", result.err)
    assert.equal(2, result.code)
  end)

  it("limits memory, and pcall can see it", function()
    local result = run("run", "--memory-limit", "4M", "-e",
      'print(pcall(string.rep, "x", 1 << 23)) print(#("x"):rep(1000))')
    assert.equal("false\tnot enough memory\n1000\n", result.out)
    result = run("run", "--memory-limit=4M", "-e", 'local s = ("x"):rep(1 << 23)')
    assert.equal("perilune: not enough memory\n", result.err)
    assert.equal(1, result.code)
  end)

  it("ends the process at its time limit, in C code too", function()
    for _, code in ipairs({ "while true do pcall(error) end",
      'string.find(("a"):rep(5000), (".-"):rep(9) .. "b")' }) do
      local result = run("run", "--time-limit", "0.1", "-e", code)
      assert.equal("perilune: time limit reached\n", result.err)
      assert.equal(124, result.code)
    end
  end)

  -- As much of a sandbox as the machine has.
  local function confine(...) return run("run", "--sandbox=best", ...) end

  local function write(name, text)
    assert(files.write(folder .. "/" .. name, text))
  end

  it("confines a script to its folder, to read, and to what is named", function()
    assert(files.make_folder(folder .. "/app"))
    write("app/part.lua", "return 5")
    write("data", "secret")
    write("app/main.lua", 'print(require("part"), io.read(), os.getenv("SECRET"), ...) '
      .. 'print((io.open("data"))) print((io.open("app/new", "w")))')
    local out = program.run({ "run", "--sandbox=best", "-e", "package.path = 'app/?.lua'",
      "app/main.lua", "a" }, folder, { SECRET = "x" }).out
    assert.equal("5\tnil\tnil\ta\nnil\nnil\n", out)
    out = confine("--read", "data", "-e", "package.path = 'app/?.lua'", "app/main.lua").out
    assert.matches("nil\nfile %(", out)
  end)

  it("gives a confined script's exit code, output and errors", function()
    assert.equal(7, confine("-e", "print(1) os.exit(7)").code)
    assert.equal("1\n", confine("-e", "print(1) os.exit(7)").out)
    assert.matches("perilune: %(command line%):1: x\n", confine("-e", "error('x')").err)
    assert.equal(128 + 15, confine("-e", "os.execute('kill $PPID')").code)
  end)

  it("ends a confined script at its time limit", function()
    local result = confine("--time-limit", "0.1", "-e", "while true do pcall(error) end")
    assert.equal("perilune: time limit reached\n", result.err)
    assert.equal(124, result.code)
  end)

  -- What variables do without a sandbox, and in one.
  local function with_variables(variables, code, ...)
    local arguments = { "run", "-e", code }
    local confined = { "run", "--sandbox=best", ... }
    table.move(arguments, 2, 3, #confined + 1, confined)
    variables.ASAN_OPTIONS = "verify_asan_link_order=0" -- a library may go before it
    return program.run(arguments, folder, variables).out,
      program.run(confined, folder, variables).out
  end

  it("lets a variable run nothing in a program that a confined script starts", function()
    write("start", "echo started")
    local free, confined = with_variables({ BASH_ENV = folder .. "/start" },
      "os.execute('bash -c :')", "--read", "start")
    assert.same({ "started\n", "" }, { free, confined })
    free, confined = with_variables({ LD_PRELOAD = "libuv.so.1" },
      "os.execute('grep -q libuv /proc/self/maps && echo loaded')")
    assert.same({ "loaded\n", "" }, { free, confined })
  end)

  it("confines what variables let it run and load", function()
    assert(files.make_folder(folder .. "/modules"))
    write("modules/outside.lua", "return 'outside'")
    write("modules/outside.so", "")
    write("secret", "secret")
    local secret = ("print((io.open(%q)))"):format(folder .. "/secret")
    local free, confined = with_variables({ LUA_INIT = secret }, "")
    assert.matches("^file %(", free)
    assert.equal("nil\n", confined)
    free, confined = with_variables({ LUA_PATH = folder .. "/modules/?.lua" },
      "print((pcall(require, 'outside')))")
    assert.same({ "true\n", "false\n" }, { free, confined })
    free, confined = with_variables({ LUA_CPATH = folder .. "/modules/?.so" },
      "print(package.searchpath('outside', package.cpath) ~= nil)")
    assert.same({ "true\n", "false\n" }, { free, confined })
  end)

  -- A sandbox that is in another one has no namespaces.
  it("says what a sandbox lacks, and is content with that only when told so", function()
    local inner = ("'%s' run --sandbox%%s -e 'print(1)'"):format(program.path)
    local result = confine("-e", ("os.execute(%q)"):format(inner:format("=best")))
    assert.equal("1\n", result.out)
    assert.matches("perilune: the sandbox has no processes, network, ipc, files %(", result.err)
    result = confine("-e", ("os.execute(%q)"):format(inner:format("")))
    assert.equal("", result.out)
    assert.matches("perilune: the sandbox is not whole here: no processes", result.err)
  end)

  it("names a sandbox or a path that there is not", function()
    refused(2, "'much' is no sandbox: write --sandbox or --sandbox=best", "--sandbox=much", "x.lua")
    refused(2, "'--read' needs a value", "run", "--sandbox", "--read")
    assert.matches("perilune: none: No such file", confine("--read", "none", "-e", "").err)
  end)

  it("names a limit that is none", function()
    for _, size in ipairs({ "", "x", "-1", "0", "5T", "nan", "1e400", "4MB" }) do
      refused(2, ("'%s' is no size: write 64M or 1G"):format(size), "--memory-limit=" .. size,
        "x.lua")
    end
    for _, time in ipairs({ "", "x", "-1", "0", "1e-12", "nan", "inf", "1m" }) do
      refused(2, ("'%s' is no time: write seconds, as 2.5"):format(time), "--time-limit=" .. time,
        "x.lua")
    end
  end)

  it("names an option that is unknown or lacks its value", function()
    refused(2, "unknown option '--impls' (perilune run -h)", "run", "--impls", "x.lua")
    refused(2, "'--impl' needs a value", "run", "--impl")
  end)

  it("names a script that is missing or does not parse", function()
    refused(1, "cannot open none.lua: No such file or directory", "none.lua")
    local file <close> = assert(io.open(folder .. "/bad.lua", "w"))
    assert(file:write("x x")):close()
    refused(1, "bad.lua:1: syntax error near 'x'", "run", "bad.lua")
  end)

  it("answers -h", function()
    local result = run("run", "-h")
    assert.matches("^Usage: perilune run ", result.out)
    assert.equal(0, result.code)
    assert.same(result, run("run", "--help"))
    assert.same(result, run("help", "run"))
  end)
end)
