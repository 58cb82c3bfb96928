--- The student's path: list, start, check, compare.
local dkjson = require("dkjson")
local uv = require("luv")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local shorter = require("spec.cli.shorter")
local texts = require("spec.cli.texts")

local has = texts.has

local REFERENCE <const> = exercises .. "/02-duplicates/reference"

describe("the student's path #course", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  before_each(function() folder = program.folder() end)
  after_each(function() program.remove(folder) end)

  local function run(...) return program.run({ ... }, folder) end

  local function write(name, text) assert(files.write(folder .. "/" .. name, text)) end

  local function start()
    assert.equal(0, run("start", "2").code)
  end

  --- Starts the exercise and solves it as the reference does.
  local function solve()
    start()
    for _, name in ipairs({ "solution.lua", "answers.md" }) do
      write("02-duplicates/" .. name, assert(files.read(REFERENCE .. "/" .. name)))
    end
  end

  --- Checks a solution given as text; returns the result of its first criterion.
  local function judge(text)
    write("wrong.lua", text)
    local result = run("check", "2", "wrong.lua", "--json")
    assert.equal("", result.err)
    assert.equal(1, result.code)
    return dkjson.decode(result.out).results[1]
  end

  it("begins with an exercise that is not started", function()
    local result = run("list")
    assert.equal(0, result.code)
    has(result.out, "Find duplicates", "not started", "perilune start 2")
    assert.falsy(result.out:find("\27", 1, true))
  end)

  it("starts an exercise and says what to edit and to run", function()
    local result = run("start", "2")
    assert.equal(0, result.code)
    has(result.out, "02-duplicates/solution.lua", "perilune watch 2")
    for _, name in ipairs({ "solution.lua", "solution_spec.lua", "answers.md", "naive.lua" }) do
      assert.equal("file", files.kind(folder .. "/02-duplicates/" .. name))
    end
    has(run("list").out, "started", "perilune watch 2")
  end)

  it("takes the exercise's name for its number", function()
    assert.equal(0, run("start", "duplicates").code)
  end)

  it("writes over nothing", function()
    start()
    write("02-duplicates/solution.lua", "-- mine")
    local result = run("start", "2")
    assert.equal(1, result.code)
    has(result.err, "02-duplicates/ is there already, with solution.lua in it",
      "Next: perilune watch 2")
    assert.equal("-- mine", files.read(folder .. "/02-duplicates/solution.lua"))
  end)

  it("puts none into the folder of one", function()
    start()
    local function inside(number)
      return program.run({ "start", number }, folder .. "/02-duplicates").err
    end
    assert.equal("perilune: this is its folder. Next: perilune watch 2\n", inside("2"))
    has(inside("3"), "this is the folder of exercise 2", "cd .. && perilune start 3")
    assert.is_nil(files.kind(folder .. "/02-duplicates/03-cycles"))
  end)

  it("says that a folder cannot be written", function()
    write("02-duplicates", "a file")
    local result = run("start", "2")
    assert.equal(1, result.code)
    assert.equal("perilune: 02-duplicates is there already, and is no folder; "
      .. "nothing was written\n", result.err)
  end)

  it("asks for a start before a check", function()
    local result = run("check", "2")
    assert.equal(2, result.code)
    has(result.err, "perilune start 2")
  end)

  it("names a solution that is not there", function()
    local result = run("check", "2", "no such.lua")
    assert.equal(2, result.code)
    assert.equal("perilune: no such.lua: no such file\n", result.err)
  end)

  it("names a folder that is given for a solution", function()
    assert.equal("perilune: . is a directory, not a file\n", run("check", "2", ".").err)
  end)

  it("fails the starter at its first criterion and waits with the others", function()
    start()
    local result = run("check")
    assert.equal(1, result.code)
    has(result.out, "FAIL  right answers", "solution.lua:6: find_duplicates is not",
      "wait  5x faster", "next: ")
    assert.falsy((result.out .. result.err):find("traceback"))
  end)

  it("passes the reference, except for what a reader decides, until it is changed", function()
    solve()
    local result = run("check", "2")
    has(result.out, "ok    right answers", "ok    5x faster", "ok    growth", "ok    1,000,000",
      "ok    figures", "read  explanation", "5 of 5 passed, 1 for a reader", "perilune compare 2")
    assert.equal(0, result.code)
    has(run("list").out, "passed", "perilune compare 2")
    uv.fs_utime(folder .. "/02-duplicates/solution.lua", os.time() + 5, os.time() + 5)
    has(run("list").out, "started ")
  end)

  it("finds the exercise from its own folder", function()
    start()
    local result = program.run({ "check" }, folder .. "/02-duplicates")
    has(result.out, "Exercise 2", "solution.lua")
  end)

  it("repeats a check with the seed that it printed", function()
    write("wrong.lua", "return {find_duplicates = function(l) return #l > 25 and l or {} end}")
    local first = run("check", "2", "wrong.lua", "--seed", "7f3a")
    has(first.out, "seed 7f3a")
    assert.same(first, run("check", "2", "wrong.lua", "--seed", "7f3a"))
  end)

  it("fails a solution that does not parse", function()
    has(judge("return {").detail, "does not parse", "wrong.lua:1")
  end)

  it("fails a solution that returns no table", function()
    assert.equal("fail", judge("return 42").status)
  end)

  it("fails a solution without the function", function()
    has(judge("return {find = print}").detail, "no function find_duplicates", "find")
  end)

  it("shows the smallest case with a wrong result, expected and got", function()
    local result = judge("return {find_duplicates = function() return {} end}")
    assert.same({ "find_duplicates({5, 5})", "expected {5}", "got      {}" },
      { table.unpack(result.notes, 1, 3) })
  end)

  it("fails a result that is no list", function()
    has(judge("return {find_duplicates = function() return 'x' end}").detail, "not string")
  end)

  it("fails a result without end", function()
    local result = judge("return {find_duplicates = function() local t = {} t[1] = t return t end}")
    has(result.notes[3], "got      {{{{...}}}}")
  end)

  it("tells integers apart that are one double", function()
    local result = judge([[return {find_duplicates = function(list)
      local count, found = {}, {}
      for _, value in ipairs(list) do
        count[value + 0.0] = (count[value + 0.0] or 0) + 1
        if count[value + 0.0] == 2 then found[#found + 1] = value end
      end
      return found
    end}]])
    has(result.detail, "one double")
  end)

  it("shows an error on one line, without control characters", function()
    local result = judge([[return {find_duplicates = function() error("a\nb \27[2J \255") end}]])
    has(result.detail, "wrong.lua:1: a b \\27[2J \\255")
  end)

  it("fails a solution that raises an error", function()
    local result = judge("return {find_duplicates = function() error('oh') end}")
    has(result.detail, "raises an error", "wrong.lua:1: oh")
  end)

  it("fails a solution that ends the process", function()
    local result = judge("return {find_duplicates = function() os.exit(0) end}")
    has(result.detail, "ends its process")
  end)

  it("fails a solution that loops for ever", function()
    local result = judge("return {find_duplicates = function() while true do end end}")
    has(result.detail, "does not come to an end")
  end)

  it("shows a solution neither the worked one nor the manifest", function()
    for _, name in ipairs({ "reference/solution.lua", "exercise.lua", "naive.lua" }) do
      local result = judge(("return {find_duplicates = function() assert(io.open(%q)) end}")
        :format(exercises .. "/02-duplicates/" .. name))
      has(result.detail, "No such file or directory")
    end
  end)

  it("fails a solution that eats memory", function()
    local result = judge("return {find_duplicates = function() local t = {} "
      .. "while true do t[#t + 1] = ('x'):rep(1 << 12):rep(1 << 12) end end}")
    has(result.detail, "memory")
  end)

  it("fails naive, which is right, for its speed and its growth", function()
    start()
    write("02-duplicates/slow.lua",
      ("return {find_duplicates = dofile(%q).find_duplicates_naive}"):format(
        files.absolute(folder) .. "/02-duplicates/naive.lua"))
    local result = run("check", "2", "02-duplicates/slow.lua")
    assert.equal(1, result.code)
    has(result.out, "ok    right answers", "FAIL  5x faster", "at least 5x", "FAIL  growth",
      "O(n^2)", "wait  1,000,000", "wait  figures")
  end)

  it("refuses a module that is off limits and tells why", function()
    local result = judge("return {find_duplicates = require('perilune.hashset').duplicates}")
    assert.equal("off limits", result.status)
    has(result.detail, "perilune compare 2")
  end)

  local function compare(...)
    return program.run({ "compare", ... }, folder, { PERILUNE_EXERCISES = shorter(folder) })
  end

  it("compares naive, the student's, script and native on the same work", function()
    solve()
    local result = compare("2")
    assert.equal(0, result.code)
    has(result.out, "20,000 integers", "\n  naive ", "\n  yours ", "\n  script ", "\n  native ")
  end)

  it("prints the comparison for a program, of the exercise that is started", function()
    start()
    local result = dkjson.decode(compare("--json").out)
    assert.equal(20000, result.size)
    assert.equal(2, result.rows[1].from.growth)
    assert.equal("native", result.rows[4].name)
    assert.is_number(result.rows[3].seconds)
  end)
end)
