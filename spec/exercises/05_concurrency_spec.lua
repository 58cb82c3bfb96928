--- The reference passes; what does the work in other ways fails at the right criterion, with a
--- message that says why.
local clock = require("perilune.clock")
local concurrency = require("spec.exercises.concurrency")
local criteria = require("spec.exercises.criteria")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")

local exercise5 = concurrency.criteria
local pooled, sequential = concurrency.pooled, concurrency.sequential
local fails, passes = criteria.fails, criteria.passes
local FOLDER <const>, REFERENCE <const> = exercise5.folder, exercise5.reference
local SEED <const> = exercise5.seed

local MAP <const> = [[
  local p <close> = pool.new({ workers = workers })
  return p:map(compute_prime_factors, numbers)]]

--- Whether no process has a command line, or in a little while none has.
local function ends(command)
  local patience = clock.now() + 10
  repeat
    local list <close> = io.popen("ps -eo args")
    if not list:read("a"):find("\n" .. command .. "\n", 1, true) then return true end
  until clock.now() > patience
  return false
end

describe("exercise 5", function()
  before_each(function() exercise5:open() end)
  after_each(function() exercise5:close() end)

  -- One pair of runs, whatever they tell, where the pool's wall time is concerned: that decides
  -- nothing. And as much of it as the machine wants where URLs are.
  local QUICK <const> = {
    wall = { size = 4, pairs = 1, free = math.huge },
    total = { near = math.huge, busy = math.huge },
  }

  --- The exercise, without a look at how fast the machine is.
  local function quick()
    local exercise = setmetatable({ checks = {} }, { __index = exercise5.exercise })
    for i, check in ipairs(exercise5.exercise.checks) do
      exercise.checks[i] = setmetatable({}, { __index = check })
      for name, value in pairs(QUICK[check.name] or {}) do exercise.checks[i][name] = value end
    end
    return exercise
  end

  describe("its worked solution", function()
    it("passes every criterion, and a reader decides the rest", function()
      local judged = judge.run(quick(), REFERENCE .. "/solution.lua", { seed = SEED })
      local other = { why = "reader", bound = "reader", wall = "inconclusive" }
      for _, result in ipairs(judged.results) do
        assert.equal(other[result.name] or "pass", result.status,
          result.name .. ": " .. result.detail)
      end
    end)

    it("is no answer as the starter leaves it", function()
      local judged = judge.run(quick(), FOLDER .. "/starter/solution.lua", { seed = SEED })
      assert.equal(1, judged.counts.pass)
      fails("factor_all is not written yet", judged.results[2])
      fails("factor_all_pooled is not written yet", judged.results[3])
      fails("fetch_all is not written yet", criteria.named(judged, "one_by_one"))
      fails("fetch_all_concurrent is not written yet", criteria.named(judged, "concurrent"))
    end)

    it("is more than the way without a pool", function()
      local path = exercise5:write("solution.lua", "return { factor_all = print }")
      local judged = judge.run(quick(), path, { seed = SEED })
      fails("returns no function factor_all_pooled (it returns: factor_all)", judged.results[1])
      assert.equal(#judged.results - 1, judged.counts.wait)
    end)
  end)

  describe("the factors", function()
    it("are those that trial division finds", function()
      local expected = dofile(FOLDER .. "/judge/factors.lua")
      local naive = dofile(FOLDER .. "/naive.lua").compute_prime_factors
      local list = dofile(FOLDER .. "/numbers.lua")(20, SEED, 3000)
      table.move({ 1, 2, 4, 97, 1 << 39, 999966000289, 999999000001 }, 1, 7, 21, list)
      for i, factors in ipairs(expected(list)) do
        assert.same(naive(list[i]), factors)
      end
    end)

    it("must be right one after another", function()
      local body = "local l = {} for i, n in ipairs(numbers) do l[i] = %s end return l"
      local text = fails("1 has no factors: {} was expected at [1]",
        sequential("sequential", body:format("n")))
      assert.truthy(text:find("factor_all({1})\nexpected {{}}\ngot      {1}", 1, true), text)
      fails("[1][1] does not belong there", sequential("sequential", body:format("{ n }")))
      passes(sequential("sequential", body:format("compute_prime_factors(n)")))
    end)

    it("must be right with one, two and three workers", function()
      passes(pooled("pooled", MAP))
      fails("the square of a prime: ",
        pooled("pooled", "return workers == 1 and numbers[1] and {} or factor_all(numbers)"))
      fails("a prime: ", pooled("pooled", "return workers == 3 and {} or factor_all(numbers)"))
    end)

    it("may come with their number, as map gives them, and with nothing else", function()
      passes(pooled("pooled", "local l = factor_all(numbers) l.n = #l return l"))
      fails("no number: [\"n\"] does not belong there",
        pooled("pooled", "local l = factor_all(numbers) l.n = #l + 1 return l"))
    end)

    it("are computed in the program's own process where there is no pool", function()
      fails("the way without a pool", sequential("sequential", [[
        local p <close> = pool.new({ workers = 1 })
        return p:map(compute_prime_factors, numbers)]]))
    end)
  end)

  describe("two workers", function()
    it("are at work at once", function()
      local result = pooled("workers", MAP)
      assert.matches("^20 calls by 2 processes, at work at once for ", passes(result))
      local spans, calls = result.series.spans, { 0, 0 }
      for _, span in ipairs(spans) do calls[span.worker] = calls[span.worker] + 1 end
      assert.equal(20, calls[1] + calls[2])
      assert.is_true(calls[1] > 0 and calls[2] > 0)
      assert.equal(0, spans[1].start)
    end)

    it("may get their numbers one by one", function()
      passes(pooled("workers", [[
        local p <close> = pool.new({ workers = workers })
        local futures, list = {}, {}
        for i, n in ipairs(numbers) do futures[i] = p:submit(compute_prime_factors, n) end
        for i, future in ipairs(futures) do list[i] = future:result() end
        return list]]))
      passes(pooled("workers", [[
        local p <close> = pool.new({ workers = workers })
        local list = {}
        for i, factors in p:imap(function(n) return compute_prime_factors(n) end, numbers) do
          list[i] = factors
        end
        return list]]))
    end)

    it("do nothing where the program itself does it", function()
      local own = "in the program's own process, none in a worker"
      fails("all 20 calls of compute_prime_factors were made " .. own,
        pooled("workers", "return factor_all(numbers)"))
      fails(own, pooled("workers", [[
        local p = pool.new({ workers = workers })
        for _ = 1, workers do p:submit(clock.sleep, 100) end
        return factor_all(numbers)]]))
    end)

    it("are not helped by the program", function()
      fails("10 calls of compute_prime_factors were made in the program's own", pooled("workers", [[
        local p <close> = pool.new({ workers = workers })
        local list = p:map(compute_prime_factors, { table.unpack(numbers, 1, 10) })
        for i = 11, #numbers do list[i] = compute_prime_factors(numbers[i]) end
        list.n = nil
        return list]]))
    end)

    it("are more than one", function()
      fails("one worker made all 20 calls", pooled("workers", (MAP:gsub("= workers", "= 1"))))
    end)

    it("are not one that works and one that spins", function()
      local text = [[
        local p <close> = pool.new({ workers = workers })
        local rest = p:submit(function(list)
          for i, n in ipairs(list) do list[i] = compute_prime_factors(n) end
          return list
        end, numbers)
        p:submit(function(list) for _, n in ipairs(list) do %s end end, numbers)
        return rest:result()]]
      fails("one worker made all 20 calls", pooled("workers", text:format("local _ = n")))
      fails("40 calls of compute_prime_factors for 20 numbers; one for each is asked",
        pooled("workers", text:format("compute_prime_factors(n)")))
    end)

    it("are not two that take turns", function()
      fails("2 workers took turns, no two were at work at once", pooled("workers", [[
        local pools = { pool.new({ workers = 1 }), pool.new({ workers = 1 }) }
        local list = {}
        for i, n in ipairs(numbers) do
          list[i] = pools[i % 2 + 1]:submit(compute_prime_factors, n):result()
        end
        for _, p in ipairs(pools) do p:close() end
        return list]]))
    end)

    it("are as many as were asked for", function()
      fails("2 workers at work at once; factor_all_pooled was asked for 3",
        pooled("workers", (MAP:gsub("= workers", "= 2"))))
    end)

    it("factor with the function that is given", function()
      fails('compute_prime_factors of naive.lua was not called: require("naive") gives it',
        pooled("workers", [[
          local list, factor = {}, dofile(package.path:match("([^;]*)given/") .. "../naive.lua")
          for i, n in ipairs(numbers) do list[i] = factor.compute_prime_factors(n) end
          return list]]))
    end)

    it("are not calls that somebody has only written down", function()
      local result = pooled("workers", [[
        local list, now = {}, clock.now()
        local factor = dofile(package.path:match("([^;]*)given/") .. "../naive.lua")
        local file <close> = io.open("calls", "a")
        for i, n in ipairs(numbers) do
          list[i] = factor.compute_prime_factors(n)
          file:write(("%d %d %f %f 5.0\n"):format(i % workers + 1000, n, now, now + 5))
        end
        return list]])
      fails("the calls claim 100 s of processor time; the workers together used", result)
    end)

    it("may fail, which is told as any error", function()
      fails("naive.lua:7: attempt to compare", pooled("workers", [[
        local p <close> = pool.new({ workers = workers })
        return p:map(compute_prime_factors, { "x" })]]))
    end)

    it("tell what they lack", function()
      local result = pooled("workers", [[
        secret = 3
        local p <close> = pool.new({ workers = workers })
        return p:map(function(n) return secret + n end, numbers)]])
      fails("global 'secret' is not set in a worker", result)
      assert.truthy(result.hint:find("make it local", 1, true))
    end)
  end)

  describe("wall time", function()
    --- What a comparison that says this is taken for.
    local function judged(verdict, changes)
      local exercise = exercise5:only("wall")
      for name, value in pairs(changes or {}) do exercise.checks[1][name] = value end
      exercise.checks[1].size = 2
      local bench = { paired = function(measure)
        local b, message = measure("b", 1)
        if not b then return nil, message end
        local a = assert(measure("a", 1))
        return { ratio = a / b, low = 1, high = 2, a = a, b = b, pairs = 1, verdict = verdict }
      end }
      return judge.run(exercise, REFERENCE .. "/solution.lua",
        { seed = SEED, bench = bench }).results[1]
    end

    it("has fallen when it has", function()
      assert.matches("^%S+x %[%S+ %S+%] with 2 workers; 1 pair of 2 numbers, wall time$",
        passes(judged("pass", { free = math.huge })))
    end)

    it("has not fallen where it could", function()
      fails("at least 1.3x is asked", judged("fail", { free = math.huge }))
    end)

    it("is undecided where other programs take the processors", function()
      local result = judged("fail", { free = 0, disturbed = 3 })
      assert.equal("inconclusive", result.status)
      assert.matches("^no two processors were free: in 3 runs, calls took %S+x as long as alone ",
        result.detail)
    end)

    it("is undecided where there is one processor", function()
      local result = judged("pass", { processors = function() return 1 end })
      assert.equal("inconclusive", result.status)
      assert.equal("there is 1 processor here: workers can only take turns", result.detail)
    end)

    it("of wrong results is none", function()
      local result = pooled("wall", "return {}")
      fails("was expected at [1], not nil", result)
    end)
  end)

  describe("CPU time", function()
    local function judged(cpu)
      local exercise = exercise5:only("cpu")
      local decide = exercise.checks[1].decide
      exercise.checks[1].decide = function(check, session)
        session.measures.workers = {
          cpu = cpu, family = cpu, numbers = exercise.generate(4, SEED),
        }
        return decide(check, session)
      end
      return judge.run(exercise, REFERENCE .. "/solution.lua", { seed = SEED }).results[1]
    end

    it("of a pool is not less", function()
      assert.matches("^1.00 s, without a pool .*: a pool saves waiting, not work$",
        passes(judged(1)))
      fails("who did the work?", judged(-1))
    end)
  end)

  describe("answers.md", function()
    --- The figures' result for the reference's answers with one line after a heading replaced.
    local function figures(heading, line, ratio)
      local text = assert(files.read(REFERENCE .. "/answers.md"))
      local first, last = text:find("## " .. heading:gsub("%p", "%%%0") .. "\n[^\n]+")
      exercise5:write("answers.md", ("%s## %s\n%s%s"):format(text:sub(1, first - 1), heading, line,
        text:sub(last + 1)))
      local alone = exercise5:only("figures")
      local decide = require("perilune.lab.checks.facts")
      alone.checks[1].decide = function(check, session)
        session.measures.wall = ratio and { ratio = ratio }
        return decide(check, session)
      end
      return judge.run(alone, exercise5.scratch .. "/solution.lua", { seed = SEED }).results[1]
    end

    it("agrees with itself, and with what was measured where that could be", function()
      local told = "workers 2; wall time, one after another 1.02 s; CPU time, pooled 1.03 s; "
      assert.equal(told .. "speed-up 1.9x", passes(figures("Workers", "2")))
      passes(figures("Workers", "2", 1.5))
      fails("1.9x under 'Speed-up'; 0.8x to 1.8x was expected: with two workers, it was measured",
        figures("Workers", "2", 1.2))
    end)

    it("has a speed-up that is a quotient, and no wonder", function()
      fails("speed-up 2.2x, but 1.02 s / 540 ms is 1.9x", figures("Speed-up", "2.2x"))
      fails("speed-up 1.9x, but", figures("Wall time, pooled", "0.2 s"))
      passes(figures("Workers", "4", 1.2))
      fails("1 under 'Workers'; 2 to 256 was expected", figures("Workers", "1"))
    end)

    it("counts the workers' own time", function()
      fails("20.0 ms under 'CPU time, pooled'; at least 707 ms was expected: the work is the same",
        figures("CPU time, pooled", "0.02 s"))
      fails("under 'Wall time, one after another'; at least", figures("CPU time, one after another",
        "3 s"))
    end)
  end)

  it("ends workers that a solution leaves at work", function()
    passes(pooled("pooled", [[
      local p = pool.new({ workers = 1 })
      p:submit(os.execute, "sleep 543.21 &"):result()
      p:submit(function() while true do end end)
      kept = p
      return factor_all(numbers)]]))
    assert.is_true(ends("sleep 543.21"))
  end)
end)
