--- Exercise 3 as a student meets it.
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local texts = require("spec.cli.texts")

local has = texts.has

local FOLDER <const> = exercises .. "/03-cycles"

describe("exercise 3 #course", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder, own

  before_each(function()
    folder = program.folder()
    own = folder .. "/03-cycles"
    assert.equal(0, program.run({ "start", "3" }, folder).code)
  end)
  after_each(function() program.remove(folder) end)

  local function solve(...) texts.solve(FOLDER, own, ...) end

  it("starts with what its page names", function()
    for _, name in ipairs({ "README.md", "answers.md", "solution.lua", "solution_spec.lua",
      "naive.lua", "ways.lua", "tables.lua", "tracing.lua" }) do
      assert.equal("file", files.kind(own .. "/" .. name), name)
    end
    assert.is_nil(files.kind(own .. "/judge"))
    has(program.run({ "list" }, folder).out, "Memory and cycles", "perilune watch 3")
  end)

  it("shows commands that work", function()
    solve("solution.lua")
    local list, printed = texts.commands(FOLDER), {}
    assert.equal(5, #list)
    for i, arguments in ipairs(list) do
      local result = program.run(arguments, own)
      assert.equal("", result.err)
      printed[i] = result.out
    end
    assert.equal("2\t1\t0\n", printed[1])
    assert.equal(6, select(2, printed[2]:gsub("%d+\t1\tnil\t0\n", "")))
    has(printed[3], "cycles\t1000\n", "freed\t10000\n")
    has(printed[4], "cycles\t1000\n", "freed\t10000\n")
    assert.equal("owner dies\npart dies\n0\n", printed[5])
  end)

  --- The cells of a row that a given script prints.
  local function row(text, title)
    local cells = {}
    for cell in text:match(title:gsub("%p", "%%%0") .. " +([^\n]+)"):gmatch("[%w.-]+ ?[MiB]*") do
      cells[#cells + 1] = cell:match("^%S+")
    end
    return table.concat(cells, " ")
  end

  it("has scripts that print the figures", function()
    solve("solution.lua")
    local ways = program.run({ "ways.lua" }, own)
    assert.equal("", ways.err)
    assert.equal("10000 10000 10000 10000", row(ways.out, "nodes that outlive their release"))
    assert.equal("0 1000 1000 1000", row(ways.out, "cycles"))
    assert.equal("10000 0 0 0", row(ways.out, "nodes left"))
    assert.equal("0 0 1 0", row(ways.out, "collections"))
    local tracing = program.run({ "tracing.lua" }, own).out
    assert.equal("0 0", row(tracing, "  tables left by the collection"))
    assert.equal("10000 10000", row(tracing, "  called in a full collection"))
  end)

  it("compares the student's functions with the versions of the core", function()
    solve("solution.lua")
    local result = program.run({ "compare", "3" }, folder)
    has(result.out, "20,000 nodes in cycles of 10", "\n  naive ", "\n  yours ", "\n  script ",
      "\n  native ")
    assert.equal(0, result.code)
  end)

  it("is shown by the demonstration", function()
    local result = program.run({ "demo", "3" }, folder)
    assert.equal("", result.err)
    has(result.out, "\n  script ", "\n  native ", "naive leaves 10,000 of them", "9 of 9 passed",
      "1 for a reader", "perilune start 3")
    assert.equal(0, result.code)
  end)

  it("has tests to begin with, which the worked solution passes", function()
    solve("solution.lua")
    local result = program.run({ "test" }, own)
    has(result.out, "3 of 3 passed")
    assert.equal(0, result.code)
  end)
end)
