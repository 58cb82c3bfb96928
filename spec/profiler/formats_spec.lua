local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local formats = require("perilune.profile.formats")
local json_format = require("perilune.profile.formats.json")
local made = require("spec.profiler.made")
local model = require("perilune.profile.model")

local folder

local function path_of(name)
  return folder .. "/" .. name
end

local function save(raw, name, format)
  local path = path_of(name)
  assert(model.new(raw):save(path, format))
  return path
end

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  local ok = pipe:close()
  return text, ok
end

local function present(name)
  return (os.execute("command -v " .. name .. " >/dev/null 2>&1"))
end

local function program()
  return made.program()
end

describe("formats", function()
  setup(function()
    folder = assert(files.scratch())
  end)

  teardown(function()
    files.remove_tree(folder)
  end)

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
      local ok, message, code = model.new(program()):save(path_of("x"), "yaml")
      assert.is_nil(ok)
      assert.matches("^unknown format 'yaml': text, json", message)
      assert.are.equal("format", code)
    end)
  end)

  describe("files", function()
    it("are replaced whole, and nothing else is left", function()
      local path = save(program(), "whole.txt")
      local before = files.read(path)
      save(program(), "whole.txt")
      assert.are.equal(before, files.read(path))
      for _, name in ipairs(files.list(folder)) do
        assert.is_nil(name:find("%.tmp$"))
      end
    end)

    it("that cannot be written are the world's failure", function()
      local ok, message, code = model.new(program()):save("/nowhere/a.json")
      assert.is_nil(ok)
      assert.are.equal("/nowhere/a.json: No such file or directory", message)
      assert.are.equal("io", code)
      ok, message = model.new(program()):save("/dev/full", "json")
      assert.is_nil(ok)
      assert.matches("No space left on device", message)
    end)

    it("may be devices, which stay", function()
      assert.is_true(model.new(program()):save("/dev/null", "json"))
      assert.are.equal("char", files.kind("/dev/null"))
    end)
  end)

  describe("json", function()
    local function round(raw)
      return assert(json_format.decode(json_format.encode(model.new(raw))))
    end

    it("comes back as it was", function()
      local raw = made.with_lines(program(), { { "work", 12, 4, 0.75 } })
      raw.sources = { ["@app.lua"] = "fnv1a:0123456789abcdef" }
      raw.script.hash = "fnv1a:0123456789abcdef"
      raw.notes = { "a note" }
      raw.overhead = { lua = 3.1e-8, c = 2.2e-8 }
      assert.are.same(raw, round(raw))
      assert.are.same(raw, model.load(save(raw, "round.json")).raw)
    end)

    it("keeps every byte of names and sources", function()
      local raw = program()
      local all = {}
      for byte = 0, 255 do
        all[#all + 1] = string.char(byte)
      end
      raw.functions[2].name = table.concat(all)
      raw.functions[3].source = "\xff\xed\xa0\x80\u{1F600}\u{10FFFF}\0é\xe2\x82"
      assert.are.same(raw, round(raw))
      assert.is_truthy(utf8.len(json_format.encode(model.new(raw))))
    end)

    it("keeps integers exactly", function()
      local raw = program()
      raw.nodes.calls[2], raw.nodes.calls[3] = math.maxinteger, (1 << 53) + 1
      raw.functions[1].line = math.mininteger
      assert.are.same(raw, round(raw))
    end)

    it("keeps 14 digits of a time, which stays a float", function()
      local raw = program()
      local times = { 1 / 3, 3.0, -0.0, -1e-9, 123456.789012345, 1e-300 }
      table.move(times, 1, #times, 1, raw.nodes.self)
      local back = round(raw)
      for i, x in ipairs(times) do
        assert.are.equal(("%.14g"):format(x), ("%.14g"):format(back.nodes.self[i]))
        assert.are.equal("float", math.type(back.nodes.self[i]))
      end
      assert.are.same(back, round(back))
    end)

    it("has objects and lists where they are empty, too", function()
      assert.matches('"sources":{},.*"notes":%[%],', json_format.encode(model.new(program())))
    end)

    it("is the same text each time", function()
      local text = json_format.encode(model.new(program()))
      for _ = 1, 20 do
        assert.are.equal(text, json_format.encode(model.new(round(program()))))
      end
    end)

    it("has its fields in one order, and sources in that of their names", function()
      local raw = made.with_lines(program(), { { "work", 12, 4, 0.75 } })
      raw.sources = { ["@b"] = "2", ["@c"] = "3", ["@a"] = "1" }
      raw.interval, raw.samples, raw.overhead = 0.001, 5, { lua = 3.1e-8, c = 2.2e-8 }
      local keys = {}
      for key in json_format.encode(model.new(raw)):gmatch('"([^"]+)":') do
        keys[#keys + 1] = key
      end
      assert.matches("^format version mode clock time duration cpu interval samples processes "
        .. "script path sources @a @b @c collector mode cycles overhead lua c notes functions ",
        table.concat(keys, " "))
      assert.matches(" nodes parent function calls self wait suspended lines function line count "
        .. "self$", table.concat(keys, " "))
    end)

    it("comes back from random trees", function()
      local seed = os.time()
      math.randomseed(seed)
      local words = { "work", "fib", "rep", "even", "odd", "helper", "less", "parse" }
      local function context(depth)
        local nanoseconds = math.random(0, 10 ^ 12 // 1 | 0)
        local node = { words[math.random(#words)], math.random(0, 1 << 40), nanoseconds / 1e9 }
        node.bytes = math.random(2) == 1 and math.random(0, 1 << 50) or nil
        for _ = 1, depth > 0 and math.random(0, 4) or 0 do
          node[#node + 1] = context(depth - 1)
        end
        return node
      end
      for _ = 1, 50 do
        local raw = made.profile({ "root", 0, 0, context(5) })
        assert.are.same(raw, round(raw), "seed " .. seed)
      end
    end)

    it("is read by others", function()
      if not present("python3") then
        pending("python3 is not here")
        return
      end
      local raw = program()
      raw.functions[2].name = "a\xffb\n"
      local path = save(raw, "foreign.json")
      assert(files.write(path_of("read.py"), [[
import json, os, sys
profile = json.load(open(sys.argv[1]))
print(profile["version"], profile["nodes"]["self"][1])
print(os.fsencode(profile["functions"][1]["name"]))
]]))
      assert.are.equal("1 0.125\nb'a\\xffb\\n'\n",
        run(("PYTHONUTF8=1 python3 %s %s"):format(path_of("read.py"), path)))
    end)
  end)

  --- Everything that can be made of a profile.
  local function look_at(profile)
    profile:text()
    profile:tree()
    profile:diff(profile:merge(profile))
    for _, view in ipairs({ "flame", "annotate" }) do
      require("perilune.profile.views." .. view)(profile)
    end
    for _, name in ipairs(formats.names) do
      if name ~= "html" then
        assert(profile:encode(name))
      end
    end
  end

  describe("a broken file", function()
    local function refused(text, code)
      local path = path_of("broken.json")
      assert(files.write(path, text))
      local profile, message, got = model.load(path)
      assert.is_nil(profile)
      assert.are.equal(path .. ": ", message:sub(1, #path + 2))
      assert.are.equal(code or "format", got)
      return message
    end

    it("is refused wherever it ends", function()
      local text = json_format.encode(model.new(program()))
      for length = 0, #text - 3, 7 do
        refused(text:sub(1, length))
      end
    end)

    it("is refused or sound with any byte changed", function()
      local seed = os.time()
      math.randomseed(seed)
      local raw = made.with_lines(program(), { { "fib", 4, 1, 0.5 } })
      local text = json_format.encode(model.new(raw))
      for _ = 1, 2000 do
        local at = math.random(#text)
        local changed = text:sub(1, at - 1) .. string.char(math.random(0, 255)) .. text:sub(at + 1)
        local read, message, code = json_format.decode(changed)
        if read then
          assert(pcall(look_at, model.new(read)), "seed " .. seed)
        else
          assert.are.equal("string", type(message))
          assert.is_true(code == "format" or code == "version", "seed " .. seed)
        end
      end
    end)

    it("is refused or sound with any number changed", function()
      local raw = made.with_lines(program(), { { "fib", 4, 1, 0.5 } })
      local text = json_format.encode(model.new(raw))
      local numbers = { "1e308", "-1e308", "1e999", "-1", "0.5", "9223372036854775807",
        "-9223372036854775808", "1e15" }
      local sound = 0
      for at, word, after in text:gmatch("()(%-?%d[%d.]*)()") do
        for _, number in ipairs(numbers) do
          local read = json_format.decode(text:sub(1, at - 1) .. number .. text:sub(after))
          if read then
            sound = sound + 1
            assert(pcall(look_at, model.new(read)), ("%s for %s at %d"):format(number, word, at))
          end
        end
      end
      assert.is_true(sound > 0)
    end)

    it("is no profile", function()
      local others = { "", "{}", "[]", "null", "1", "true", '"x"', "{", "\0", "#!/bin/sh\n" }
      for _, text in ipairs(others) do
        refused(text)
      end
      assert.matches("no profile of perilune's json format$", refused('{"format":"x"}'))
    end)

    it("is of a version to come", function()
      assert.matches("version 2; this program reads version 1",
        refused('{"format":"perilune-profile","version":2}', "version"))
    end)

    it("cannot nest deep enough to harm", function()
      assert.matches("no JSON: stack overflow", refused(("["):rep(1000000)))
      refused(('{"a":'):rep(1000000))
    end)

    it("holds more than a profile, and is refused or read without that", function()
      local text = json_format.encode(model.new(program()))
      assert.matches("more than one value", refused(text .. "{}"))
      local deep = ('{"x":'):rep(5000) .. "1" .. ("}"):rep(5000)
      for _, more in ipairs({ '"unknown":' .. deep, "[1]:2", "7:8", '"lines":null' }) do
        local extended = text:gsub('{"', "{" .. more .. ',"')
        assert.are.same(program(), (json_format.decode(extended)))
      end
    end)

    it("has more in a list than its items", function()
      local text = json_format.encode(model.new(program()))
      for _, more in ipairs({ '"x":1', "[1]:2", "99:1", "0:1" }) do
        refused((text:gsub('"parent":%[', '"parent":[' .. more .. ",")))
      end
    end)

    local breakages = {
      ["a parent after its child"] = function(raw) raw.nodes.parent[3] = 5 end,
      ["a parent of its own"] = function(raw) raw.nodes.parent[3] = 3 end,
      ["two roots"] = function(raw) raw.nodes.parent[3] = 0 end,
      ["a parent that is a fraction"] = function(raw) raw.nodes.parent[3] = 1.5 end,
      ["a function out of range"] = function(raw) raw.nodes["function"][3] = 99 end,
      ["lists of two lengths"] = function(raw) raw.nodes.self[#raw.nodes.self] = nil end,
      ["a count below zero"] = function(raw) raw.nodes.calls[2] = -1 end,
      ["an unknown mode"] = function(raw) raw.mode = "x" end,
      ["no functions"] = function(raw) raw.functions = nil end,
      ["no nodes"] = function(raw) raw.nodes = { parent = {}, ["function"] = {} } end,
      ["a function without a name"] = function(raw) raw.functions[1].name = nil end,
      ["a kind that is unknown"] = function(raw) raw.functions[1].kind = "x" end,
      ["a line of no function"] = function(raw)
        raw.lines = { line = { 1 }, ["function"] = { 99 } }
      end,
      ["text for a time"] = function(raw) raw.time = "x" end,
      ["a script without a path"] = function(raw) raw.script = { hash = "x" } end,
      ["notes that are no sentences"] = function(raw) raw.notes = { 1 } end,
      ["sources that are no map"] = function(raw) raw.sources = { 1 } end,
    }
    for name, breaks in pairs(breakages) do
      it("has " .. name, function()
        local raw = program()
        breaks(raw)
        assert.matches("broken profile", refused(json_format.encode(model.new(raw))))
      end)
    end

    it("has an infinite number", function()
      local text = json_format.encode(model.new(program()))
      text = text:gsub('"duration":1.5', '"duration":1e999')
      assert.matches("broken profile: duration", refused(text))
    end)

    it("is not there", function()
      local profile, message, code = model.load(path_of("nothing.json"))
      assert.is_nil(profile)
      assert.matches("No such file", message)
      assert.are.equal("io", code)
      profile, message, code = model.load(folder)
      assert.is_nil(profile)
      assert.matches("Is a directory", message)
      assert.are.equal("io", code)
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
      local text = read(program())
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
      return run(("cd %s && callgrind_annotate %s %s"):format(folder, path, options or ""))
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
      local text = annotate(program())
      assert.are.equal(812500000, cost(text, "app.lua:fib"))
      assert.are.equal(2000000000, cost(text, "[C]:string.rep"))
      assert.are.equal(750000000, cost(text, "lib/text.lua:helper"))
    end)

    it("has totals once a path, recursion included", function()
      if not present("callgrind_annotate") then
        pending("callgrind_annotate is not here")
        return
      end
      local text = annotate(program(), "--inclusive=yes")
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
      local text = annotate(made.with_lines(program(), {
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
      local found = decoded(program())
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
      local raw = program()
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
