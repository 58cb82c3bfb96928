--- Exercise 4 as a student meets it.
local dkjson = require("dkjson")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local texts = require("spec.cli.texts")

local has = texts.has

local REFERENCE <const> = exercises .. "/04-memoization/reference"

describe("exercise 4 #course", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  before_each(function() folder = program.folder() end)
  after_each(function() program.remove(folder) end)

  local function run(...) return program.run({ ... }, folder) end

  local function start() assert.equal(0, run("start", "4").code) end

  local function solve()
    start()
    for _, name in ipairs({ "solution.lua", "answers.md" }) do
      assert(files.write(folder .. "/04-memoization/" .. name,
        assert(files.read(REFERENCE .. "/" .. name))))
    end
  end

  it("starts with what its page names", function()
    local result = run("start", "memoization")
    has(result.out, "Exercise 4  Memoization", "04-memoization/solution.lua", "perilune watch 4")
    for _, name in ipairs({ "README.md", "answers.md", "fib35.lua", "solution_spec.lua" }) do
      assert.equal("file", files.kind(folder .. "/04-memoization/" .. name), name)
    end
    assert.is_nil(files.kind(folder .. "/04-memoization/judge"))
    has(run("list").out, "Memoization", "perilune watch 4")
  end)

  it("fails as it is started, and says where to begin", function()
    start()
    local result = run("check", "4")
    assert.equal(1, result.code)
    has(result.out, "ok    solution", "FAIL  fib ", "solution.lua:6: fib is not",
      "wait  fib: calls", 'not run: needs "memoize"', "next: write it")
  end)

  it("waits with all criteria for a file that does not parse", function()
    start()
    assert(files.write(folder .. "/04-memoization/solution.lua", "return {"))
    local result = dkjson.decode(run("check", "4", "--json").out)
    assert.equal("fail", result.results[1].status)
    assert.equal(#result.results - 1, result.counts.wait)
  end)

  it("passes its worked solution", function()
    solve()
    local result = run("check", "4")
    has(result.out, "29,860,703 calls", "33 hits, 36 misses, size 36", "17 of 17 passed",
      "1 for a reader", "perilune compare 4")
    assert.equal(0, result.code)
  end)

  it("compares naive, the student's memoize, script and native on the same work", function()
    solve()
    local result = run("compare", "4")
    assert.equal(0, result.code)
    has(result.out, "200,000 requests", "\n  naive ", "\n  yours ", "\n  script ", "\n  native ",
      "extrapolated as n from")
  end)

  it("is shown by the demonstration", function()
    local result = program.run({ "demo", "4" }, folder, { TMPDIR = folder })
    assert.equal("", result.err)
    has(result.out, "\n  script ", "\n  native ", "29,860,703 calls", "17 of 17 passed",
      "perilune start 4")
    assert.equal(0, result.code)
  end)

  it("compares nothing that is off limits", function()
    start()
    assert(files.write(folder .. "/04-memoization/solution.lua",
      "return { memoize = require('perilune.memo').wrap }"))
    local result = run("compare", "4")
    assert.equal(1, result.code)
    has(result.out, "yours    perilune.memo is what you are writing")
  end)

  it("has tests to begin with, which the worked solution passes", function()
    solve()
    local result = program.run({ "test" }, folder .. "/04-memoization")
    has(result.out, "3 of 3 passed")
    assert.equal(0, result.code)
  end)

  it("shows what the given script is for", function()
    solve()
    local result = program.run({ "profile", "fib35.lua" }, folder .. "/04-memoization")
    has(result.err, "29,860,703")
  end)
end)
