local bench = require("perilune.bench")
local statistics = require("perilune.statistics")

--- A measure of two sides whose true ratio is known, with noise of `spread` either way and now and
--- then a half that takes three times as long.
local function noisy(ratio, spread)
  return function(side)
    local seconds = side == "a" and 0.01 * ratio or 0.01
    if math.random() < 0.1 then
      seconds = seconds * 3
    end
    return seconds * (1 + spread * (2 * math.random() - 1))
  end
end

local function points(sizes, instructions, cpu)
  local list = {}
  for i, n in ipairs(sizes) do
    list[i] = { n = n, instructions = instructions and instructions(n), cpu = cpu and cpu(n) }
  end
  return list
end

local SIZES = { 2000, 4000, 8000, 16000 }

describe("statistics", function()
  it("takes the median of odd and even lists, and leaves them as they are", function()
    local list = { 3, 1, 2 }
    assert.are.equal(2, statistics.median(list))
    assert.are.same({ 3, 1, 2 }, list)
    assert.are.equal(2.5, statistics.median({ 4, 1, 3, 2 }))
    assert.are.equal(7, statistics.median({ 7 }))
  end)

  it("has the sign test's ranks", function()
    local list = {}
    for n = 1, 41 do
      list[n] = n
      local median, low, high = statistics.interval(list, 0.0005)
      assert.are.equal(n + 1, low + high)
      assert.are.equal((n + 1) / 2, median)
      -- P(fewer than `low` heads of n) <= 0.0005 < P(one more)
      local cumulated, term = 0, 0.5 ^ n
      for k = 0, low - 1 do
        cumulated, term = cumulated + term, term * (n - k) / (k + 1)
      end
      assert.is_true(n < 11 and low == 1 or cumulated <= 0.0005)
      assert.is_true(cumulated + term > 0.0005)
    end
  end)

  it("finds a slope among wild values", function()
    assert.are.equal(2, statistics.slope({ 1, 2, 3, 4, 5 }, { 2, 4, 6, 100, 10 }))
    assert.are.equal(0, statistics.slope({ 1, 1, 2 }, { 5, 5, 5 }))
  end)
end)

