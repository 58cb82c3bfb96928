--- perilune.auto: a program is profiled from its start to its end, however that comes.
local files = require("perilune.lab.files")
local uv = require("luv")
local whole = require("spec.profiler.whole")

local WORK <const> = [[
local function leaf(n) local x = 0 for i = 1, n do x = x + i end return x end
local function work() for _ = 1, 10 do leaf(100) end end
work()
]]

--- How a program may end: its last lines, exit code, and what it says on standard error.
local ENDS <const> = {
  { "at its end", "print('last')", 0, "" },
  { "by an error", "error('bad')", 1, "bad\nstack traceback:" },
  { "by an error that is no string", "error(setmetatable({}, {__tostring = function()"
    .. " return 'odd' end}))", 1, "odd\n" },
  { "by os.exit", "os.exit(3)", 3, "" },
  { "by os.exit with a boolean", "os.exit(false)", 1, "" },
  { "by os.exit, closing the state", "os.exit(4, true)", 4, "" },
  { "by os.exit in a coroutine", "coroutine.wrap(function() os.exit(5) end)()", 5, "" },
  { "by os.exit in a hook", "debug.sethook(function() os.exit(6) end, 'l')\nprint(1)", 6, "" },
  { "by os.exit under another name", "local exit = os.exit os.exit = nil exit(7)", 7, "" },
}

local SPIN <const> = WORK .. [[
io.write("ready\n") io.flush()
while true do leaf(100) end
]]

local SIGNALLED <const> = {
  { "in a loop", SPIN },
  { "in a coroutine", WORK .. "io.write('ready\\n') io.flush()\n"
    .. "coroutine.wrap(function() while true do math.abs(1) end end)()" },
  { "in a loop of protected calls", WORK .. "io.write('ready\\n') io.flush()\n"
    .. "while true do pcall(leaf, 100) end" },
  { "in C that never returns", WORK .. "io.write('ready\\n') io.flush()\n"
    .. "local s = ('a'):rep(20000)\ns:find(('.-'):rep(5) .. 'b')" },
}

--- What a program may do to the standard library, and to itself.
local VANDAL <const> = WORK .. [[
os.exit, print, require, tostring, ipairs, arg[0] = nil
io.open, os.rename, string.format, table.concat = error, error, error, error
for name in pairs(package.loaded) do package.loaded[name] = nil end
package.path, package.searchers = "", nil
getmetatable("").__index = nil
setmetatable(_G, { __index = error, __newindex = error })
arg, io, string = {}, nil, nil
]]

local interpreters, why = whole.interpreters()
if not interpreters then
  pending("perilune.auto: " .. why)
  return
end

