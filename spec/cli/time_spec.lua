local dkjson = require("dkjson")
local uv = require("luv")
local read_whole = require("perilune.lab.pipe").whole

local program = uv.exepath()
local folder

local quoted = require("perilune.shell").quoted

--- Output, errors and exit code of `perilune time`.
local function run(...)
  local words = { quoted(program), "time" }
  for _, word in ipairs({ ... }) do
    words[#words + 1] = quoted(word)
  end
  local errors = folder .. "/errors"
  local pipe = assert(io.popen(table.concat(words, " ") .. " 2>" .. quoted(errors)))
  local text = pipe:read("a")
  local _, _, code = pipe:close()
  local file = assert(io.open(errors))
  local complaint = file:read("a")
  file:close()
  return text, (complaint:gsub("perilune: warning: [^\n]*\n", "")), code
end

local function write(name, text)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

local function complains(code, pattern, ...)
  local text, complaint, got = run(...)
  assert.are.equal("", text)
  assert.matches("^perilune: [^\n]+\n$", complaint)
  assert.matches(pattern, complaint)
  assert.are.equal(code, got)
end

local FIGURE = "[%d.]+"
local INTERVAL = "%[" .. FIGURE .. ", " .. FIGURE .. "%]"

describe("perilune time", function()
  setup(function()
    folder = assert(uv.fs_mkdtemp("/tmp/perilune time XXXXXX"))
  end)

  teardown(function()
    os.execute("rm -r " .. quoted(folder))
  end)

  it("times an expression", function()
    local text, complaint, code = run("-e", "1 + 1")
    assert.are.equal("", complaint)
    assert.are.equal(0, code)
    assert.matches(
      "^" .. FIGURE .. " [mnu]?s " .. INTERVAL .. "; %d+ runs? of [%d,]+ calls?, CPU time\n", text)
  end)

  it("times statements, with what the setup left", function()
    local _, complaint, code = run("-s", "local list = {} seen = {}", "-e",
      "list[1] = 1; seen.x = list -- that is all")
    assert.are.equal("", complaint)
    assert.are.equal(0, code)
  end)

  it("times code that returns, or takes arguments", function()
    for _, snippet in ipairs({ "if true then return end", "return 1", "...", "" }) do
      local text, complaint, code = run("-e", snippet)
      assert.are.equal("", complaint)
      assert.are.equal(0, code)
      assert.matches("CPU time", text)
    end
  end)

  it("compares two, and says which is faster by how much", function()
    local text, _, code = run("-e", "for i = 1, 5000 do end", "-e", "for i = 1, 500 do end")
    assert.are.equal(0, code)
    assert.matches("^A  " .. FIGURE .. " [nu]s +for i = 1, 5000 do end\nB  ", text)
    assert.matches(
      "\nB is " .. FIGURE .. "x faster than A " .. INTERVAL .. ", %d+ pairs, CPU time\n", text)
  end)

  it("ranks several, each against the fastest", function()
    local text, complaint, code = run("-e", "for i = 1, 5000 do end", "-e", "for i = 1, 50 do end",
      "-e", "for i = 1, 500 do end")
    assert.are.equal("", complaint)
    assert.are.equal(0, code)
    assert.matches("^B  " .. FIGURE .. " ns +for i = 1, 50 do end\nC  .-\nA  .-\n"
      .. "B is " .. FIGURE .. "x faster than C " .. INTERVAL .. ", %d+ rounds, CPU time\n"
      .. "B is " .. FIGURE .. "x faster than A " .. INTERVAL .. "\n$", text)
  end)

  it("decides for each of several against the first", function()
    local codes = { "-e", "for i = 1, 500 do end", "-e", "for i = 1, 5000 do end", "-e",
      "for i = 1, 50 do end" }
    local text, _, code = run("--fail-above", "1.05", table.unpack(codes))
    assert.are.equal(1, code)
    assert.matches("\nC: within 1.05x the time\nB: surely slower: above 1.05x the time\n$", text)
    text, _, code = run("--target", "2", "--json", "-e", "for i = 1, 5000 do end",
      table.unpack(codes))
    assert.are.equal(1, code)
    local figures = dkjson.decode(text)
    local order, verdicts = {}, {}
    for i, row in ipairs(figures.ranking) do
      order[i], verdicts[row.side] = row.side, row.verdict
      assert.are.equal(figures.rounds, #row.samples)
      assert.is_true(row.low <= row.ratio and row.ratio <= row.high)
    end
    assert.are.equal("d", order[1])
    assert.are.equal("b", order[2])
    assert.are.equal("pass", verdicts.b)
    assert.are.equal("pass", verdicts.d)
    assert.are.equal("fail", verdicts.c)
    assert.is_nil(verdicts.a)
    assert.are.equal("for i = 1, 50 do end", figures.labels.d)
  end)

  it("prepares each sample, which is one call then", function()
    local timing = dkjson.decode((run("-r", "5", "--json", "-s", "local list, used = nil, 0",
      "--prepare", "assert(used <= 1) list, used = {}, 0", "-e",
      "assert(#list == 0) list[1] = 1 used = used + 1")))
    assert.are.same({ 5, 1 }, { timing.runs, timing.calls })
    assert.matches("is short beside reading the clock", table.concat(timing.warnings, "\n"))
    timing = dkjson.decode((run("-r", "5", "-n", "3", "--json", "-s", "local calls = 0",
      "--prepare", "assert(calls == 0 or calls == 1 or calls == 3) calls = 0", "-e",
      "calls = calls + 1")))
    assert.are.same({ 5, 3 }, { timing.runs, timing.calls })
    local _, complaint, code = run("-s", "local list", "--prepare", "list = {}", "-e",
      "assert(#list == 0) list[1] = 1", "-e", "assert(#list == 0) list[1] = 2")
    assert.are.equal("", complaint)
    assert.are.equal(0, code)
  end)

  it("prepares each start of a script in a process of its own", function()
    local made = folder .. "/made"
    local script = write("needs.lua", ("assert(os.remove(%q))"):format(made))
    local prepare = ("io.open(%q, 'w'):close()"):format(made)
    for _, words in ipairs({ { script }, { script, script } }) do
      local _, complaint, code = run("-r", "11", "-w", "1", "--prepare", prepare,
        table.unpack(words))
      assert.are.equal("", complaint)
      assert.are.equal(0, code)
    end
    complains(1, "%-%-prepare failed: exit status 3", script, "--prepare", "os.exit(3)")
  end)

  it("warms up before it times", function()
    local counted = folder .. "/counted"
    run("-r", "1", "-n", "1", "-w", "4", "-s", "local n = 0", "-e", ("n = n + 1 "
      .. "local file = io.open(%q, 'w') file:write(n) file:close()"):format(counted))
    assert.are.equal(1 + 4 + 1, tonumber(require("perilune.lab.files").read(counted)))
  end)

  it("names the faster one also when it is the first", function()
    local text = run("-e", "for i = 1, 500 do end", "-e", "for i = 1, 5000 do end")
    assert.matches("\nA is " .. FIGURE .. "x faster than B " .. INTERVAL, text)
  end)

  it("decides on a target by its exit code", function()
    local slow, fast = "for i = 1, 5000 do end", "for i = 1, 500 do end"
    local text, _, code = run("-e", slow, "-e", fast, "--target", "2")
    assert.are.equal(0, code)
    assert.matches("\nas fast as asked: 2x\n$", text)
    text, _, code = run("-e", slow, "-e", fast, "--target", "1000")
    assert.are.equal(1, code)
    assert.matches("\nslower than asked: 1000x\n$", text)
  end)

  --- The numbers behind the bars.
  local function counts(text)
    local sum, lines = 0, 0
    for label, count in text:gmatch("\n +([^#\n]-) +#* ?(%d*)%f[\n]") do
      assert.matches("^" .. FIGURE, label)
      sum, lines = sum + (tonumber(count) or 0), lines + 1
    end
    return sum, lines
  end

  it("draws how often which time was measured, in ASCII where no terminal is", function()
    local text = run("-e", "for i = 1, 5000 do end", "--runs", "12")
    local sum, lines = counts(text)
    assert.are.equal(12, sum)
    assert.is_true(lines <= 9)
    assert.falsy(text:find("[\128-\255]"))
    assert.are.equal(11, (counts(run("-e", "for i = 1, 5000 do end", "-e", "1"))))
  end)

  it("refuses what is surely slower, for a gate in CI", function()
    local old, new = "for i = 1, 500 do end", "for i = 1, 5000 do end"
    local text, _, code = run("-e", old, "-e", new, "--fail-above", "1.05")
    assert.are.equal(1, code)
    assert.matches("\nsurely slower: above 1.05x the time\n$", text)
    text, _, code = run("-e", old, "-e", new, "--fail-above", "1000")
    assert.are.equal(0, code)
    assert.matches("\nwithin 1000x the time\n$", text)
  end)

  --- Saves figures, with fields changed.
  local function save(changes, ...)
    local path = folder .. "/saved.json"
    local _, complaint, code = run("--save", path, "--runs", "11", ...)
    assert.are.equal("", complaint)
    assert.are.equal(0, code)
    local file = assert(io.open(path))
    local record = dkjson.decode(file:read("a"))
    file:close()
    for name, value in pairs(changes) do record[name] = value end
    write("saved.json", dkjson.encode(record))
    return path, record
  end

  it("runs saved code again, in turn with the new one, on whichever machine", function()
    local path, record = save({ environment = { processor = "another" }, median = 1e9, low = 1e9,
      high = 1e9 }, "-s", "local n = 500", "-e", "for i = 1, n do end")
    assert.are.equal("local n = 500", record.setup)
    local text, _, code = run("-e", "for i = 1, 5000 do end", "--against", path, "--fail-above",
      "1.05")
    assert.are.equal(1, code)
    assert.matches("^A .-for i = 1, n do end\nB .-\nA is " .. FIGURE .. "x faster than B", text)
  end)

  it("prepares saved code as it was prepared", function()
    local path, record = save({ environment = { processor = "another" } }, "-s", "local t",
      "--prepare", "t = {}", "-e", "assert(#t == 0) t[1] = 1")
    assert.are.equal("t = {}", record.prepare)
    local text, complaint = run("-n", "1", "-e", "for i = 1, 1e5 do end", "--against", path)
    assert.are.equal("", complaint)
    assert.matches("\nA is " .. FIGURE .. "x faster than B", text)
  end)

  it("compares code that loads something by the saved figures, and on the same machine", function()
    local code = { "-s", "local m = require('string')", "-e", "m.rep('x', 100)" }
    local path = save({ median = 1e-3, low = 1e-3, high = 1e-3 }, table.unpack(code))
    local against = { "--against", path, table.unpack(code) }
    local text, _, status = run("--fail-above", "1.05", table.unpack(against))
    assert.are.equal(0, status)
    assert.matches("\nnow is " .. FIGURE .. "x faster than before " .. INTERVAL, text)
    save({ median = 1e-9, low = 1e-9, high = 1e-9 }, table.unpack(code))
    text, _, status = run("--fail-above", "1.05", table.unpack(against))
    assert.are.equal(1, status)
    assert.matches("\nbefore is " .. FIGURE .. "x faster than now ", text)
    save({ environment = { processor = "another" } }, table.unpack(code))
    complains(2, "was saved on another machine %(processor another there", table.unpack(against))
  end)

  it("compares a script with its saved figures", function()
    local script = write("loop.lua", "for i = 1, 1e5 do end")
    local path = save({ median = 1e3, low = 1e3, high = 1e3 }, script)
    local figures = dkjson.decode((run("--json", "--against", path, "--runs", "3", script)))
    assert.are.equal(1e3, figures.a)
    assert.is_true(figures.ratio > 1)
  end)

  it("refuses files that hold no figures", function()
    complains(2, "No such file", "-e", "1", "--against", folder .. "/nothing.json")
    complains(2, "holds no figures", "-e", "1", "--against", write("no.json", "{}"))
    complains(2, "holds no figures", "-e", "1", "--against", write("no.json", "no"))
    complains(1, "cannot save a timing", "-e", "1", "--save", folder .. "/none/x.json")
  end)

  it("prints figures for a program", function()
    local timing = dkjson.decode((run("-e", "1 + 1", "--json")))
    assert.is_true(timing.low <= timing.median and timing.median <= timing.high)
    local text, _, code = run("-e", "for i = 1, 5000 do end", "-e", "1", "--json", "--target", "2")
    local paired = dkjson.decode(text)
    assert.are.equal(0, code)
    assert.are.equal("pass", paired.verdict)
    assert.is_true(paired.low <= paired.ratio and paired.ratio <= paired.high)
  end)

  it("times a script in a process of its own, without its output", function()
    local path = write("works.lua", "print('x') for i = 1, 1e6 do end os.exit(true)")
    local text, complaint, code = run(path)
    assert.are.equal("", complaint)
    assert.are.equal(0, code)
    assert.matches(
      "^" .. FIGURE .. " ms " .. INTERVAL .. "; %d+ runs of %d+ starts?, CPU time\n", text)
  end)

  it("gives scripts the arguments behind --", function()
    local path = write("asks.lua", "assert(arg[1] == '-e' and arg[2] == 'a b' and #arg == 2)")
    local _, complaint, code = run("--runs", "3", path, "--", "-e", "a b")
    assert.are.equal("", complaint)
    assert.are.equal(0, code)
    complains(1, "asks.lua failed: exit status 1", write("asks.lua", "os.exit(#arg > 0)"))
  end)

  it("takes as many samples and calls as it is told", function()
    local timing = dkjson.decode((run("-r", "5", "-n", "300", "--json", "-e", "local x = 1")))
    assert.are.same({ 5, 300 }, { #timing.samples, timing.calls })
  end)

  it("compares two scripts", function()
    local slow = write("slow.lua", "for i = 1, 3e6 do end")
    local fast = write("fast.lua", "for i = 1, 1e5 do end")
    local text, _, code = run(slow, fast)
    assert.are.equal(0, code)
    assert.matches("\nB is " .. FIGURE .. "x faster than A ", text)
  end)

  it("says so when a script only returns functions", function()
    local text, _, code = run(write("module.lua", "return { f = function() end }"))
    assert.are.equal(0, code)
    assert.matches("module.lua only returns functions and does no work", text)
    assert.matches("  perilune time %-s 'm = dofile%(\".*/module.lua\"%)' %-e ", text)
    assert.is_nil((run(write("empty.lua", "local x"))):find("does no work"))
  end)

  it("refuses code that does not parse", function()
    complains(2, "%-e:1: ", "-e", "x +")
    complains(2, "%-e:1: ", "-e", "1", "-e", "end")
    complains(2, "%-e:1: break outside", "-e", "break")
    complains(2, "%-s:1: ", "-s", "=", "-e", "1")
  end)

  it("passes on what the code raises", function()
    complains(1, "^perilune: %-e: attempt to call a nil value %(global 'nope'%)", "-e", "nope()")
    complains(1, "error object is a table value", "-e", "error({})")
    complains(1, "%-e: no", "-s", "error('no')", "-e", "1")
  end)

  it("refuses what it cannot time", function()
    complains(2, "nothing to time")
    complains(2, "arguments after %-%- are a FILE's", "-e", "1", "--", "2")
    complains(2, "'0' is no number of calls", "-n", "0", "-e", "1")
    complains(2, "nothing.lua: no such file", "nothing.lua")
    complains(2, "x = 1: no such file; code is given with %-e", "x = 1")
    local many = {}
    for i = 1, 27 do many[i] = "a.lua" end
    complains(2, "26 can be compared, not 27", table.unpack(many))
    complains(2, "%-%-prepare:1: ", "-e", "1", "--prepare", "x +")
    complains(2, "'0' is no number of calls", "-e", "1", "-w", "0")
    complains(2, "%-%-save is for one that is timed, not for 3", "a.lua", "b.lua", "c.lua",
      "--save", "x")
    complains(2, "a FILE is timed alone", write("a.lua", ""), "-e", "1")
    complains(2, "%-%-target needs two", "-e", "1", "--target", "2")
    complains(2, "%-%-fail%-above needs two", "-e", "1", "--fail-above", "2")
    complains(2, "%-%-save is for one", "-e", "1", "-e", "2", "--save", "x")
    complains(2, "%-%-against is for one", "-e", "1", "-e", "2", "--against", "x")
    complains(2, "of fewer than 11 pairs", "-e", "1", "-e", "2", "--runs", "5")
    complains(2, "'0' is no number of runs", "-e", "1", "--runs", "0")
    complains(2, "can not be used together", "-e", "1", "-e", "2", "--target", "2",
      "--fail-above", "2")
    complains(2, "'much' is no ratio", "-e", "1", "-e", "1", "--target", "much")
    complains(1, "bad.lua:1: ", write("bad.lua", "x ="))
  end)

  it("refuses a setup that returns", function()
    complains(2, "%-s: the setup returns", "-s", "return 3", "-e", "1")
    complains(2, "%-s: the setup returns", "-s", "do return function() end end", "-e", "1")
    complains(1, "%-s: the setup returns", "-s", "do return 3 end", "-e", "1")
  end)

  it("is not ended by os.exit", function()
    complains(1, "%-e: os.exit cannot be timed", "-e", "os.exit(0)")
  end)

  --- Interrupts `perilune time`, and nothing that it started, a while after its start.
  local function interrupt(...)
    local code, complaint
    local errors, timer = uv.new_pipe(false), uv.new_timer()
    local process
    process = assert(uv.spawn(program, { args = { "time", ... }, stdio = { nil, nil, errors } },
      function(status)
        code = status
        process:close()
        timer:close()
      end))
    read_whole(errors, function(text) complaint = text end)
    uv.update_time()
    uv.update_time()
    timer:start(300, 2000, function() process:kill("sigint") end)
    uv.run()
    return complaint, code
  end

  it("is interrupted in one line, and ends the script that it runs", function()
    local endless = "while true do end"
    for _, words in ipairs({ { "-e", endless }, { write("endless.lua", endless) } }) do
      local complaint, code = interrupt(table.unpack(words))
      assert.are.equal("perilune: interrupted\n", complaint, words[1])
      assert.are.equal(130, code)
    end
  end)

  it("stops when a script fails", function()
    local text, complaint, code = run(write("fails.lua", "error('no', 0)"))
    assert.are.equal("", text)
    assert.are.equal(1, code)
    assert.matches("fails.lua failed: exit status 1\n$", complaint)
  end)
end)
