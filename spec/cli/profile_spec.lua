--- perilune profile: runs a script as `perilune run` does, and shows where its time went.
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local profiler = require("perilune.profiler")
local uv = require("luv")
local texts = require("spec.cli.texts")

local has = texts.has

local APP <const> = [[
local function leaf(n) local x = 0 for i = 1, n do x = x + i end return x end
for _ = 1, 10 do leaf(1000) end
print(arg[0], #arg, ...)
]]

local POOL <const> = [[
local pool = require("perilune.native.pool")
local function work(n)
  local x = 0
  for i = 1, n do x = x + i % 7 end
  return x
end
local items = {}
for i = 1, 12 do items[i] = 400000 end
local p <close> = pool.new({ workers = 2 })
p:map(work, items, { chunksize = 1 })
if ... then p:submit(os.exit, 1):error() end
]]

--- What a script sees of the state it starts in.
local STATE <const> = [[
local names = {}
for name in pairs(_G) do names[#names + 1] = tostring(name) end
table.sort(names)
print(table.concat(names, " "), arg[0], #arg, ...)
print(os.getenv("PERILUNE_PROFILE"), getmetatable(_G), debug.gethook(), package.path)
print(collectgarbage("isrunning"), coroutine.isyieldable(), select("#", ...))
]]

describe("perilune profile", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  before_each(function()
    folder = program.folder()
    assert(files.write(folder .. "/app.lua", APP))
  end)
  after_each(function() program.remove(folder) end)

  local function profile(...)
    return program.run({ "profile", ... }, folder)
  end

  local function write(name, text)
    assert(files.write(folder .. "/" .. name, text))
  end

  local function calls_of_leaf(name)
    for _, row in ipairs(assert(profiler.load(folder .. "/" .. name)):stats()) do
      if row.name == "leaf" then return row.calls end
    end
  end

  --- What it refuses, in one line and with the code of misuse.
  local function refuses(message, ...)
    local result = profile(...)
    assert.same({ 2, "" }, { result.code, result.out })
    assert.equal(("perilune: %s (see: perilune profile -h)\n"):format(message), result.err)
  end

  it("shows a table on standard error, and leaves standard output to the script", function()
    local result = profile("app.lua", "a b", "")
    assert.equal("app.lua\t2\ta b\t\n", result.out)
    assert.equal(0, result.code)
    has(result.err, "app.lua · every call", "functions by self", "leaf  app.lua:1")
    assert.is_nil(result.err:find("\27", 1, true))
    assert.is_nil(result.err:find("require", 1, true))
  end)

  it("takes its options before the file, and passes on all after it", function()
    local result = profile("-s", "calls", "--limit=1", "app.lua", "-s", "--", "-o", "--lines")
    assert.equal("app.lua\t4\t-s\t--\t-o\t--lines\n", result.out)
    has(result.err, "1 of 4 functions by calls")
    write("-odd.lua", APP)
    assert.equal("-odd.lua\t1\t--\n", profile("--sample", "--", "-odd.lua", "--").out)
  end)

  it("runs the script in a state like that of `perilune run`", function()
    write("state.lua", STATE)
    local plain = program.run({ "run", "state.lua", "x" }, folder)
    for _, mode in ipairs({ "--sample", "--lines", "--memory" }) do
      assert.equal(plain.out, profile(mode, "-o", "x.json", "state.lua", "x").out)
    end
    assert.equal(plain.out, profile("-o", "x.json", "state.lua", "x").out)
  end)

  it("shows what workers of a pool did", function()
    write("pool.lua", POOL)
    local result = profile("pool.lua")
    assert.equal(0, result.code)
    assert.matches("\n +12 [^\n]* work  pool.lua:2\n", result.err)
    has(result.err, "pool.lua · every call · 3 processes", "  (workers)\n",
      "\n2 workers, below (workers); between tasks, idle for ")
    assert.is_nil(result.err:find("missing", 1, true))
    has(profile("pool.lua", "exit").err, "note: 1 worker was killed: what it did is missing\n")
  end)

  it("shows what each mode is for", function()
    has(profile("--lines", "app.lua").err, "every line", "count", "for _ = 1, 10 do leaf(1000) end")
    has(profile("--lines", "-s", "calls", "app.lua").err, "functions by calls")
    has(profile("--memory", "app.lua").err, "every allocation", "functions by bytes")
    has(profile("--sample", "app.lua").err, "sampled, every 1.00 ms")
    has(profile("--interval", "0.01", "app.lua").err, "sampled, every 10.0 ms")
    has(profile("--filter", "leaf", "app.lua").err, "1 function by self")
  end)

  it("saves in the format of the name, and says nothing", function()
    local result = profile("-o", "p.json", "app.lua")
    assert.same({ "", 0 }, { result.err, result.code })
    local saved = assert(profiler.load(folder .. "/p.json"))
    assert.equal("app.lua", saved.script.path)
    assert.equal(10, calls_of_leaf("p.json"))
    assert.equal("", profile("-o", "callgrind.out.1", "app.lua").err)
    has(files.read(folder .. "/callgrind.out.1"), "fn=", "leaf")
    assert.equal("", profile("-s", "name", "-o", "p.txt", "app.lua").err)
    has(files.read(folder .. "/p.txt"), "functions by name")
  end)

  it("chooses a name for a format, and tells it", function()
    local result = profile("--format", "speedscope", "app.lua")
    assert.equal("perilune: profile saved as app.profile.speedscope.json\n", result.err)
    assert.is_not_nil(uv.fs_stat(folder .. "/app.profile.speedscope.json"))
  end)

  it("writes to standard output when told", function()
    local result = profile("-o", "-", "--format", "collapsed", "app.lua")
    assert.equal("", result.err)
    has(result.out, "app.lua\t0\n", "main chunk (app.lua);leaf (app.lua:1) ")
    has(profile("-o", "-", "app.lua").out, "app.lua\t0\n", "functions by self")
  end)

  it("keeps exit codes, messages and what ran", function()
    local ends = {
      ["os.exit(7)"] = 7, ["os.exit(8, true)"] = 8, ["error('bad')"] = 1, ["os.exit(true)"] = 0,
    }
    for last, code in pairs(ends) do
      write("end.lua", APP .. last)
      local plain = program.run({ "run", "end.lua" }, folder)
      local result = profile("-o", "end.json", "end.lua")
      assert.same({ code, plain.out, plain.err }, { result.code, result.out, result.err })
      assert.equal(10, calls_of_leaf("end.json"))
    end
  end)

  it("says what `run` says of a file that cannot be run, and saves nothing", function()
    write("broken.lua", "x = = 1")
    for _, name in ipairs({ "missing.lua", "broken.lua" }) do
      local plain = program.run({ "run", name }, folder)
      local result = profile(name)
      assert.same({ 1, plain.err }, { result.code, result.err })
      assert.equal(plain.err, profile("-o", "x.json", name).err)
      assert.is_nil(uv.fs_stat(folder .. "/x.json"))
    end
  end)

  it("hands on --impl and --memory-limit", function()
    write("impl.lua", [[print(require("perilune.impl").chosen("hashset"))]])
    assert.equal("script\n", profile("--impl", "hashset=script", "impl.lua").out)
    write("grow.lua", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end")
    local result = profile("--memory-limit", "20M", "-o", "grow.json", "grow.lua")
    assert.same({ 1, "perilune: not enough memory\n" }, { result.code, result.err })
    assert.is_not_nil(profiler.load(folder .. "/grow.json"))
  end)

  it("saves a file and shows the table that was asked for beside it", function()
    local result = profile("-s", "calls", "--limit", "1", "-o", "a.prof", "app.lua")
    assert.equal(0, result.code)
    has(result.err, "1 of ", " functions by calls\n", "leaf  app.lua:1")
    assert.equal("", profile("-o", "b.json", "app.lua").err)
    assert.equal(10, calls_of_leaf("b.json"))
    result = profile("-s", "calls", "-o", "c.txt", "app.lua")
    assert.equal("", result.err)
    has(assert(files.read(folder .. "/c.txt")), "functions by calls\n")
  end)

  it("runs code and modules as lua5.4 does, with and without a script", function()
    write("leafy.lua", "local function bud() end bud() return 3")
    local result = profile("-e", "local function leaf() end leaf()")
    assert.same({ 0, "" }, { result.code, result.out })
    has(result.err, "(command line) · every call", "leaf  (command line):1")
    result = profile("--limit", "0", "-l", "leafy")
    has(result.err, "(command line) · every call", "bud  ./leafy.lua:1")
    result = profile("-l", "leafy", "-eprint(leafy)", "-s", "calls", "app.lua", "-e")
    assert.equal("3\napp.lua\t1\t-e\n", result.out)
    has(result.err, "app.lua · every call", "leaf  app.lua:1", "bud  ./leafy.lua:1")
    assert.equal("-- no option\n", profile("-e", "", "-e", "print('-- no option')").out)
  end)

  it("refuses what it does not understand before anything runs", function()
    refuses("nothing to run: -e CODE, -l MODULE or a FILE is needed")
    refuses("unknown option '--smaple'; did you mean '--sample'?", "--smaple", "app.lua")
    refuses("unknown sort key 'totl'; did you mean 'total'?", "-s", "totl", "app.lua")
    refuses("unknown format 'jsn'; did you mean 'json'?", "--format", "jsn", "app.lua")
    refuses("'x' is no number of rows", "--limit", "x", "app.lua")
    refuses("'99' is no interval: seconds from 0.0001 to 10", "--interval", "99", "app.lua")
    refuses("--interval is for --sample, not --lines", "--lines", "--interval", "1", "app.lua")
    refuses("option '--lines' can not be used together with option '--sample'",
      "--sample", "--lines", "app.lua")
    refuses("-s is for the table alone: leave it out, or give a file with -o",
      "-s", "self", "-o", "-", "--format", "json", "app.lua")
    refuses("--open shows a page: leave out --format and -o, or have them say html",
      "--open", "-o", "x.json", "app.lua")
  end)

  -- timeout signals its child, and then the group that the child is in.
  it("saves when timeout ends it", function()
    assert(files.write(folder .. "/loop.lua", "while true do end"))
    local quoted = "'" .. program.path:gsub("'", "'\\''") .. "'"
    for i = 1, 3 do
      local command = ("cd '%s' && timeout 1 %s profile -o %d.json loop.lua"):format(
        folder, quoted, i)
      assert.same({ nil, "exit", 124 }, { os.execute(command) })
      assert.truthy(profiler.load(folder .. "/" .. i .. ".json"))
    end
  end)

  it("names a function that C called first by a later call", function()
    assert(files.write(folder .. "/late.lua", [[
      local function late() end
      pcall(late)
      late()]]))
    assert.equal(0, profile("-o", "late.json", "late.lua").code)
    local rows = assert(profiler.load(folder .. "/late.json")):stats({ filter = "late.lua" })
    local names = {}
    for _, row in ipairs(rows) do names[row.name] = row.calls end
    assert.same({ late = 2, ["main chunk"] = 1 }, names)
  end)

  it("refuses a folder that is not there", function()
    local result = profile("-o", "no/p.json", "app.lua")
    assert.same({ 1, "" }, { result.code, result.out })
    assert.equal("perilune: cannot save a profile in 'no/': there is no such folder\n", result.err)
  end)

  it("refuses a folder in a file's place before the run", function()
    assert(uv.fs_mkdir(folder .. "/taken.json", 493))
    local result = profile("-o", "taken.json", "app.lua")
    assert.same({ 1, "" }, { result.code, result.out })
    assert.equal("perilune: cannot save a profile as 'taken.json': it is a folder\n", result.err)
  end)

  it("opens the page in a browser", function()
    write("browser", "#!/bin/sh\necho \"$1\" >browser.log\n")
    assert(uv.fs_chmod(folder .. "/browser", 493))
    local variables = { BROWSER = folder .. "/browser" }
    local words = { "profile", "--open", "-o", "a b.html", "app.lua" }
    local result = program.run(words, folder, variables)
    if result.err:find("the html format is not built", 1, true) then
      pending("the page is not built")
      return
    end
    assert.same({ 0, "" }, { result.code, result.err })
    has(files.read(folder .. "/browser.log"), "file://", "/a%20b.html")
    has(files.read(folder .. "/a b.html"), "leaf")
  end)
end)
