--- Exercise 5 as a student meets it, with numbers that take a fifth of the time.
local dkjson = require("dkjson")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local shorter = require("spec.cli.shorter")
local texts = require("spec.cli.texts")

local has = texts.has

local FOLDER <const> = exercises .. "/05-concurrency"

describe("exercise 5", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder, own, variables

  --- Runs in the student's own folder.
  local function run(...) return program.run({ ... }, own, variables) end

  local function above(...) return program.run({ ... }, folder, variables) end

  before_each(function()
    folder = program.folder()
    own = folder .. "/05-concurrency"
    variables = { PERILUNE_EXERCISES = shorter(folder), LC_ALL = "C.UTF-8" }
    assert.equal(0, above("start", "5").code)
  end)
  after_each(function() program.remove(folder) end)

  local function solve(...) texts.solve(FOLDER, own, ...) end

  it("starts with what its page names", function()
    for _, name in ipairs({ "README.md", "answers.md", "solution.lua", "solution_spec.lua",
      "naive.lua", "numbers.lua", "lanes.lua", "chart.lua" }) do
      assert.equal("file", files.kind(own .. "/" .. name), name)
    end
    assert.is_nil(files.kind(own .. "/judge"))
    has(above("list").out, "Concurrency", "started", "perilune check 5")
  end)

  it("fails as it is started, and says where to begin", function()
    local result = run("check")
    assert.equal(1, result.code)
    has(result.out, "ok    solution ", "FAIL  factor_all ", "solution.lua:9:",
      "factor_all is not written yet",
      "wait  at work at once", "next: correct that")
  end)

  it("shows commands that work", function()
    solve("solution.lua")
    local list, printed = texts.commands(FOLDER), {}
    assert.equal(4, #list)
    for i, arguments in ipairs(list) do
      local result = run(table.unpack(arguments))
      assert.equal("", result.err)
      printed[i] = result.out
    end
    assert.matches("^549755813888\t39\t%S+\n999999000001\t1\t%S+\n999966000289\t2\t", printed[1])
    assert.equal(100, select(2, printed[2]:gsub("%d+\t[%d ]+\n", "")))
    assert.matches("^[%d.e-]+\t[%d.e-]+\n$", printed[3])
    assert.matches("^pool\t%S+\nloop\t%S+\n$", printed[4])
  end)

  it("draws who did what when", function()
    solve("solution.lua")
    local result = run("lanes.lua", "2", "lanes.svg")
    assert.equal("", result.err)
    has(result.out, "100 numbers, 2 workers\n", "\none after another ", "\npooled ", "\nspeed-up ",
      "\nno pool   █", "\nworker 1 ", "\nworker 2 ", "█")
    local tasks = 0
    for count in result.out:gmatch(" (%d+) tasks ") do tasks = tasks + tonumber(count) end
    assert.equal(100, tasks)
    for line in result.out:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 80, line) end
    assert.matches("^<svg ", files.read(own .. "/lanes.svg"))
    has(run("--impl", "script", "lanes.lua", "2").out, "\nworker 1 ", " 100 tasks ")
  end)

  it("draws nothing of a pool that nobody uses", function()
    assert(files.write(own .. "/solution.lua", [[
      local function none(numbers) local l = {} for i = 1, #numbers do l[i] = {} end return l end
      return { factor_all = none, factor_all_pooled = function() return {} end }]]))
    has(run("lanes.lua").out, "factor_all_pooled gave no task to a pool of perilune.pool.")
  end)

  it("compares no pool, the student's, script and native", function()
    solve("solution.lua")
    local result = above("compare", "5", "--json")
    assert.equal(0, result.code)
    local rows, names = dkjson.decode(result.out).rows, {}
    for i, row in ipairs(rows) do
      names[i] = row.name
      assert.is_number(row.seconds)
      assert.is_number(row.cpu)
      assert.is_nil(row.from)
    end
    assert.same({ "naive", "yours", "script", "native" }, names)
  end)

  it("is shown by the demonstration", function()
    local result = above("demo", "5")
    assert.equal("", result.err)
    has(result.out, "10 numbers up to 1e12, a worker for each processor, median wall time of 5",
      "wall time       CPU time       vs naive      vs script", "\n  naive ", "\n  script ",
      "\n  native ", "ok    at work at once", "ok    CPU time", "1 for a reader",
      "perilune start 5")
  end)

  it("has tests to begin with, which the worked solution passes", function()
    solve("solution.lua")
    local result = run("test")
    has(result.out, "3 successes / 0 failures / 0 errors")
    assert.equal(0, result.code)
  end)
end)
