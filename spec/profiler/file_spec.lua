local files = require("perilune.lab.files")
local formats = require("perilune.profile.formats")
local json_format = require("perilune.profile.formats.json")
local made = require("spec.profiler.made")
local model = require("perilune.profile.model")
local saved = require("spec.profiler.saved")

local path_of, present, run, save = saved.path_of, saved.present, saved.run, saved.save

describe("a profile's file", function()
  setup(saved.open)
  teardown(saved.close)

  describe("json", function()
    local function round(raw)
      return assert(json_format.decode(json_format.encode(model.new(raw))))
    end

    it("comes back as it was", function()
      local raw = made.with_lines(made.program(), { { "work", 12, 4, 0.75 } })
      raw.sources = { ["@app.lua"] = "fnv1a:0123456789abcdef" }
      raw.script.hash = "fnv1a:0123456789abcdef"
      raw.notes = { "a note" }
      raw.overhead = { lua = 3.1e-8, c = 2.2e-8 }
      assert.are.same(raw, round(raw))
      assert.are.same(raw, model.load(save(raw, "round.json")).raw)
    end)

    it("keeps every byte of names and sources", function()
      local raw = made.program()
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
      local raw = made.program()
      raw.nodes.calls[2], raw.nodes.calls[3] = math.maxinteger, (1 << 53) + 1
      raw.functions[1].line = math.mininteger
      assert.are.same(raw, round(raw))
    end)

    it("keeps 14 digits of a time, which stays a float", function()
      local raw = made.program()
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
      assert.matches('"sources":{},.*"notes":%[%],', json_format.encode(model.new(made.program())))
    end)

    it("is the same text each time", function()
      local text = json_format.encode(model.new(made.program()))
      for _ = 1, 20 do
        assert.are.equal(text, json_format.encode(model.new(round(made.program()))))
      end
    end)

    it("has its fields in one order, and sources in that of their names", function()
      local raw = made.with_lines(made.program(), { { "work", 12, 4, 0.75 } })
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
      local raw = made.program()
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
      local text = json_format.encode(model.new(made.program()))
      for length = 0, #text - 3, 7 do
        refused(text:sub(1, length))
      end
    end)

    it("is refused or sound with any byte changed", function()
      local seed = os.time()
      math.randomseed(seed)
      local raw = made.with_lines(made.program(), { { "fib", 4, 1, 0.5 } })
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
      local raw = made.with_lines(made.program(), { { "fib", 4, 1, 0.5 } })
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
      local text = json_format.encode(model.new(made.program()))
      assert.matches("more than one value", refused(text .. "{}"))
      local deep = ('{"x":'):rep(5000) .. "1" .. ("}"):rep(5000)
      for _, more in ipairs({ '"unknown":' .. deep, "[1]:2", "7:8", '"lines":null' }) do
        local extended = text:gsub('{"', "{" .. more .. ',"')
        assert.are.same(made.program(), (json_format.decode(extended)))
      end
    end)

    it("has more in a list than its items", function()
      local text = json_format.encode(model.new(made.program()))
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
        local raw = made.program()
        breaks(raw)
        assert.matches("broken profile", refused(json_format.encode(model.new(raw))))
      end)
    end

    it("has an infinite number", function()
      local text = json_format.encode(model.new(made.program()))
      text = text:gsub('"duration":1.5', '"duration":1e999')
      assert.matches("broken profile: duration", refused(text))
    end)

    it("is not there", function()
      local profile, message, code = model.load(path_of("nothing.json"))
      assert.is_nil(profile)
      assert.matches("No such file", message)
      assert.are.equal("io", code)
      profile, message, code = model.load(saved.folder)
      assert.is_nil(profile)
      assert.matches("Is a directory", message)
      assert.are.equal("io", code)
    end)
  end)
end)