describe("perilune.auto", function()
  teardown(function() whole.close(interpreters) end)

  for _, interpreter in ipairs(interpreters) do
    describe("in " .. interpreter.name, function()
      local folder, saved

      before_each(function()
        folder = whole.folder()
        saved = folder .. "/app.profile.json"
      end)
      after_each(function() whole.remove(folder) end)

      --- Runs the text as app.lua in `folder`.
      local function run(text, words, changes)
        assert(files.write(folder .. "/app.lua", text))
        local command = {
          args = { "-lperilune.auto", "app.lua" }, cwd = folder,
          env = { PERILUNE_PROFILE = words },
        }
        for name, value in pairs(changes or {}) do command[name] = value end
        return whole.run(interpreter, command)
      end

      local function missing(path)
        return uv.fs_stat(path) == nil
      end

      for _, case in ipairs(ENDS) do
        local name, last, code, message = table.unpack(case)
        it("saves a profile of a program that ends " .. name, function()
          local outcome = run(WORK .. last)
          assert.equal(code, outcome.code)
          assert.truthy(outcome.stderr:find(message, 1, true), outcome.stderr)
          local _, times = outcome.stderr:gsub("perilune: profile saved as app.profile.json\n", "")
          assert.equal(1, times)
          local rows, profile = whole.read(saved)
          assert.equal(10, rows.leaf.calls)
          assert.equal(1, rows.work.calls)
          assert.equal("app.lua", profile.script.path)
          assert.equal(profile.sources["@app.lua"], profile.script.hash)
        end)
      end

      for _, mode in ipairs(whole.modes) do
        it("records no frame of its own, in mode " .. mode, function()
          run(WORK .. "os.exit(0)", "mode=" .. mode)
          local rows, profile = whole.read(saved)
          assert.equal(mode, profile.mode)
          assert.is_nil(rows.require)
          for _, row in pairs(rows) do
            assert.is_nil(row.source:find("perilune", 1, true))
          end
        end)

        for _, case in ipairs(SIGNALLED) do
          local name, text = table.unpack(case)
          it(("saves before it dies of SIGTERM %s, in mode %s"):format(name, mode), function()
            local outcome = run(text, "mode=" .. mode, { signal = "sigterm" })
            assert.same({ 15, "ready\n" }, { outcome.signal, outcome.stdout })
            assert.equal("perilune: profile saved as app.profile.json\n", outcome.stderr)
            assert.equal(mode, select(2, whole.read(saved)).mode)
          end)
        end
      end

      it("saves when it is interrupted", function()
        local outcome = run(SPIN, nil, { signal = "sigint" })
        assert.equal(1, outcome.code)
        assert.truthy(outcome.stderr:find("interrupted!", 1, true))
        assert.is_true(whole.read(saved).leaf.calls >= 10)
      end)

      it("saves when nobody reads the output any more", function()
        local command = "perilune -lperilune.auto app.lua | head -n 1"
        local outcome = run(WORK .. "for i = 1, 1e5 do print(i) end", nil, { shell = command })
        assert.equal("1\n", outcome.stdout)
        assert.equal(10, whole.read(saved).leaf.calls)
      end)

      it("leaves a program's own handler of signals alone", function()
        local outcome = run(WORK .. [[
          local uv = require("luv")
          local handle = uv.new_signal()
          handle:start("sigterm", function() print("mine") handle:close() end)
          io.write("ready\n") io.flush()
          uv.run()]], nil, { signal = "sigterm" })
        assert.same({ 0, 0, "ready\nmine\n" }, { outcome.code, outcome.signal, outcome.stdout })
        assert.equal(10, whole.read(saved).leaf.calls)
      end)

      it("saves in the process that started, not in forked ones", function()
        local outcome = run(WORK .. [[
          local function child() end
          if require("burner").fork() then child() os.exit(9) end
          if require("burner").fork() then child() os.exit(9, true) end
          print("parent")]])
        assert.same({ 0, "parent\n" }, { outcome.code, outcome.stdout })
        local rows = whole.read(saved)
        assert.equal(10, rows.leaf.calls)
        assert.is_nil(rows.child)
      end)

      it("keeps os.exit's errors", function()
        local outcome = run("print(pcall(os.exit, 'x'))\nos.exit({})")
        assert.equal(1, outcome.code)
        assert.equal("false\tbad argument #1 to 'os.exit' (number expected, got string)\n",
          outcome.stdout)
        assert.truthy(outcome.stderr:find(
          "app.lua:2: bad argument #1 to 'exit' (number expected, got table)", 1, true))
      end)

      it("saves whatever the program has done to the standard library", function()
        for _, format in ipairs({ "json", "text", "callgrind" }) do
          local outcome = run(VANDAL, ("format=%s,output=kept"):format(format))
          assert.same({ 0, "" }, { outcome.code, outcome.stderr })
          assert.truthy(files.read(folder .. "/kept"):find("leaf", 1, true))
        end
      end)

      it("saves where the program began", function()
        local outcome = run(WORK .. "require('luv').chdir('/')")
        assert.equal(("perilune: profile saved as %s\n"):format(saved), outcome.stderr)
        assert.is_not_nil(select(2, whole.read(saved)).script.hash)
      end)

      it("says in one line that it cannot save, and keeps the exit code", function()
        local outcome = run(WORK .. "os.exit(3)", "output=gone/x.json")
        assert.equal(3, outcome.code)
        assert.equal("perilune: cannot save the profile: gone/x.json: No such file or directory\n",
          outcome.stderr)
      end)

      it("says that a program has stopped the profiler itself", function()
        local outcome = run([[
          local profiler = require("perilune.profiler")
          print(profiler.running(), pcall(profiler.start))
          print(profiler.stop().mode, profiler.running())]])
        assert.equal("calls\tfalse\tthe profiler is running already\ncalls\tnil\n", outcome.stdout)
        assert.equal("perilune: no profile: the program has stopped the profiler itself\n",
          outcome.stderr)
        assert.is_true(missing(saved))
      end)

      it("saves nothing of a script that cannot be loaded", function()
        local outcome = run("x = = 1")
        assert.equal(1, outcome.code)
        assert.truthy(outcome.stderr:find("app.lua:1: unexpected symbol", 1, true))
        assert.is_true(missing(saved))
      end)

      it("shows a table on standard error, or on standard output", function()
        local outcome = run(WORK, "sort=calls,limit=1,format=text")
        assert.equal("", outcome.stdout)
        assert.truthy(outcome.stderr:find("1 of 4 functions by calls", 1, true))
        outcome = run(WORK .. "print('mine')", "mode=memory,output=-")
        assert.equal("", outcome.stderr)
        assert.truthy(outcome.stdout:find("^mine\napp.lua · every allocation"))
      end)

      it("refuses words that it does not know, before the program runs", function()
        local refusals = {
          ["mode=smaple"] = "unknown mode 'smaple': calls, sample, lines, memory",
          ["mdoe=sample"] = "unknown word 'mdoe': mode, interval, sort, limit, filter, format,"
            .. " open, once, output",
          sample = "'sample' is no word=value",
          ["mode=sample,interval=0"] = "'0' is no interval: seconds from 0.0001 to 10",
          ["interval=0.1"] = "an interval is for mode sample",
          ["output="] = "'output' needs a name",
          ["format=html,open=yes,output=-"] =
            "a browser is opened on a page: with format html, in a file",
        }
        for words, message in pairs(refusals) do
          local outcome = run("print('ran')", words)
          assert.equal(1, outcome.code)
          assert.equal(("perilune: PERILUNE_PROFILE: %s\n"):format(message), outcome.stderr)
          assert.equal("", outcome.stdout)
        end
      end)
    end)
  end

  it("reads the words that it has written", function()
    local settings = require("perilune.profile.settings")
    local wanted = {
      mode = "sample", interval = 0.01, sort = "total,calls", filter = "a%d,%25", limit = 0,
      format = "text", once = true, output = "a,format=b",
    }
    assert.same(wanted, settings.parse(settings.encode(wanted)))
    assert.same({ mode = "calls" }, settings.parse(""))
    assert.same({ mode = "lines", output = "x,y.json" },
      settings.parse("mode=lines,output=x,y.json"))
  end)
end)
