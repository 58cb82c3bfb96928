local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local made = require("spec.profiler.made")
local model = require("perilune.profile.model")
local program = require("spec.cli.program")
local uv = require("luv")

local folder

local function stats(...)
  return program.run({ "stats", ... }, folder)
end

local function shows(pattern, ...)
  local result = stats(...)
  assert.are.equal("", result.err)
  assert.matches(pattern, result.out)
  assert.are.equal(0, result.code)
  return result.out
end

local function complains(code, pattern, ...)
  local result = stats(...)
  assert.are.equal("", result.out)
  assert.matches("^perilune: [^\n]+\n$", result.err)
  assert.matches(pattern, result.err)
  assert.are.equal(code, result.code)
end

describe("perilune stats", function()
  setup(function()
    folder = program.folder()
    local raw = made.with_lines(made.program(), { { "work", 12, 4, 0.75 } })
    assert(model.new(raw):save(folder .. "/a.json"))
    local other = made.profile({ "root", 0, 0, { "work", 2, 0.25 } })
    assert(model.new(other):save(folder .. "/b.json"))
  end)

  teardown(function()
    program.remove(folder)
  end)

  it("shows the table, as it is asked for", function()
    local text = shows("10 functions by self\n", "a.json")
    assert.is_nil(text:find("\27"))
    shows("2 of 10 functions by calls\n.*\n +100 .- less  app.lua:40\n", "a.json",
      "-s", "calls", "--limit", "2")
    shows("2 functions by cum, reversed\n.* odd .* even ", "a.json", "-s", "cum", "--reverse",
      "--filter", "app.lua:3%d")
    shows("10 functions by self\n", "a.json", "--limit", "0")
  end)

  it("shows callers, callees, lines and flames", function()
    shows("helper  lib/text.lua:7 was called by\n", "a.json", "--callers", "helper")
    shows("work  app.lua:10 called\n", "a.json", "--callees", "work")
    shows("count  self ms      %%  line\n", "a.json", "--lines")
    shows("cannot be read", "a.json", "--annotate", "app.lua")
    shows("█.*fib  app.lua:3  3 deep\n", "a.json", "--flame")
  end)

  it("shows the difference of two", function()
    shows("gone string.rep", "a.json", "b.json")
    shows("1 of 10 functions that changed\n", "a.json", "b.json", "--limit", "1")
  end)

  it("takes several as one", function()
    shows("2 processes", "a.json", "b.json", "--merge")
    shows("3 processes", "a.json", "b.json", "a.json", "--merge", "--flame")
  end)

  it("converts, to a file or to standard output", function()
    shows("^$", "a.json", "-o", "out.speedscope.json")
    assert.matches("speedscope.app", files.read(folder .. "/out.speedscope.json"))
    shows("^$", "a.json", "-o", "out.xyz", "--format", "collapsed")
    local collapsed = files.read(folder .. "/out.xyz")
    assert.matches("^main chunk %(app.lua%) 125000\n", collapsed)
    assert.are.equal(collapsed, shows("fib", "a.json", "--format", "collapsed"))
    assert.are.equal(collapsed, shows("fib", "a.json", "--format", "collapsed", "-o", "-"))
    assert.are.equal(files.read(folder .. "/a.json"), shows("", "a.json", "--format", "json"))
  end)

  it("converts to the table that is asked for", function()
    local text = shows("2 of 10 functions by calls\n", "a.json", "-s", "calls", "--limit", "2",
      "-o", "-")
    assert.is_nil(text:find("\27"))
    shows("^$", "a.json", "-s", "calls", "--limit", "2", "-o", "out.txt")
    assert.are.equal(text, files.read(folder .. "/out.txt"))
    complains(2, "%-s is for the table alone", "a.json", "-s", "calls", "-o", "x.pstats")
  end)

  it("opens a page in the browser", function()
    assert(files.make_folder(folder .. "/share"))
    assert(files.write(folder .. "/share/profile.html", "<!-- title --><!-- profile -->"))
    assert(files.write(folder .. "/browser", '#!/bin/sh\nprintf %s "$1" >"$0.saw"\n'))
    assert(uv.fs_chmod(folder .. "/browser", tonumber("755", 8)))
    local variables = { PERILUNE_SHARE = folder .. "/share", BROWSER = folder .. "/browser" }
    local raw = made.program()
    raw.cpu, raw.time, raw.script.path = nil, nil, "app\xff.lua"
    assert(model.new(raw):save(folder .. "/least.json"))
    local function opened(...)
      local result = program.run({ "stats", "least.json", "--open", ... }, folder, variables)
      assert.are.equal("", result.out .. result.err)
      return (files.read(folder .. "/browser.saw"):match("^file://(.*)$"):gsub("%%20", " "))
    end
    assert.are.equal(uv.fs_realpath(folder) .. "/out.html", opened("-o", "out.html"))
    local temporary = opened()
    assert.matches("^app\u{FFFD}%.lua{.*speedscope", files.read(temporary))
    assert(os.remove(temporary))
    complains(2, "%-%-open shows a page", "a.json", "--open", "-o", "x.json")
    complains(2, "%-%-open shows a page", "a.json", "--open", "--format", "text")
    complains(2, "a view is not converted", "a.json", "--open", "--flame")
  end)

  it("prints rows for a program", function()
    local function rows_of(...)
      return dkjson.decode(shows("", "--json", ...))
    end
    local rows = rows_of("a.json")
    assert.are.equal(10, #rows)
    assert.are.equal("string.rep", rows[1].name)
    assert.are.equal(2, rows[1].self)
    assert.are.equal(1, #rows_of("a.json", "--limit", "1"))
    assert.are.equal("parse", rows_of("a.json", "--callers", "helper")[1].name)
    assert.are.equal(12, rows_of("a.json", "--lines")[1].line)
    assert.are.equal("gone", rows_of("a.json", "b.json")[2].status)
    assert.are.equal("main chunk", rows_of("a.json", "--flame").children[1].name)
    assert.are.equal("[]\n", shows("", "a.json", "--json", "--filter", "nobody"))
    assert.is_nil(rows_of("a.json", "--callers", "helper")[1].pair)
  end)

  it("prints rows whose names are any bytes", function()
    local odd = { name = "a\xffb", source = "=[C]", line = -1, kind = "C" }
    assert(model.new(made.profile({ "root", 0, 0, { odd, 1, 1 } })):save(folder .. "/odd.json"))
    assert.matches('"name":"a\\udcffb"', (shows("", "odd.json", "--json")))
  end)

  it("says which format it reads where another program's is given", function()
    shows("^$", "a.json", "-o", "a.prof")
    complains(1, "a.prof: no JSON: .* %(pstats is for other programs: save one as NAME.json, too%)",
      "a.prof")
  end)

  it("refuses what makes no sense", function()
    complains(2, "unknown sort key 'bogus'", "a.json", "-s", "bogus")
    complains(2, "'t' may mean total or time or tottime", "a.json", "-s", "t")
    complains(2, "'x' is no number of rows", "a.json", "--limit", "x")
    complains(2, "%-%-callers and %-%-flame are two views", "a.json", "--flame", "--callers", "fib")
    complains(2, "%-%-filter is not for %-%-flame", "a.json", "--flame", "--filter", "fib")
    complains(2, "%-s is not for %-%-lines", "a.json", "--lines", "-s", "self")
    complains(2, "%-%-limit is not for %-%-callers", "a.json", "--callers", "fib", "--limit", "1")
    complains(2, "two files are compared; %-%-merge takes more", "a.json", "a.json", "a.json")
    complains(2, "%-%-flame shows one profile", "a.json", "b.json", "--flame")
    complains(2, "a difference is not converted", "a.json", "b.json", "-o", "x.json")
    complains(2, "unknown format 'yaml'", "a.json", "--format", "yaml")
    complains(2, "by the name of 'x.yaml'", "a.json", "-o", "x.yaml")
    complains(2, "missing argument 'FILE'")
  end)

  it("reports what the world refuses", function()
    complains(1, "nothing.json: No such file", "nothing.json")
    assert(files.write(folder .. "/foreign.json", '{"format":"other"}'))
    complains(1, "foreign.json: no profile of perilune's json format", "foreign.json")
    complains(1, "no function 'nobody' in this profile", "a.json", "--callers", "nobody")
    complains(1, "no function 'hepler' in this profile; did you mean 'helper'%?", "a.json",
      "--callees", "hepler")
    complains(1, "this profile has no lines", "b.json", "--lines")
    complains(1, "nowhere/x.json: No such file", "a.json", "-o", "/nowhere/x.json")
  end)
end)
