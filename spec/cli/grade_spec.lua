--- The instructor's path: grade.
local csv = require("perilune.lab.csv")
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local pipe = require("perilune.lab.pipe")
local program = require("spec.cli.program")
local texts = require("spec.cli.texts")
local uv = require("luv")
local zip = require("spec.cli.grade.zip")

local has = texts.has

local RIGHT <const> = "return { double = function(n) return 2 * n end }"
local ANSWERS <const> = "# Why\n\nIt is <twice> as much.\n"

-- By name: the solution, and what its row says.
local WRONG <const> = {
  adds = { "return { double = function(n) return n + 2 end }", "the number 0: 0 was expected" },
  loops = { "return { double = function() while true do end end }", "does not come to an end" },
  eats = { "return { double = function() return ('x'):rep(1 << 30) end }", "more than 64 MiB" },
  exits = { "os.exit(0)", "ends its process" },
  talks = { "return { double = function() while true do print(('x'):rep(999)) end end }",
    "prints too much" },
  torn = { "return {", "does not parse" },
  other = { "return { triple = print }", "no function double" },
  nothing = { "", "returns nothing" },
  binary = { "\27Lua\84\0\25\147\r\n", "does not parse" },
}

describe("grade", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder, exercises

  local function write(name, text) assert(files.write(folder .. "/" .. name, text)) end
  local function make(name) assert(files.make_folder(folder .. "/" .. name)) end
  local function read(name) return assert(files.read(folder .. "/" .. name)) end

  local function run(...)
    return program.run({ ... }, folder, { PERILUNE_EXERCISES = exercises })
  end

  local function grade(...)
    local result = run("grade", "1", "subs", "--seed", "7f3a", ...)
    assert.equal(0, result.code, result.err)
    return result
  end

  local function rows_in(out)
    local records = assert(csv.records(read(out .. "/grades.csv")))
    local by_student = {}
    for _, record in ipairs(records) do by_student[record.student] = record end
    return by_student, records
  end

  setup(function()
    folder = program.folder()
    exercises = folder .. "/exercises"
    make("exercises")
    make("exercises/01-double")
    write("exercises/01-double/exercise.lua", assert(files.read("spec/cli/grade/exercise.lua")))
    make("hidden")
    write("hidden/more.lua", [[return { checks = { { name = "big", label = "big numbers",
      kind = "agrees", needs = { "right" }, cases = function()
        return { { label = "secret", arguments = table.pack(777777) } }
      end } } }]])
    for _, name in ipairs({ "subs", "subs/alice", "subs/bob", "subs/bob/01-double", "subs/empty",
      "subs/lost", "subs/link", "subs/pipe" }) do
      make(name)
    end
    write("subs/alice/solution.lua", RIGHT)
    write("subs/alice/answers.md", ANSWERS)
    write("subs/bob/01-double/solution.lua", RIGHT)
    write("subs/bob/solution_spec.lua", "error('not run')")
    write("subs/lost/report.txt", "see attachment")
    assert(uv.fs_symlink(folder .. "/subs/alice/solution.lua", folder .. "/subs/link/solution.lua"))
    write("subs/pipe/solution.lua", RIGHT)
    os.execute(("mkfifo '%s/subs/pipe/answers.md'"):format(folder))
    for name, wrong in pairs(WRONG) do write("subs/" .. name .. ".lua", wrong[1]) end
    write("subs/packed.zip", zip.of({ { "work/solution.lua", RIGHT }, { "work/answers.md",
      ANSWERS }, { "__MACOSX/._solution.lua", "x" } }))
    write("subs/escape.zip", zip.of({ { "../../outside.lua", "x" } }))
    write("subs/torn.zip", "PK")
    local many = {}
    for i = 1, 201 do many[i] = { i .. ".lua", "" } end
    write("subs/many.zip", zip.of(many))
    write("subs/notes.txt", "nobody's")
    write("roster.csv", 'name,student,group\r\n"Roe, ""Al""",alice,1\r\nMiss,nemo,2\r\n')
    write("marks.csv", "student,why,comment\nalice,2.5,=1+1\n")
    grade("--out", "out", "--roster", "roster.csv", "--marks", "marks.csv", "--hidden", "hidden",
      "-j", "2")
  end)

  teardown(function() program.remove(folder) end)

  it("gives everything a row, with a verdict and a reason", function()
    local rows = rows_in("out")
    for _, name in ipairs({ "alice", "packed" }) do
      assert.equal("passed", rows[name].verdict, rows[name].reason)
    end
    for name, wrong in pairs(WRONG) do
      if name ~= "torn" then
        assert.equal("failed", rows[name].verdict)
        has(rows[name].reason, wrong[2])
      end
    end
    for name, reason in pairs({
      empty = "the folder is empty", lost = "no solution.lua in it (there is: report.txt)",
      link = "solution.lua is a link", pipe = "answers.md is a fifo", torn = "two submissions",
      escape = "leads out of it", many = "a zip of 201 files",
    }) do
      assert.equal("not judged", rows[name].verdict)
      has(rows[name].reason, reason)
    end
    assert.equal("missing", rows.nemo.verdict)
  end)

  it("counts passed checks, hidden ones apart, and leaves out a reader's", function()
    local rows = rows_in("out")
    local function score(name)
      local row = rows[name]
      return { row.passed, row.of, row["hidden passed"], row["hidden of"] }
    end
    assert.same({ "2", "2", "1", "1" }, score("alice"))
    assert.same({ "0", "2", "0", "1" }, score("adds"))
    assert.equal("reader", rows.alice.why)
    assert.equal("fail", rows.bob.why)
  end)

  it("carries the roster's columns and a reader's marks", function()
    local rows, list = rows_in("out")
    assert.equal('Roe, "Al"', rows.alice.name)
    assert.equal("2.5", rows.alice["why mark of 3"])
    assert.equal("'=1+1", rows.alice.comment)
    assert.same({ "alice", "nemo" }, { list[1].student, list[2].student })
  end)

  it("writes a page a student, which tells no hidden input, and one of the class", function()
    local page = read("out/students/alice.html")
    has(page, "big numbers", "Mark: 2.5 of 3", "It is &lt;twice&gt; as much.",
      "perilune check 1 solution.lua --seed 7f3a")
    assert.falsy(page:find("777777", 1, true) or page:find("secret", 1, true))
    has(read("out/students/nemo.html"), "missing")
    has(read("out/index.html"), "Double &amp; more", 'href="students/alice.html"', "Distribution")
  end)

  it("writes a table for marks, and never over one that is there", function()
    local record = assert(csv.records(read("out/marks.csv")))[1]
    assert.same({ student = "alice", why = "2.5", comment = "'=1+1" }, record)
    make("read")
    write("read/marks.csv", "student,why\nalice,3\n")
    local told = dkjson.decode(grade("--out", "read", "--json").out)
    assert.equal("student,why\nalice,3\n", read("read/marks.csv"))
    assert.same({ "7f3a", "read", 0, { "notes.txt" } },
      { told.seed, told.out, told.kept, told.skipped })
    assert.equal(2, told.counts.passed)
    assert.same({ student = "adds", verdict = "failed" }, told.results[1])
  end)

  it("refuses a sandbox that there is not", function()
    local result = run("grade", "1", "subs", "--sandbox", "ful")
    assert.equal(2, result.code)
    has(result.err, "unknown mode 'ful'; did you mean 'full'?")
  end)

  it("writes JUnit's XML and JSON", function()
    has(read("out/junit.xml"), '<testcase classname="alice" name="right answers"/>',
      '<error message="the folder is empty"/>')
    assert.equal("7f3a", dkjson.decode(read("out/results.json")).seed)
  end)

  it("says how to judge each again, and that gives the same", function()
    local rows = rows_in("out")
    local words = {}
    for word in rows.adds.replay:match("^perilune (.*)"):gmatch("%S+") do
      words[#words + 1] = word
    end
    local result = run(table.unpack(words))
    assert.equal(1, result.code)
    has(result.out, "the number 0: 0 was expected", "big numbers")
  end)

  it("gives the same grades for the same submissions and seed, whatever the workers", function()
    local names = { "roster.csv", "marks.csv", "hidden" }
    grade("--out", "again", "--roster", names[1], "--marks", names[2], "--hidden", names[3],
      "-j", "1")
    local function graded(out) return (read(out .. "/grades.csv"):gsub(out .. "/", "/")) end
    assert.equal(graded("out"), graded("again"))
  end)

  describe("with a name taken from a part of it", function()
    it("leaves out what the pattern does not fit", function()
      make("named")
      write("named/Ann_12_file.lua", RIGHT)
      write("named/unnamed.lua", RIGHT)
      local result = run("grade", "1", "named", "--names", "^(%a+)_", "--out", "names")
      has(result.err, "left out: unnamed.lua")
      assert.equal("failed", rows_in("names").Ann.verdict)
      assert.falsy(files.kind(folder .. "/names/students/unnamed.html"))
    end)
  end)

  it("goes on where it was, and judges again what has changed", function()
    make("some")
    write("some/same.lua", RIGHT)
    write("some/changing.lua", WRONG.adds[1])
    local function again(...)
      local result = run("grade", "1", "some", "--out", "on", ...)
      assert.equal(0, result.code, result.err)
      return result.out
    end
    again()
    local before = read("on/records/same.json")
    write("some/changing.lua", RIGHT)
    write("some/new.lua", RIGHT)
    has(again("--resume"), "1 kept from before")
    assert.equal(before, read("on/records/same.json"))
    local rows = rows_in("on")
    assert.same({ "pass", "pass" }, { rows.changing.right, rows.new.right })
    has(again("--resume"), "3 kept from before")
    write("exercises/01-double/judge.lua", "-- another judge")
    has(again("--resume"), "3 students")
    assert.falsy(again("--resume", "--seed", "1"):find("kept", 1, true))
  end)

  describe("when it is interrupted", function()
    --- An exercise of its own, in which the texts are replaced.
    local function make_exercise(name, ...)
      local text = assert(files.read("spec/cli/grade/exercise.lua"))
      for _, change in ipairs({ ... }) do
        local from, to = text:find(change[1], 1, true)
        text = text:sub(1, from - 1) .. change[2] .. text:sub(to + 1)
      end
      make(name)
      make(name .. "/05-double")
      write(name .. "/05-double/exercise.lua", text)
    end

    --- Grades `name` until a file is there that `record` names, and interrupts.
    local function interrupted(name, record)
      local out, process, code = ("%s/%s-out"):format(folder, name), nil, nil
      local output = uv.new_pipe(false)
      process = assert(uv.spawn(program.path, {
        args = { "grade", "5", name .. "-subs", "--out", out, "-j", "1" }, cwd = folder,
        env = program.environment({ PERILUNE_EXERCISES = folder .. "/" .. name }),
        stdio = { nil, output },
      }, function(status) code = status process:close() end))
      local printed, timer = nil, uv.new_timer()
      pipe.whole(output, function(text) printed = text end)
      timer:start(20, 20, function()
        if code or files.kind(out .. record) then
          if not code then process:kill("sigint") end
          timer:close()
        end
      end)
      uv.run()
      assert.equal(130, code)
      has(printed, "the same command goes on with --resume")
      return out
    end

    it("leaves what is done", function()
      make_exercise("slow", { "cpu = 0.3, wall = 10", "cpu = 60, wall = 60" })
      make("slow-subs")
      write("slow-subs/a.lua", WRONG.adds[1])
      write("slow-subs/b.lua", WRONG.loops[1])
      interrupted("slow", "/records/a.json")
      local rows = rows_in("slow-out")
      assert.equal("failed", rows.a.verdict)
      has(rows.b.reason, "--resume")
    end)

    it("goes on from what was decided without clocks", function()
      make_exercise("timed", { "local list = {}", [[local list = {}
        local log <close> = assert(io.open("cases", "a"))
        log:write("taken\n")]] },
        { "decide = function() return RIGHT end", [[decide = function(_, run)
          if not io.open("go") then
            assert(io.open("timed-out/began", "w"))
            while true do require("perilune.clock").sleep(0.01) end
          end
          return RIGHT
        end]] })
      make("timed-subs")
      write("timed-subs/a.lua", RIGHT)
      write("timed-subs/b.lua", RIGHT)
      local out = interrupted("timed", "/began")
      write("go", "")
      local result = program.run({ "grade", "5", "timed-subs", "--out", out, "--resume" }, folder,
        { PERILUNE_EXERCISES = folder .. "/timed" })
      assert.equal(0, result.code, result.err)
      local rows = rows_in("timed-out")
      assert.same({ "pass", "pass" }, { rows.a.quick, rows.b.right })
      assert.equal("taken\n", read("cases")) -- by the one worker of the first batch
      assert.same({ "a.json", "b.json" }, files.list(out .. "/records"))
    end)
  end)

  for what, arguments in pairs({
    ["no exercise '9'"] = { "9", "subs" }, ["no such folder"] = { "1", "nowhere" },
    ["earlier batch"] = { "1", "subs", "--out", "out" },
    ["is no Lua pattern"] = { "1", "subs", "--names", "(" },
    ["is no number of workers"] = { "1", "subs", "-j", "0" },
  }) do
    it("refuses with: " .. what, function()
      local result = run("grade", table.unpack(arguments))
      assert.equal(2, result.code)
      has(result.err, what)
    end)
  end

  for what, given in pairs({
    ["line 2: 'nine' is no mark for why"] = { "--marks", "student,why\nalice,nine\n" },
    ["has marks, and is no student here"] = { "--marks", "student,why\nzorro,1\n" },
    ["a quotation mark is not closed"] = { "--roster", 'student\n"al' },
  }) do
    it("says of a table that is wrong: " .. what, function()
      write("wrong.csv", given[2])
      local result = run("grade", "1", "subs", "--out", "refused", given[1], "wrong.csv")
      assert.equal(1, result.code)
      has(result.err, what)
    end)
  end

  it("says of hidden checks what is wrong with them", function()
    make("faulty")
    write("faulty/a.lua", "return { { name = 'right', kind = 'agrees' } }")
    local result = run("grade", "1", "subs", "--out", "refused", "--hidden", "faulty")
    has(result.err, "a.lua: the check 'right' is there already")
  end)
end)