describe("bench.paired", function()
  it("decides after 11 pairs where nothing is uncertain", function()
    local result = bench.paired(noisy(6, 0), { target = 5 })
    assert.are.equal("pass", result.verdict)
    result = bench.paired(function(side)
      return side == "a" and 4 or 1
    end, { target = 5 })
    local ratios = {}
    for pair = 1, 11 do ratios[pair] = 4.0 end
    assert.are.same({ ratio = 4.0, low = 4.0, high = 4.0, verdict = "fail", pairs = 11, a = 4,
      b = 1, ratios = ratios }, result)
  end)

  it("runs each pair once, b first in every other one", function()
    local order = {}
    bench.paired(function(side, pair)
      order[#order + 1] = side .. pair
      return 1
    end, { max_pairs = 3 })
    assert.are.same({ "a1", "b1", "b2", "a2", "a3", "b3" }, order)
  end)

  it("is not wrong in 2,000 comparisons with noise", function()
    math.randomseed(7)
    for _, true_ratio in ipairs({ 4, 4.5, 5.5, 6, 8 }) do
      local right = true_ratio < 5 and "fail" or "pass"
      for _ = 1, 400 do
        local verdict = bench.paired(noisy(true_ratio, 0.05), { target = 5 }).verdict
        assert.is_true(verdict == right or verdict == "inconclusive", true_ratio)
      end
    end
  end)

  it("is inconclusive at the target, after all pairs", function()
    math.randomseed(7)
    local undecided = 0
    for _ = 1, 100 do
      local result = bench.paired(noisy(5, 0.05), { target = 5 })
      if result.verdict == "inconclusive" then
        undecided = undecided + 1
        assert.are.equal(41, result.pairs)
        assert.is_true(result.low < 5 and result.high >= 5)
      end
    end
    assert.is_true(undecided >= 95)
  end)

  it("decides nothing from fewer than 11 pairs", function()
    local result = bench.paired(noisy(100, 0), { target = 5, min_pairs = 3, max_pairs = 10 })
    assert.are.equal("inconclusive", result.verdict)
    assert.are.equal(10, result.pairs)
  end)

  it("ends with the failure of a half", function()
    local calls = 0
    local result, message, code = bench.paired(function(side, pair)
      calls = calls + 1
      if side == "b" and pair == 2 then
        return nil, "stopped after 1 s", "time"
      end
      return 1
    end)
    assert.is_nil(result)
    assert.are.equal("stopped after 1 s", message)
    assert.are.equal("time", code)
    assert.are.equal(3, calls)
  end)

  it("passes an error on", function()
    assert.has_error(function()
      bench.paired(function()
        error("broken", 0)
      end)
    end, "broken")
  end)

  it("takes a time of nothing for the clock's step", function()
    local result = bench.paired(function(side)
      return side == "a" and 1 or 0
    end, { target = 2 })
    assert.are.equal("pass", result.verdict)
    assert.is_true(result.ratio < math.huge)
  end)
end)

describe("bench.growth", function()
  local function class(instructions, cpu, sizes)
    return bench.growth(points(sizes or SIZES, instructions, cpu)).class
  end

  local laws = {
    { "O(1)", function() return 5000 end },
    { "O(1)", function(n) return 5000 * math.log(n) end },
    { "O(n)", function(n) return 7 * n + 300 end },
    { "O(n)", function(n) return n * math.log(n) end },
    { "O(n^2)", function(n) return n * n / 2 + 40 * n end },
    { "O(n^3)", function(n) return n ^ 3 end },
  }
  for _, law in ipairs(laws) do
    it("finds " .. law[1] .. " in exact counts", function()
      assert.are.equal(law[1], class(law[2]))
      assert.are.equal(law[1], class(nil, function(n) return law[2](n) * 1e-5 end))
    end)
  end

  it("gives exponents", function()
    local growth = bench.growth(points(SIZES, function(n) return n * n end))
    assert.are.near(2, growth.exponent, 1e-9)
    assert.are.same({ 1.7, 2.3 }, { growth.low, growth.high })
    assert.are.equal("instructions", growth.by)
  end)

  it("tells that CPU time decided where the work is in C", function()
    local growth = bench.growth(points(SIZES, function(n) return n end,
      function(n) return n * n * 1e-6 end))
    assert.are.equal("O(n^2)", growth.class)
    assert.are.equal("cpu", growth.by)
  end)

  it("names no class between two", function()
    local growth = bench.growth(points(SIZES, function(n) return n ^ 1.5 end))
    assert.is_nil(growth.class)
    assert.are.near(1.5, growth.exponent, 1e-9)
  end)

  it("believes counts, however CPU time wobbles", function()
    math.randomseed(7)
    for _ = 1, 1000 do
      assert.are.equal("O(n)", class(function(n) return 7 * n end, function(n)
        return n ^ 1.1 * 1e-8 * (1 + 0.2 * (2 * math.random() - 1))
      end))
    end
  end)

  it("sees work inside C functions by the CPU time", function()
    local n_squared = function(n) return n * n * 1e-9 end
    assert.are.equal("O(n^2)", class(function(n) return 7 * n end, n_squared))
    assert.are.equal("O(n^2)", class(function() return 0 end, n_squared))
  end)

  it("refuses points that show no growth", function()
    assert.has_error(function()
      bench.growth({ { n = 10, cpu = 1 }, { n = 10, cpu = 2 } })
    end, "growth needs points of two sizes at least")
    assert.has_error(function()
      bench.growth({ { n = 10 }, { n = 20 } })
    end, "growth needs instructions or cpu in every point")
  end)
end)

describe("bench.ranked", function()
  local TIMES <const> = { one = 8, two = 2, three = 4 }
  local function measure(side) return TIMES[side] end

  it("ranks by time, each against the fastest", function()
    local ranking = bench.ranked(measure, { "one", "two", "three" })
    local found = {}
    for i, row in ipairs(ranking) do
      found[i] = { row.side, row.median, row.ratio, row.low, row.high, #row.samples, row.verdict }
    end
    assert.are.same({ { "two", 2, 1.0, 1.0, 1.0, 11 }, { "three", 4, 2.0, 2.0, 2.0, 11 },
      { "one", 8, 4.0, 4.0, 4.0, 11 } }, found)
  end)

  it("goes on until the fastest is known, or a target is decided", function()
    local rounds = 0
    local function close(side, round)
      rounds = round
      return side == "three" and 100 or side == "two" and 2 - (-1) ^ round / 10 or 2
    end
    bench.ranked(close, { "one", "two", "three" })
    assert.are.equal(41, rounds)
    local ranking = bench.ranked(close, { "one", "two", "three" }, { target = 0.5 })
    assert.are.equal(11, rounds)
    assert.are.same({ "pass", "fail" }, { ranking[2].verdict, ranking[3].verdict })
    assert.is_nil(ranking[1].verdict)
  end)

  it("keeps a verdict while others are open", function()
    local ranking = bench.ranked(function(side, round)
      return side == "one" and 10 or side == "two" and (round <= 11 and 1 or 10)
        or round % 2 == 0 and 1 or 10
    end, { "one", "two", "three" }, { target = 5 })
    local verdicts = {}
    for _, row in ipairs(ranking) do verdicts[row.side] = row.verdict end
    assert.are.same({ two = "pass", three = "inconclusive" }, verdicts)
  end)

  it("turns the order around in every other round", function()
    local order = {}
    bench.ranked(function(side, round)
      order[#order + 1] = side .. round
      return 1
    end, { "a", "b", "c" }, { max_pairs = 2 })
    assert.are.same({ "a1", "b1", "c1", "c2", "b2", "a2" }, order)
  end)

  it("ends with the failure of a measure", function()
    assert.are.same({ nil, "stopped", "time" },
      { bench.ranked(function() return nil, "stopped", "time" end, { "a", "b", "c" }) })
  end)
end)

describe("bench.timeit", function()
  it("prepares each sample, and gives the function what it made", function()
    local seen = {}
    local timing = bench.timeit(function(...) seen[#seen + 1] = table.pack(...) end,
      { runs = 3, prepare = function(run) return run, nil end })
    assert.are.same({ { 1, n = 2 }, { 2, n = 2 }, { 3, n = 2 } }, seen)
    assert.are.equal(1, timing.calls)
    bench.timeit(function(calls) seen = calls end,
      { loop = true, calls = 7, prepare = function() return "ignored" end, runs = 1 })
    assert.are.equal(7, seen)
  end)

  it("takes the samples it is asked for, and orders its figures", function()
    local calls = 0
    local timing = bench.timeit(function()
      calls = calls + 1
    end, { runs = 7, min_time = 1e-4 })
    assert.are.equal(7, timing.runs)
    assert.is_true(calls >= 7 * timing.calls)
    assert.is_true(timing.min <= timing.low and timing.low <= timing.median)
    assert.is_true(timing.median <= timing.high)
  end)

  it("reads the clock that it is given", function()
    local now = 0
    local timing = bench.timeit(function(calls)
      now = now + 3 * calls
    end, { loop = true, clock = function() return now end, runs = 11 })
    local samples = {}
    for i = 1, 11 do samples[i] = 3.0 end
    assert.are.same({ median = 3.0, low = 3.0, high = 3.0, min = 3.0, runs = 11, calls = 1,
      samples = samples }, timing)
  end)
end)

describe("bench.compare", function()
  it("gives both sides the pair's own data", function()
    local prepared, seen = 0, {}
    local function side(data, extra)
      seen[#seen + 1] = data[1]
      assert.are.equal("extra", extra)
      data[1] = nil
    end
    local result = bench.compare(side, side, {
      max_pairs = 3,
      prepare = function(pair)
        prepared = prepared + 1
        return { pair * 10 }, "extra"
      end,
    })
    assert.are.equal(3, result.pairs)
    assert.are.equal(6, prepared)
    assert.are.same({ 10, 10, 20, 20, 30, 30 }, seen)
  end)
end)

describe("bench.scaling", function()
  it("finds the class of a loop by its instructions", function()
    local growth = bench.scaling(function(n)
      local sum = 0
      for i = 1, n do
        for j = 1, n do
          sum = sum + i * j
        end
      end
    end, { 50, 100, 200, 400 })
    assert.are.equal("O(n^2)", growth.class)
    assert.are.equal(4, #growth.points)
    assert.are.equal(400, growth.points[4].n)
  end)

  it("leaves the debug hook as it was, also after an error", function()
    local function hook() end
    debug.sethook(hook, "", 1000000)
    pcall(bench.scaling, error, { 1, 2 })
    local found, _, count = debug.gethook()
    debug.sethook()
    assert.are.equal(hook, found)
    assert.are.equal(1000000, count)
  end)

  it("prepares the data of each size", function()
    local growth = bench.scaling(function(list)
      for i = 1, #list do
        list[i] = i
      end
    end, { 1000, 2000, 4000 }, {
      prepare = function(n)
        return table.pack(("x"):rep(n):byte(1, -1))
      end,
    })
    assert.are.equal(3, #growth.points)
  end)
end)

describe("wrong arguments of perilune.bench", function()
  local function nothing() end
  local function refused(name, ...)
    local arguments = table.pack(...)
    local ok, message = pcall(function()
      bench[name](table.unpack(arguments, 1, arguments.n))
    end)
    assert.is_false(ok)
    assert.matches("^spec/host/bench_spec%.lua:%d+: bad argument ", (message:gsub("^%./", "")))
    return message:match("bad argument (.*)")
  end

  it("are errors that name them, at the caller's line", function()
    assert.equal("#1 to 'timeit' (function expected, got nil)", refused("timeit"))
    assert.equal("#2 to 'timeit' (table expected, got 5)", refused("timeit", nothing, 5))
    assert.equal("#1 to 'compare' (function expected, got 1)", refused("compare", 1, nothing))
    assert.equal("#2 to 'compare' (function expected, got nil)", refused("compare", nothing))
    assert.equal("#1 to 'paired' (function expected, got table)", refused("paired", {}))
    assert.equal("#2 to 'ranked' (table expected, got nil)", refused("ranked", nothing))
    assert.equal("#2 to 'ranked' (two sides expected at least, got 1)",
      refused("ranked", nothing, { "a" }))
    assert.equal("#2 to 'scaling' (table expected, got nil)", refused("scaling", nothing))
  end)

  it("are options that there are not, or of another kind", function()
    assert.equal([[#2 to 'timeit' (there is no option "run"; the options: ]]
      .. "calls, clock, loop, min_time, prepare, runs)", refused("timeit", nothing, { run = 3 }))
    assert.equal("#2 to 'timeit' (option 'runs': an integer from 1 expected, got 0)",
      refused("timeit", nothing, { runs = 0 }))
    assert.equal("#3 to 'compare' (option 'target': a number above 0 expected, got \"5\")",
      refused("compare", nothing, nothing, { target = "5" }))
    assert.equal("#2 to 'paired' (option 'min_pairs': an integer from 1 expected, got 1.5)",
      refused("paired", nothing, { min_pairs = 1.5 }))
    assert.matches("option 'target': a number above 0 expected, got %-?nan",
      refused("ranked", nothing, { "a", "b" }, { target = 0 / 0 }))
    assert.equal("#3 to 'scaling' (option 'prepare': function expected, got boolean)",
      refused("scaling", nothing, { 1, 2 }, { prepare = true }))
  end)

  it("are sizes between which nothing grows", function()
    assert.equal("#2 to 'scaling' (two different sizes expected at least)",
      refused("scaling", nothing, { 5, 5 }))
    assert.equal("#2 to 'scaling' (item 1: a number above 0 expected, got 0)",
      refused("scaling", nothing, { 0, 10 }))
    assert.equal("#2 to 'scaling' (item 2: a number above 0 expected, got \"2\")",
      refused("scaling", nothing, { 1, "2" }))
  end)

  it("are none where what is given can be called", function()
    local calls = 0
    local callable = setmetatable({}, { __call = function() calls = calls + 1 end })
    assert.equal(3, bench.timeit(callable, { runs = 3, calls = 1 }).runs)
    assert.equal(3, calls)
  end)
end)
