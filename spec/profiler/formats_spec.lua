local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local formats = require("perilune.profile.formats")
local made = require("spec.profiler.made")
local model = require("perilune.profile.model")
local program = require("spec.cli.program")
local quoted = require("perilune.shell").quoted
local saved = require("spec.profiler.saved")

local path_of, present, run, save = saved.path_of, saved.present, saved.run, saved.save

describe("formats", function()
  setup(saved.open)
  teardown(saved.close)

  describe("names", function()
    it("of files tell the format, the longest ending first", function()
      local guesses = {
        ["a.json"] = "json", ["a.profile.json"] = "json", ["a.speedscope.json"] = "speedscope",
        ["a.speedscope"] = "speedscope", ["a.collapsed"] = "collapsed", ["a.folded"] = "collapsed",
        ["dir.json/callgrind.out.12"] = "callgrind", ["a.callgrind"] = "callgrind",
        ["a.pstats"] = "pstats", ["a.prof"] = "pstats", ["a.html"] = "html", ["A.TXT"] = "text",
        ["a.svg"] = "svg",
      }
      for path, name in pairs(guesses) do
        assert.are.equal(name, formats.guess(path), path)
      end
      local name, message = formats.guess("profile.xyz")
      assert.is_nil(name)
      assert.matches("by the name of 'profile.xyz'; choose one: text, json", message)
    end)

    it("stand for a format and nothing else", function()
      assert.are.equal(1, select("#", formats.named("json")))
    end)

    it("that are unknown are refused", function()
      local ok, message, code = model.new(made.program()):save(path_of("x"), "yaml")
      assert.is_nil(ok)
      assert.matches("^unknown format 'yaml': text, json", message)
      assert.are.equal("format", code)
    end)
  end)

  describe("files", function()
    it("are replaced whole, and nothing else is left", function()
      local path = save(made.program(), "whole.txt")
      local before = files.read(path)
      save(made.program(), "whole.txt")
      assert.are.equal(before, files.read(path))
      for _, name in ipairs(files.list(saved.folder)) do
        assert.is_nil(name:find("%.tmp$"))
      end
    end)

    it("that cannot be written are the world's failure", function()
      local ok, message, code = model.new(made.program()):save("/nowhere/a.json")
      assert.is_nil(ok)
      assert.are.equal("/nowhere/a.json: No such file or directory", message)
      assert.are.equal("io", code)
      ok, message = model.new(made.program()):save("/dev/full", "json")
      assert.is_nil(ok)
      assert.matches("No space left on device", message)
    end)

    it("may be devices, which stay", function()
      assert.is_true(model.new(made.program()):save("/dev/null", "json"))
      assert.are.equal("char", files.kind("/dev/null"))
    end)

    it("may be what the program writes to, which is not cut off", function()
      local path, profile = path_of("stream.txt"), save(made.program(), "stream.json")
      local text = files.read(save(made.program(), "stream.collapsed"))
      for name, number in pairs({ stdout = 1, stderr = 2 }) do
        local code = ([[io.%s:write("before\n")
          assert(require("perilune.profiler").load(%q):save("/dev/%s", "collapsed"))
          io.%s:write("after\n")]]):format(name, profile, name, name)
        assert.is_true(os.execute(("%s -e %s %d>%s"):format(quoted(program.path), quoted(code),
          number, quoted(path))))
        assert.are.equal("before\n" .. text .. "after\n", files.read(path))
      end
    end)
  end)

  describe("pstats", function()
    local READ = [[
import pstats, sys
stats = pstats.Stats(sys.argv[1])
stats.strip_dirs().sort_stats("cumulative").print_stats()
stats.print_callers()
for key in sorted(stats.stats):
    cc, nc, tt, ct, callers = stats.stats[key]
    print(key, cc, nc, tt, ct)
    for caller in sorted(callers):
        print("  from", caller, callers[caller])
]]

    local function read(raw)
      assert(files.write(path_of("read.py"), READ))
      return run(("python3 %s %s"):format(path_of("read.py"), save(raw, "a.pstats")))
    end

    it("is what Python's own module reads", function()
      if not present("python3") then
        pending("python3 is not here")
        return
      end
      local text = read(made.program())
      local expected = {
        "169 function calls (163 primitive calls) in 6.375 seconds",
        "      5/1    0.812    0.163    0.812    0.812 app.lua:3(fib)",
        "      2/1    0.625    0.312    0.938    0.938 app.lua:30(even)",
        "       10    0.750    0.075    0.750    0.075 text.lua:7(helper)",
        "       40    2.000    0.050    2.000    0.050 {string.rep}",
        "('app.lua', 3, 'fib') 1 5 0.8125 0.8125",
        "  from ('app.lua', 3, 'fib') (4, 2, 0.5625, 0.5625)",
        "  from ('app.lua', 1, 'main chunk') (1, 1, 0.25, 0.8125)",
        "('app.lua', 34, 'odd') 1 2 0.3125 0.4375",
        "  from ('~', 0, '<parse>') (8, 8, 0.5, 0.5)",
      }
      for _, line in ipairs(expected) do
        assert.is_truthy(text:find(line, 1, true), line .. "\n" .. text)
      end
    end)

    it("has samples for calls, large counts, and names of any bytes", function()
      if not present("python3") then
        pending("python3 is not here")
        return
      end
      local raw = made.profile({ "root", 0, 0, samples = 0,
        { "fib", 0, 0.5, samples = 5, { "rep", 0, 2.5, samples = 25 } } }, { mode = "sample" })
      raw.functions[2].name = "fi\xffb"
      local text = read(raw)
      assert.is_truthy(text:find("'fi\u{FFFD}b') 30 30 0.5 3.0", 1, true), text)
      raw = made.profile({ "root", 0, 0, { "fib", math.maxinteger, 1 } })
      assert.is_truthy(read(raw):find("9223372036854775807 9223372036854775807 1.0", 1, true))
    end)
  end)

  describe("callgrind", function()
    local function annotate(raw, options)
      local path = save(raw, "callgrind.out.1")
      return run(("cd %s && callgrind_annotate %s %s"):format(saved.folder, path, options or ""))
    end

    local function cost(text, name)
      for line in text:gmatch("[^\n]+") do
        local figure, found = line:match("^%s*([%d,]+) %(.-%)%s+%*?%s*(.*)$")
        if found == name then
          return tonumber((figure:gsub(",", "")))
        end
      end
      return nil
    end

    it("has each function's own time", function()
      if not present("callgrind_annotate") then
        pending("callgrind_annotate is not here")
        return
      end
      local text = annotate(made.program())
      assert.are.equal(812500000, cost(text, "app.lua:fib"))
      assert.are.equal(2000000000, cost(text, "[C]:string.rep"))
      assert.are.equal(750000000, cost(text, "lib/text.lua:helper"))
    end)

    it("has totals once a path, recursion included", function()
      if not present("callgrind_annotate") then
        pending("callgrind_annotate is not here")
        return
      end
      local text = annotate(made.program(), "--inclusive=yes")
      assert.are.equal(6375000000, cost(text, "app.lua:main chunk"))
      assert.are.equal(812500000, cost(text, "app.lua:fib"))
      assert.are.equal(937500000, cost(text, "app.lua:even"))
      assert.are.equal(437500000, cost(text, "app.lua:odd"))
      assert.are.equal(3750000000, cost(text, "app.lua:work"))
      assert.is_nil(text:find("WARNING"))
    end)

    it("puts time at the lines that are known", function()
      if not present("callgrind_annotate") then
        pending("callgrind_annotate is not here")
        return
      end
      assert(files.write(path_of("app.lua"), ("-- line\n"):rep(50)))
      local text = annotate(made.with_lines(made.program(), {
        { "fib", 4, 5, 0.5 }, { "fib", 6, 2, 0.25 }, { "work", 12, 4, 1 },
      }), "app.lua")
      local found = {}
      for figure in text:gmatch("\n%s*([%d,]+) %([ %d.]+%%%)  %-%- line") do
        found[#found + 1] = figure
      end
      assert.are.same({ "62,500,000", "500,000,000", "250,000,000" }, { table.unpack(found, 2, 4) })
    end)

    it("tells functions of one name in one file apart", function()
      local one = { name = "anonymous", source = "@app.lua", line = 3, kind = "Lua" }
      local other = { name = "anonymous", source = "@app.lua", line = 9, kind = "Lua" }
      local text = assert(model.new(made.profile({ "root", 0, 0,
        { one, 1, 1 }, { other, 1, 2 } })):encode("callgrind"))
      assert.matches("%(%d%) anonymous\n", text)
      assert.matches("%(%d%) anonymous:9\n", text)
    end)
  end)

  describe("svg", function()
    --- x and width of the bar whose tooltip begins with a text.
    local function bar(text, label)
      local x, y, width = text:match(
        '<svg x="([%d.]+)%%" y="(%d+)" width="([%d.]+)%%" height="%d+"><title>' .. label)
      return { tonumber(x), tonumber(y), tonumber(width) }
    end

    it("has a bar for each context, below its caller's and as wide as its share", function()
      local text = model.new(made.profile({ "root", 0, 0, { "main", 1, 0.25,
        { "work", 1, 0.5 }, { "rep", 2, 0.25 } } })):encode("svg")
      assert.are.same({ 0, 20, 100 }, bar(text, "main chunk"))
      assert.are.same({ 0, 40, 50 }, bar(text, "work %(app.lua:10%): 500.0 ms, 50.0 %%"))
      assert.are.same({ 50, 40, 25 }, bar(text, "string.rep"))
      assert.matches('^<svg xmlns="[^"]*" class="flame" width="960" height="60"', text)
    end)

    it("escapes names", function()
      local odd = { name = '<a "b">&\n\xff', source = "=[C]", line = -1, kind = "C" }
      local text = model.new(made.profile({ "root", 0, 0, { odd, 1, 1 } })):encode("svg")
      assert.matches("<title>&lt;a &quot;b&quot;&gt;&amp; \u{FFFD}: ", text)
    end)

    it("is no higher than a page, however deep calls nest", function()
      local raw = made.profile({ "root", 0, 0, { "rep", 1, 1 } })
      local nodes = raw.nodes
      for i = 3, 2001 do
        nodes.parent[i], nodes.calls[i], nodes.self[i] = i - 1, 1, i == 2001 and 1e6 or 0
        nodes["function"][i] = i % 2 + 1
      end
      local text = model.new(raw):encode("svg")
      assert.matches('height="660"', text)
      assert.matches("Calls nest deeper than these 32 rows", text)
    end)
  end)

  describe("collapsed", function()
    it("has a line for each context with time of its own", function()
      local text = model.new(made.profile({ "root", 0, 0.5, { "main", 1, 0,
        { "work", 1, 0.25, { "rep", 2, 1e-7 }, { "parse", 1, 2e-6 } } } })):encode("collapsed")
      assert.are.equal("(program) 500000\n"
        .. "main chunk (app.lua);work (app.lua:10) 250000\n"
        .. "main chunk (app.lua);work (app.lua:10);parse 2\n", text)
    end)

    it("counts samples, or bytes", function()
      local text = model.new(made.profile({ "root", 0, 0, { "rep", 0, 0.5, samples = 7 } },
        { mode = "sample" })):encode("collapsed")
      assert.are.equal("string.rep 7\n", text)
      text = model.new(made.profile({ "root", 0, 0, { "rep", 0, 0.5, bytes = 700 } },
        { mode = "memory" })):encode("collapsed")
      assert.are.equal("string.rep 700\n", text)
    end)

    it("escapes what would end a frame or a line", function()
      local odd = { name = "a;b\nc\xff", source = "=(zone)", line = -1, kind = "zone" }
      assert.are.equal("a\\59b\\10c\u{FFFD} 1000000\n",
        model.new(made.profile({ "root", 0, 0, { odd, 1, 1 } })):encode("collapsed"))
    end)

    it("ends stacks of great depth", function()
      local raw = made.profile({ "root", 0, 0, { "rep", 1, 1 } })
      local nodes = raw.nodes
      for i = 3, 20001 do
        nodes.parent[i], nodes["function"][i], nodes.calls[i], nodes.self[i] = i - 1, 2, 1, 1
      end
      local text = model.new(raw):encode("collapsed")
      local last
      for line in text:gmatch("[^\n]+") do
        last = line
      end
      assert.are.equal(512, select(2, last:gsub("string%.rep", "")))
      assert.matches(" 19489000000$", last)
    end)
  end)

  describe("speedscope", function()
    local function decoded(raw)
      return assert(dkjson.decode(model.new(raw):encode("speedscope"), 1, nil, nil))
    end

    it("opens and closes each context around what is in it", function()
      local found = decoded(made.program())
      assert.are.equal("https://www.speedscope.app/file-format-schema.json", found["$schema"])
      local profile, frames = found.profiles[1], found.shared.frames
      assert.are.equal("evented", profile.type)
      assert.are.equal("seconds", profile.unit)
      assert.are.equal(6.375, profile.endValue)
      local open, self, last = {}, {}, 0
      for _, event in ipairs(profile.events) do
        local top = open[#open]
        if top then
          self[top] = (self[top] or 0) + event.at - last
        end
        last = event.at
        if event.type == "O" then
          open[#open + 1] = frames[event.frame + 1].name
        else
          assert.are.equal(table.remove(open), frames[event.frame + 1].name)
        end
      end
      assert.are.same({}, open)
      assert.are.equal(0.8125, self.fib)
      assert.are.equal(2.0, self["string.rep"])
      assert.are.equal(0.75, self.helper)
    end)

    it("has a frame's file and line, and readable names", function()
      local raw = made.program()
      raw.functions[1].name = "x\xff"
      local frames = decoded(raw).shared.frames
      assert.are.same({ name = "x\u{FFFD}" }, frames[1])
      assert.are.same({ name = "main chunk", file = "app.lua" }, frames[2])
      assert.are.same({ name = "fib", file = "app.lua", line = 3 }, frames[3])
    end)

    it("has bytes first where memory was recorded", function()
      local raw = made.profile({ "root", 0, 0, { "rep", 1, 0.5, bytes = 4096 } },
        { mode = "memory" })
      local found = decoded(raw)
      assert.are.equal("bytes", found.profiles[1].unit)
      assert.are.equal(4096, found.profiles[1].endValue)
      assert.are.equal("seconds", found.profiles[2].unit)
    end)

    it("leaves out contexts that took nothing", function()
      local found = decoded(made.profile({ "root", 0, 0, { "fib", 1, 0, { "rep", 1, 0 } } }))
      assert.are.same({}, found.profiles[1].events)
    end)
  end)
end)
