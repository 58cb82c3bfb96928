--- perilune memory: runs a script as `perilune run` does, and shows what holds its memory.
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local uv = require("luv")
local texts = require("spec.cli.texts")

local has = texts.has

local APP <const> = [[
local cache = {}
local function remember(i)
  cache[i] = { ("x"):rep(100) .. i }
end
for i = 1, 2000 do remember(i) end
do
  local temporary = {}
  for i = 1, 5000 do
    local t = { i }
    temporary[i] = t
  end
end
kept = cache
print(arg[0], #arg, ...)
]]

local POOL <const> = [[
local pool = require("perilune.native.pool")
local kept = {}
local function keep(n)
  for i = 1, n do
    local item = { i }
    kept[#kept + 1] = item
  end
end
local p <close> = pool.new({ workers = 1 })
p:map(keep, { 1000, 2000, 3000 })
if ... then p:submit(os.exit, 1):error() end
]]

describe("perilune memory", function()
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

  local function memory(...)
    return program.run({ "memory", ... }, folder)
  end

  local function write(name, text)
    assert(files.write(folder .. "/" .. name, text))
  end

  local function load_report(name)
    return assert(dkjson.decode(assert(files.read(folder .. "/" .. name))))
  end

  --- What it refuses, in one line and with the code of misuse.
  local function refuses(message, ...)
    local result = memory(...)
    assert.same({ 2, "" }, { result.code, result.out })
    assert.equal(("perilune: %s (see: perilune memory -h)\n"):format(message), result.err)
  end

  it("reports on standard error, and leaves standard output to the script", function()
    local result = memory("app.lua", "a b", "--by")
    assert.same({ 0, "app.lua\t2\ta b\t--by\n" }, { result.code, result.out })
    has(result.err, "app.lua · every allocation", "at the peak", "still held at the end",
      "lines by what they held at the peak", "app.lua:9  local t = { i }",
      "app.lua:3  cache[i] = { (\"x\"):rep(100) .. i }", "cycles of the collector (^)", "held: ")
    assert.is_nil(result.err:find("\27", 1, true))
    assert.is_nil(result.err:find("perilune/", 1, true))
  end)

  it("orders and groups rows as asked", function()
    local result = memory("-s", "held", "-n", "1", "app.lua")
    has(result.err, "1 of ", "lines by what they still hold", "app.lua:3")
    assert.is_nil(result.err:find("app.lua:9", 1, true))
    has(memory("--by", "function", "app.lua").err, "remember  app.lua:2", "main chunk")
    has(memory("--by", "stack", "-s", "allocated", "app.lua").err, "app.lua:3 < app.lua:5",
      "stacks by all that they allocated")
    has(memory("--interval", "1K", "app.lua").err, "sampled, every 1.00 KiB", "estimates")
  end)

  it("tells what workers of a pool held", function()
    write("pool.lua", POOL)
    local text = memory("pool.lua").err
    has(text, "  pool.lua:5 in 1 worker  local item = { i }\n", "\n1 worker: ", " at their peaks,")
    memory("-o", "pool.json", "pool.lua", "exit")
    local report = load_report("pool.json")
    assert.equal(1, report.workers.killed)
    memory("--by", "function", "-o", "pool.json", "pool.lua")
    report = load_report("pool.json")
    assert.same({ 1, "keep" }, { report.workers.count, report.rows[1].name })
    assert.equal(1, report.rows[1].workers)
    assert.is_true(report.rows[1].total_blocks >= 12000)
  end)

  it("saves what a program can read", function()
    local result = memory("-o", "m.json", "app.lua")
    assert.same({ 0, "" }, { result.code, result.err })
    local report = load_report("m.json")
    assert.same({ "perilune-memory", 1, "app.lua", "exact", true },
      { report.format, report.version, report.script, report.mode, report.collected })
    local lines = {}
    for _, row in ipairs(report.rows) do lines[row.place] = row end
    assert.same({ 5000 * (56 + 16), 10000, 0 }, { lines["app.lua:9"].total_bytes,
      lines["app.lua:9"].total_blocks, lines["app.lua:9"].bytes })
    assert.is_true(lines["app.lua:3"].blocks >= 6000)
    local points = report.timeline.points
    assert.is_true(#points > 100 and points[#points].bytes <= report.peak)
    assert.is_true(report.types.table.peak_bytes >= 5000 * 72)
  end)

  it("writes JSON to standard output when told", function()
    write("quiet.lua", "kept = { {} }")
    local result = memory("--json", "quiet.lua")
    assert.same({ 0, "" }, { result.code, result.err })
    assert.equal("quiet.lua", assert(dkjson.decode(result.out)).script)
    assert.equal("", memory("-s", "held", "-o", "m.txt", "quiet.lua").err)
    has(files.read(folder .. "/m.txt"), "quiet.lua:1")
  end)

  it("keeps exit codes, messages and what ran", function()
    local ends = {
      ["os.exit(7)"] = 7, ["os.exit(8, true)"] = 8, ["error('bad')"] = 1, ["os.exit(true)"] = 0,
    }
    for last, code in pairs(ends) do
      write("end.lua", APP .. last)
      local plain = program.run({ "run", "end.lua" }, folder)
      local result = memory("-o", "end.json", "end.lua")
      assert.same({ code, plain.out, plain.err }, { result.code, result.out, result.err })
      assert.equal("end.lua", load_report("end.json").script)
    end
  end)

  it("runs no finaliser that would not have run", function()
    write("gc.lua", [[
      setmetatable({}, { __gc = function() print("collected") end })
      os.exit(0)]])
    assert.equal("", memory("gc.lua").out)
  end)

  it("is not confused by a program that changes the library, or leaves its folder", function()
    assert(uv.fs_mkdir(folder .. "/inner", 493))
    write("odd.lua", [[
      require("luv").chdir("inner")
      for name in pairs(string) do string[name] = nil end
      table.sort, table.concat, math.max, ipairs, print = nil
      collectgarbage = function() error("no") end
      kept = {}]])
    local result = memory("-o", "m.json", "odd.lua")
    assert.same({ 0, "" }, { result.code, result.err })
    assert.equal("odd.lua", load_report("m.json").script)
  end)

  it("says what `run` says of a file that cannot be run, and reports nothing", function()
    write("broken.lua", "x = = 1")
    for _, name in ipairs({ "missing.lua", "broken.lua" }) do
      local plain = program.run({ "run", name }, folder)
      local result = memory("-o", "x.json", name)
      assert.same({ 1, plain.err }, { result.code, result.err })
      assert.is_nil(uv.fs_stat(folder .. "/x.json"))
    end
  end)

  it("reports on a program that allocates nothing", function()
    write("nothing.lua", "local x = 1")
    has(memory("nothing.lua").err, "0 B still held at the end")
    assert.equal("nothing.lua", dkjson.decode(memory("--json", "nothing.lua").out).script)
  end)

  it("tells when the program has stopped the tracker, or the collector", function()
    write("stop.lua", "require('perilune.heap').stop()")
    assert.equal("perilune: no report: the program has stopped the tracker itself\n",
      memory("stop.lua").err)
    write("gc.lua", "collectgarbage('stop') local t = {} os.exit(0)")
    has(memory("gc.lua").err, "held at the end, garbage included")
  end)

  it("hands on --impl and --memory-limit", function()
    write("impl.lua", [[print(require("perilune.impl").chosen("hashset"))]])
    assert.equal("script\n", memory("--impl", "hashset=script", "impl.lua").out)
    write("grow.lua", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end")
    local result = memory("--memory-limit", "20M", "-o", "grow.json", "grow.lua")
    assert.same({ 1, "perilune: not enough memory\n" }, { result.code, result.err })
    assert.is_true(load_report("grow.json").peak > 15e6)
  end)

  it("runs code and modules as lua5.4 does, with and without a script", function()
    write("full.lua", "local full = {} for i = 1, 1000 do full[i] = { i } end return full")
    has(memory("-e", "kept = ('x'):rep(100000)").err, "(command line) · every", "(command line):1")
    has(memory("-l", "full").err, "(command line) · every", "full.lua:1")
    local result = memory("-l", "full", "-e", "print(#full)", "app.lua", "-e")
    assert.equal("1000\napp.lua\t1\t-e\n", result.out)
    has(result.err, "app.lua · every", "app.lua:3", "full.lua:1")
  end)

  it("refuses what it does not understand before anything runs", function()
    refuses("nothing to run: -e CODE, -l MODULE or a FILE is needed")
    refuses("unknown option '--exct'; did you mean '--exact'?", "--exct", "app.lua")
    refuses("unknown sort key 'pek'; did you mean 'peak'?", "-s", "pek", "app.lua")
    refuses("unknown kind of row 'file': line, function, stack", "--by", "file", "app.lua")
    refuses("'x' is no size: bytes, or 64K, 1M", "--interval", "x", "app.lua")
    refuses("'-1' is no number of rows", "--limit=-1", "app.lua")
    refuses("--interval is for --sampled, not --exact", "--exact", "--interval", "1K", "app.lua")
    refuses("--frames is for --by stack", "--frames", "3", "app.lua")
    refuses("'m.csv' tells no format: .json or .txt, or add --json", "-o", "m.csv", "app.lua")
    local result = memory("-o", "no/m.json", "app.lua")
    assert.same({ 1, "perilune: cannot save a report in 'no/': there is no such folder\n" },
      { result.code, result.err })
  end)
end)
