--- The judge, with children and a bench that are told what to do.
local doubling = require("spec.host.doubling")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")

local bench, double, exercise_with, starter =
  doubling.bench, doubling.double, doubling.exercise_with, doubling.starter
local FASTER <const>, GROWTH <const>, RIGHT <const> =
  doubling.FASTER, doubling.GROWTH, doubling.RIGHT

describe("the judge", function()
  local function run(exercise, own, options)
    local start, started = starter(own, options)
    local judge_options = { seed = 1, start = start, bench = bench }
    return judge.run(exercise, "/somewhere/own.lua", judge_options), started
  end

  local function dying(message, code)
    return { double = function() error({ message, code }) end }
  end

  it("passes what is right", function()
    local judged = run(exercise_with(RIGHT), double)
    assert.equal("passed", judged.verdict)
    assert.equal("pass", judged.results[1].status)
  end)

  --- A check that passes, or does not, and takes no child.
  local function decided(name, status, more)
    local check = { name = name, label = name, decide = function()
      return { status = status or "pass", detail = "" }
    end }
    for field, value in pairs(more or {}) do check[field] = value end
    return check
  end

  local function names_of(results)
    local names = {}
    for i, result in ipairs(results) do names[i] = result.name end
    return table.concat(names, " ")
  end

  it("decides what is slow or reads clocks, or needs that, last, where it is told to", function()
    local exercise = exercise_with(decided("a", "pass", { slow = true }), decided("b"),
      decided("c", "pass", { needs = { "a" } }), decided("d", "pass", { needs = { "b" } }),
      decided("e", "pass", { timed = true }))
    local fallen = {}
    local judged = judge.run(exercise, "own.lua", {
      seed = 1, quick_first = true, after = function(result) fallen[#fallen + 1] = result end,
    })
    assert.equal("b d a c e", names_of(fallen))
    assert.equal("a b c d e", names_of(judged.results))
    assert.same({ a = false, b = true, c = false, d = true, e = false }, judge.quick(exercise))
  end)

  it("stops at the first failure, where it is told to", function()
    local exercise = exercise_with(decided("a"), decided("b", "fail"), decided("c"))
    local judged = judge.run(exercise, "own.lua", { seed = 1, first_failure = true })
    assert.equal("a b", names_of(judged.results))
    assert.equal("failed", judged.verdict)
  end)

  it("names what is in the way: the first failure, else the first that is inconclusive", function()
    local function obstacle(...)
      local found = judge.obstacle(judge.run(exercise_with(...), "own.lua", { seed = 1 }).results)
      return found and found.name
    end
    assert.is_nil(obstacle(decided("a"), decided("b", "reader")))
    assert.equal("b", obstacle(decided("a", "inconclusive"), decided("b", "off limits")))
    assert.equal("a", obstacle(decided("a", "inconclusive"), decided("b", "inconclusive")))
  end)

  it("has passed only when every check was decided", function()
    local needy = decided("b", "pass", { needs = { "a" } })
    assert.equal("inconclusive",
      judge.run(exercise_with(decided("a", "reader"), needy), "own.lua", { seed = 1 }).verdict)
  end)

  it("closes every child and leaves no scratch folder", function()
    local _, started = run(exercise_with(RIGHT, FASTER, GROWTH), double)
    assert.equal(4, #started)
    for _, child in ipairs(started) do
      assert.is_true(child.closed)
      assert.is_nil(files.kind(child.given.cwd))
    end
  end)

  it("forbids modules to the solution and none to naive", function()
    local _, started = run(exercise_with(RIGHT, FASTER), double)
    for _, child in ipairs(started) do
      local is_own = child.given.file == "/somewhere/own.lua"
      assert.same(is_own and { doubling = "it is what you write" } or nil, child.given.forbidden)
    end
  end)

  it("lets a check have its own forbidden modules", function()
    local check = { forbidden = { modules = { "a", "b" }, reason = "why" } }
    assert.same({ a = "why", b = "why" }, manifest.forbidden(exercise_with(), check))
  end)

  it("keeps other processes off limits, but where an exercise is about them", function()
    local exercise = exercise_with()
    exercise.concurrent = nil
    local reasons = manifest.forbidden(exercise, { forbidden = { modules = {} } })
    for _, name in ipairs({ "luv", "perilune.pool", "io.popen" }) do
      assert.matches("in one process", reasons[name])
    end
  end)

  it("gives all cases at once a part of the time, and each alone the whole", function()
    local check = setmetatable({ limits = { cpu = 8 } }, { __index = RIGHT })
    local function limits_of(own)
      local list, _, started = {}, run(exercise_with(check), own)
      for i, child in ipairs(started) do list[i] = { child.given.cpu, child.given.wall } end
      return list
    end
    assert.same({ { 2, 7.5 } }, limits_of(double))
    assert.same({ { 2, 7.5 }, { 8, 30 } }, limits_of(dying("it loops", "time")))
  end)

  it("goes on from what an earlier run has measured", function()
    local function measuring(check, session)
      session.measures[check.name] = { count = 7 }
      return { status = "pass", detail = "" }
    end
    local function using(_, session)
      return { status = session.measures.a.count == 7 and "pass" or "fail", detail = "" }
    end
    local exercise = exercise_with({ name = "a", label = "a", decide = measuring },
      { name = "b", label = "b", timed = true, decide = using })
    local first = judge.run(exercise, "own.lua", { seed = 1, untimed = true })
    assert.same({ pass = 1, later = 1 }, first.counts)
    assert.equal("passed", judge.run(exercise, "own.lua", { seed = 1, earlier = first }).verdict)
  end)

  it("leaves what reads clocks, and what needs that, for a later run", function()
    local timed = setmetatable({ timed = true }, { __index = FASTER })
    local exercise = exercise_with(RIGHT, timed)
    local judge_as = function(options)
      options.seed, options.start, options.bench = 1, (starter(double)), bench
      return judge.run(exercise, "/somewhere/own.lua", options)
    end
    local first = judge_as({ untimed = true })
    assert.same({ pass = 1, later = 1 }, first.counts)
    local second = judge_as({ earlier = first })
    assert.same({ "pass", "pass" }, { second.results[1].status, second.results[2].status })
    assert.is_nil(second.measures)
    local wrong = judge.run(exercise, "/somewhere/own.lua", {
      seed = 1, start = (starter({ double = tostring })), bench = bench, untimed = true })
    assert.same({ fail = 1, wait = 1 }, wrong.counts)
  end)

  it("shows the first case that is wrong", function()
    local own = { double = function(n) return n == 1 and 2 or 5 end }
    local judged = run(exercise_with(RIGHT), own)
    local result = judged.results[1]
    assert.equal("failed", judged.verdict)
    assert.equal("the number 2: 4 was expected, not 5", result.detail)
    assert.same({
      "double(2)", "expected 4", "got      5", "case 2 of 3; the same again: --seed 1",
    }, result.notes)
  end)

  it("does not run a check whose needs have not passed", function()
    local judged, started = run(exercise_with(RIGHT, FASTER), { double = tostring })
    assert.equal("wait", judged.results[2].status)
    assert.equal('not run: needs "right"', judged.results[2].detail)
    assert.equal(1, #started)
  end)

  it("names the function that a solution lacks", function()
    local judged = run(exercise_with(RIGHT), { doubble = double.double })
    assert.equal("own.lua returns no function double (it returns: doubble)",
      judged.results[1].detail)
  end)

  it("has a line for every way to die", function()
    local parts = {
      error = "raises an error", time = "come to an end", memory = "memory",
      exit = "ends its process", crash = "crashes", output = "prints too much",
      data = "cannot be compared",
    }
    for code, part in pairs(parts) do
      local result = run(exercise_with(RIGHT), dying("the message", code)).results[1]
      assert.equal("fail", result.status)
      assert.truthy(result.detail:find(part, 1, true), result.detail)
    end
  end)

  it("names a module that is not found without where it was looked for", function()
    local message = "solution.lua:1: module 'mine' not found:\n\tno field\n\tno file './mine.lua'"
    local result = run(exercise_with(RIGHT), dying(message, "error")).results[1]
    assert.equal("raises an error: solution.lua:1: module 'mine' not found", result.detail)
  end)

  it("advises about a failure before it advises about an inconclusive check", function()
    local judged = run(exercise_with(GROWTH, RIGHT), { double = tostring }, { growth = 1.5 })
    judged.results[2].hint = "look at the case"
    assert.equal("failed", judged.verdict)
    assert.equal("look at the case", report.advice(judged))
  end)

  it("gives a module that is off limits a status of its own", function()
    local own = dying("'doubling' is off limits: it is what you write", "error")
    local judged = run(exercise_with(RIGHT), own)
    assert.equal("off limits", judged.results[1].status)
    assert.equal("it is what you write", judged.results[1].detail)
    assert.equal("failed", judged.verdict)
  end)

  it("decides a speed by ratio and tells naive's time at a larger size", function()
    local result = run(exercise_with(RIGHT, FASTER), double, { cpu = 0.1 }).results[2]
    assert.equal("pass", result.status)
    assert.truthy(result.detail:find("10.0x", 1, true))
    assert.same({ "naive at 1,000: about 100 s (grows as n^2)" }, result.notes)
  end)

  it("keeps what was measured, and on which machine", function()
    local judged = run(exercise_with(RIGHT, FASTER, GROWTH), double, { cpu = 0.1 })
    local pairs_of, growth = judged.results[2].series, judged.results[3].series
    assert.is_nil(judged.results[1].series)
    assert.same({ "pairs", 5, 100, 1 },
      { pairs_of.kind, pairs_of.target, pairs_of.size, pairs_of.naive })
    assert.same({ { n = 8, instructions = 8, cpu = 0.1 },
      { n = 16, instructions = 16, cpu = 0.1 } },
      growth.points)
    assert.matches("^Lua 5%.4", judged.environment.lua)
    assert.is_table(judged.warnings)
  end)

  it("fails a speed below the target", function()
    local result = run(exercise_with(RIGHT, FASTER), double, { cpu = 0.5 }).results[2]
    assert.equal("fail", result.status)
    assert.equal("at least 5x is asked", result.notes[1])
  end)

  it("fails a fast answer that is wrong", function()
    local own = { double = function(n) return n < 10 and 2 * n or 0 end }
    local result = run(exercise_with(RIGHT, FASTER), own).results[2]
    assert.equal("fail", result.status)
    assert.truthy(result.detail:find("wrong on the timed data", 1, true))
  end)

  it("decides a growth class", function()
    assert.equal("pass", run(exercise_with(GROWTH), double).results[1].status)
    assert.equal("fail", run(exercise_with(GROWTH), double, { growth = 2 }).results[1].status)
  end)

  it("tells what decided a growth class", function()
    local function detail(growth)
      return run(exercise_with(GROWTH), double, { growth = growth }).results[1].detail
    end
    assert.equal("O(n) or O(n log n): VM instructions x2.00 when n doubles", detail(1))
    assert.equal("O(1) or O(log n): CPU time x1.00 when n doubles", detail(-math.huge))
  end)

  it("calls a growth between two classes inconclusive", function()
    local judged = run(exercise_with(GROWTH), double, { growth = 1.5 })
    assert.equal("inconclusive", judged.results[1].status)
    assert.equal("inconclusive", judged.verdict)
  end)

  it("runs a check that a manifest decides itself", function()
    local own = { name = "own", label = "own", decide = function(_, session)
      return { status = "pass", detail = session.exercise.title }
    end }
    assert.equal("Double", run(exercise_with(own), double).results[1].detail)
  end)

  it("counts what a reader decides neither as passed nor as failed", function()
    local reader = { name = "why", label = "why", decide = function()
      return { status = "reader", detail = "for a reader" }
    end }
    local judged = run(exercise_with(RIGHT, reader), double)
    assert.equal("passed", judged.verdict)
    assert.equal("1 of 1 passed, 1 for a reader", report.summary(judged))
  end)
end)
