--- The judge, with children and a bench that are told what to do.
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local report = require("perilune.lab.report")

--- A child whose functions run here; a call that raises {message, code} is a child that died so.
local Child = {}
Child.__index = Child

function Child:functions()
  local names = {}
  for name in pairs(self.returned) do names[#names + 1] = name end
  table.sort(names)
  return names
end

function Child:put(...)
  self.arguments = table.pack(...)
  return true
end

function Child:call(name)
  local ok, result = pcall(self.returned[name], table.unpack(self.arguments))
  if not ok then return nil, table.unpack(result) end
  self.result = result
  return { cpu = self.cpu, wall = self.cpu }
end

function Child:each(name, list)
  local answers = {}
  for i, arguments in ipairs(list) do
    local ok, result = pcall(self.returned[name], table.unpack(arguments, 1, arguments.n))
    if not ok then return nil, table.unpack(result) end
    answers[i] = { n = 1, result }
  end
  return answers
end

function Child:count(name)
  local spent, message, code = self:call(name)
  if not spent then return nil, message, code end
  spent.instructions = self.arguments[1] ^ self.growth
  return spent
end

function Child:take() return self.result end

function Child:invoke(name, ...)
  self.arguments = table.pack(...)
  local spent, message, code = self:call(name)
  if not spent then return nil, message, code end
  return true, self.result
end

function Child.layers() return {} end

function Child:close() self.closed = true end

Child.__close = Child.close

local FOLDER <const> = "/exercise"
local double = { double = function(n) return 2 * n end }

--- Starts children that return `own` (or naive) and remembers them.
local function starter(own, options)
  options = options or {}
  local started = {}
  return function(given)
    local is_naive = given.file == FOLDER .. "/naive.lua"
    local child = setmetatable({
      returned = is_naive and { double_naive = double.double } or own,
      cpu = is_naive and 1 or options.cpu or 0.1,
      growth = options.growth or 1, given = given,
    }, Child)
    started[#started + 1] = child
    return child
  end, started
end

local bench = {
  paired = function(measure, options)
    local a, b, message, code
    for pair = 1, 11 do
      a = measure("a", pair)
      b, message, code = measure("b", pair)
      if not b then return nil, message, code end
    end
    local ratio = a / b
    local verdict = ratio >= options.target and "pass" or "fail"
    return { ratio = ratio, low = ratio, high = ratio, verdict = verdict, pairs = 11,
      a = a, b = b }
  end,
  growth = function(points)
    if points[2].instructions == 0 then
      return { exponent = 0, class = "O(1)", by = "cpu" }
    end
    local exponent = math.log(points[2].instructions / points[1].instructions, 2)
    local class = ({ "O(n)", "O(n^2)" })[math.tointeger(exponent)]
    return { exponent = exponent, class = class, by = "instructions" }
  end,
}

local function cases()
  local list = {}
  for n = 1, 3 do list[n] = { label = "the number " .. n, arguments = table.pack(n) } end
  return list
end

local function exercise_with(...)
  return {
    number = 7, name = "double", id = "07-double", folder = FOLDER, title = "Double",
    functions = { "double" }, concurrent = true,
    naive = { file = "naive.lua", name = "double_naive", growth = 2 },
    generate = function(n) return n end,
    expected = function(n) return 2 * n end,
    forbidden = { modules = { "doubling" }, reason = "it is what you write" },
    checks = { ... }, hints = {},
  }
end

local RIGHT <const> = { name = "right", label = "right", kind = "agrees", cases = cases }
local FASTER <const> = { name = "faster", label = "faster", kind = "faster", needs = { "right" },
  size = 100, target = 5, at = 1000 }
local GROWTH <const> = { name = "growth", label = "growth", kind = "growth", sizes = { 8, 16 },
  classes = { ["O(n)"] = true } }

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

describe("written answers", function()
  local FIGURES <const> = { name = "figures", label = "figures", kind = "figures",
    faster = "faster", large = "large", tolerance = 2, large_tolerance = 4,
    sizes = { low = 10, high = 1000 },
    headings = { size = "n", naive = "Naive", own = "Own", ratio = "Ratio", large = "Large" } }
  local LARGE <const> = { name = "large", label = "large", kind = "agrees", cases = function()
    return { { label = "large", arguments = table.pack(1000) } }
  end }

  local folder

  before_each(function() folder = files.scratch() end)
  after_each(function() files.remove_tree(folder) end)

  --- The result of the figures check: measured here are 10x and 0.1 s on the long list.
  local function figures(n, naive, own, ratio, large)
    local text = ("# A\n## n\n%s\n## Naive\n%s\n## Own\n%s\n## Ratio\n%s\n## Large\n%s\n"):format(
      n, naive, own, ratio, large)
    assert(files.write(folder .. "/answers.md", text))
    local judged = judge.run(exercise_with(RIGHT, FASTER, LARGE, FIGURES), folder .. "/own.lua",
      { seed = 1, start = starter(double), bench = bench })
    return judged.results[4]
  end

  local function fails(line, part, ...)
    local result = figures(...)
    assert.equal("fail", result.status)
    assert.truthy(result.detail:find("answers.md:" .. line .. ":", 1, true), result.detail)
    assert.truthy(result.detail:find(part, 1, true), result.detail)
  end

  it("pass when they agree with each other and with the measures", function()
    assert.equal("pass", figures("100", "1.2 s", "110 ms", "11x", "0.1 s").status)
  end)

  it("may be rounded", function()
    assert.equal("pass", figures("n = 100", "about 1 s", "0.09 s", "11.4 times", "90 ms").status)
  end)

  it("may be measured at another size than the judge's", function()
    assert.equal("pass", figures("10", "1 s", "100 ms", "10", "0.1 s").status)
  end)

  it("fail when the speed-up is not the quotient", function()
    fails(9, "10.0x", "100", "1 s", "100 ms", "17x", "0.1 s")
  end)

  it("fail when the speed-up is far from the measured one", function()
    fails(9, "measured here", "100", "3 s", "100 ms", "30x", "0.1 s")
  end)

  it("fail when the long list's time is far from the measured one", function()
    fails(11, "measured here", "100", "1 s", "100 ms", "10x", "9 s")
  end)

  it("fail with the line of a figure that cannot be read", function()
    fails(5, "no time with a unit", "100", "very slow", "100 ms", "10x", "0.1 s")
    fails(7, "no time with a unit", "100", "1 s", "0.1", "10x", "0.1 s")
    fails(3, "no number", "many", "1 s", "100 ms", "10x", "0.1 s")
  end)

  it("fail when one is not filled in", function()
    fails(10, "'Large' is not filled in", "100", "1 s", "100 ms", "10x", "<!-- here -->")
  end)

  it("fail at a size that cannot be measured", function()
    fails(3, "from 10 to 1,000", "5", "1 s", "100 ms", "10x", "0.1 s")
  end)
end)
