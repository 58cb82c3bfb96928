--- The reference passes with the script and the native version; what is wrong fails at the right
--- criterion, with a message that says why.
local memoization = require("spec.exercises.memoization")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

local judge_text = memoization.judge_text
local judge_function = memoization.judge_function
local fails = memoization.fails
local passes = memoization.passes
local write = memoization.write
local exercise = memoization.exercise
local only, FOLDER <const> = memoization.only, memoization.folder
local REFERENCE <const>, SEED <const> = memoization.reference, memoization.seed

--- Whose memoize is judged: also the student's, $PERILUNE_SOLUTION or the one that is started here.
local function versions()
  local list = {}
  for i, name in ipairs({ "solution", "script", "native" }) do
    list[i] = { name = name, file = ("%s/%s.lua"):format(REFERENCE, name) }
  end
  local own = os.getenv("PERILUNE_SOLUTION") or "04-memoization/solution.lua"
  if files.kind(own) and dofile(own).memoize then
    list[#list + 1] = { name = "own", file = own }
  end
  return list
end

describe("exercise 4", function()
  before_each(memoization.open)
  after_each(memoization.close)

  describe("its worked solution", function()
    it("passes every criterion, and a reader decides the rest", function()
      local judged = judge.run(exercise, REFERENCE .. "/solution.lua", { seed = SEED })
      for _, result in ipairs(judged.results) do
        local expected = result.name == "why" and "reader" or "pass"
        -- A sanitizer slows one side of the figures' ratio down, and microseconds are that side.
        if not (SANITIZED and result.name == "figures") then
          assert.equal(expected, result.status, result.name .. ": " .. result.detail)
        end
      end
      assert.equal("29,860,703 calls at n = 35", judged.results[3].detail)
      assert.equal("36 calls at n = 35", judged.results[5].detail)
      assert.truthy(judged.results[6].detail:find("33 hits, 36 misses, size 36", 1, true))
    end)

    it("takes NaN, which is no table key, for an argument", function()
      local calls = 0
      local memoised = dofile(REFERENCE .. "/solution.lua").memoize(function(_, y)
        calls = calls + 1
        return y
      end)
      assert.same({ 1, 1, 2 }, { memoised(0/0, 1), memoised(0/0, 1), (memoised(0/0, 2)) })
      assert.equal(2, calls)
    end)

    it("is no answer as the starter leaves it", function()
      local judged = judge.run(exercise, FOLDER .. "/starter/solution.lua", { seed = SEED })
      assert.equal(1, judged.counts.pass)
      assert.truthy(judged.results[2].detail:find("fib is not written yet", 1, true))
    end)

    it("is more than the naive version", function()
      local judged = judge.run(exercise, FOLDER .. "/naive.lua", { seed = SEED })
      assert.equal(#judged.results - 1, judged.counts.wait)
      fails("returns no function fib_memo (it returns: fib)", judged.results[1])
    end)
  end)

  --- A driver of a memoize that runs here: without a child, and with the real clocks put back.
  local function drive(memoize)
    local clocks = { require("perilune.clock"), require("perilune.native.clock") }
    local sleeps = { clocks[1].sleep, clocks[2].sleep }
    local driver = dofile(FOLDER .. "/judge/driver.lua")({ memoize = memoize })
    for i, clock in ipairs(clocks) do clock.sleep = sleeps[i] end
    return driver
  end

  for _, version in ipairs(versions()) do
    it("has a memoize that is right #" .. version.name, function()
      local driver = drive(dofile(version.file).memoize)
      local model = dofile(FOLDER .. "/judge/model.lua")
      for topic, cases in pairs(dofile(FOLDER .. "/judge/cases.lua")) do
        for _, scenario in ipairs(cases(SEED)) do
          local problem = model.difference(scenario, driver.replay(scenario).steps, tostring)
          assert.is_nil(problem, topic .. ", " .. scenario.label)
        end
      end
    end)
  end

  describe("fib", function()
    it("must be right", function()
      fails("fib(0): 0 was expected, not 1",
        judge_function("fib", "fib", "fib", "local function fib(n) return n < 2 and 1 end"))
    end)

    it("must be the plain recursion that is to be sped up", function()
      fails("fib(35) took 1 call", judge_function("calls", "fib", [[function(n)
        local a, b = 0, 1
        for _ = 1, n do a, b = b, a + b end
        return a
      end]]))
    end)

    it("ends when it does not come to an end", function()
      local result = judge_function("fib", "fib", "fib",
        "local function fib(n) return fib(n - 1) + fib(n - 2) end")
      fails("stack overflow", result)
    end)
  end)

  describe("fib_memo", function()
    local MEMO <const> = "local memo = require('perilune.memo')\n"
    local PLAIN <const> = MEMO
      .. "local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end\n"

    it("fails when its function calls the plain one", function()
      fails("29,860,703 calls: fib_memo's function calls fib or itself, not the wrapped function",
        judge_function("memo_calls", "fib_memo", "memo.wrap(fib)", PLAIN))
    end)

    it("tells why its own name is nil inside", function()
      local result = judge_function("fib_memo", "fib_memo", "fib_memo", MEMO .. [[
        local fib_memo = memo.wrap(function(n)
          return n < 2 and n or fib_memo(n - 1) + fib_memo(n - 2)
        end)]])
      fails("attempt to call a nil value (global 'fib_memo')", result)
      assert.truthy(result.hint:find("`local fib_memo` on a line before", 1, true))
    end)

    it("must be the recursion", function()
      fails("fib_memo(35) took 1 call of your functions; the recursion memoised takes 36",
        judge_function("memo_calls", "fib_memo", "memo.wrap(loop)", MEMO .. [[
          local function loop(n)
            local a, b = 0, 1
            for _ = 1, n do a, b = b, a + b end
            return a
          end]]))
    end)

    it("must compute each number once", function()
      fails("36 computations are enough", judge_function("memo_calls", "fib_memo", "f", PLAIN .. [[
        local f
        f = memo.wrap(function(n)
          return n < 20 and fib(n) or f(n - 1) + f(n - 2)
        end)]]))
    end)

    it("must have room", function()
      local check, calls = only("memo_calls").checks[1], 29860703
      local functions = { { line = 1, calls = calls } }
      local through = { most = calls, total = 2 * calls, functions = functions }
      local past = setmetatable({ total = calls + 1 }, { __index = through })
      local format = require("perilune.format")
      assert.truthy(check.judge(through, format):find("give it room for every number", 1, true))
      assert.truthy(check.judge(past, format):find("inside it, call fib_memo", 1, true))
    end)

    it("must go through the cache at each step", function()
      fails("are 1, not 36", judge_function("cache", "fib_memo", "f", PLAIN .. [[
        local known
        local function inner(n)
          known[n] = known[n] or (n < 2 and n or inner(n - 1) + inner(n - 2))
          return known[n]
        end
        local f = memo.wrap(function(n) known = {} return inner(n) end)]]))
    end)

    it("must be what memo.wrap returned", function()
      local own = [[
        local known = {}
        local function f(n)
          known[n] = known[n] or (n < 2 and n or f(n - 1) + f(n - 2))
          return known[n]
        end]]
      passes(judge_function("fib_memo", "fib_memo", "f", own))
      fails("not a function that memo.wrap returned", judge_function("cache", "fib_memo", "f", own))
    end)

    it("hides no calls in a chunk of its own", function()
      fails("calls of Lua functions", judge_function("memo_calls", "fib_memo", "f", [[
        local f = load("local f f = function(n) return n < 2 and n or f(n - 1) + f(n - 2) end "
          .. "return f", "=elsewhere")()]]))
    end)

    it("is not sped up by a changed perilune.memo", function()
      fails("not a function that memo.wrap returned",
        judge_function("cache", "fib_memo", "function(n) return n end", MEMO .. [[
          memo.cache = function()
            return { info = function() return { hits = 33, misses = 36, currsize = 36 } end }
          end]]))
    end)

    it("must be faster than the plain one", function()
      fails("at least 10x is asked", judge_function("faster", "fib_memo", "fib", PLAIN))
    end)
  end)

  describe("factorial", function()
    local function factorial(slow, fast)
      return judge_text("factorial", ([[
        local clock = require("perilune.clock")
        local none = function() end
        local function product(n) return n < 2 and 1 or n * product(n - 1) end
        local slow_factorial = %s
        local known = {}
        local function kept(n)
          known[n] = known[n] or slow_factorial(n)
          return known[n]
        end
        return { fib = none, fib_memo = none, memoize = none, pitfall = none,
          slow_factorial = slow_factorial, factorial = %s }]]):format(slow, fast))
    end

    local SLOW <const> = "function(n) clock.sleep(0.1) return product(n) end"

    it("waits for new numbers alone, and nobody waits here", function()
      passes(factorial(SLOW, "kept"))
    end)

    it("fails when it waits again", function()
      fails("factorial(5) waited again (1 delay)", factorial(SLOW, "slow_factorial"))
    end)

    it("fails when the delay is another one", function()
      local text = "function(n) clock.sleep(%s) return product(n) end"
      fails("slow_factorial(5) waits for 100 s", factorial(text:format("100"), "kept"))
      fails("slow_factorial(5) waits for 0 s", factorial(text:format("0"), "kept"))
      for _, bad in ipairs({ "", "'soon'", "-1", "0/0" }) do
        fails("solution.lua:4: bad argument #1 to 'sleep'", factorial(text:format(bad), "kept"))
      end
    end)

    it("fails when the plain one does not wait", function()
      fails("slow_factorial(5) did not wait", factorial("product", "kept"))
      fails("slow_factorial(5) did not wait", factorial(
        "function(n) repeat until os.clock() % 1e-5 < 5e-6 return product(n) end",
        "kept"))
    end)

    it("is not perilune.memo's, and no line of the judge's is named", function()
      local result = factorial(SLOW, "require('perilune.memo').wrap(slow_factorial)")
      assert.equal("off limits", result.status)
      assert.truthy(result.detail:find("compare 4`$"), result.detail)
    end)

    it("must be right", function()
      fails("slow_factorial(5) gives 121, not 120",
        factorial("function(n) clock.sleep(0.1) return product(n) + 1 end", "kept"))
    end)
  end)

  describe("pitfall", function()
    local SUM <const> = [[
      local function sum(list)
        local total = 0
        for _, value in ipairs(list) do total = total + value end
        return total
      end]]

    local function pitfall(body)
      return judge_function("pitfall", "pitfall", "function(memoize) " .. body .. " end", SUM)
    end

    it("is shown by a table that changes", function()
      assert.equal("the memoised function gave 3 where 7 is right", passes(pitfall([[
        local f, t = memoize(sum), { 1, 2 }
        f(t)
        t[2] = 6
        return f(t), sum(t)]])))
    end)

    it("is not shown by numbers alone", function()
      fails("did not call the memoize that it is given", pitfall("return 3, 7"))
      fails("called twice with the same argument", pitfall("memoize(sum)({ 1 }) return 1, 2"))
    end)

    it("is not shown by a table that stays", function()
      fails("change what is in the table between the two calls",
        pitfall("local f, t = memoize(sum), { 1 } return f(t), f(t)"))
    end)

    it("is not shown by a function that is not pure", function()
      local text = [[
        local n, t = 0, %s
        local f = memoize(function() n = n + 1 return n end)
        f(t)
        return f(t), n + 1]]
      fails("no argument has changed", pitfall(text:format("1")))
      fails("no argument has changed", pitfall(text:format("{ 1, { 2 } }")))
    end)

    it("is not shown by a function that is not pure and a change beside it", function()
      fails("gives another result each time", pitfall([[
        local n, t = 0, {}
        local f = memoize(function() n = n + 1 return n end)
        f(t)
        t[1] = 1
        return f(t), n]]))
    end)

    it("may be shown by results that are tables", function()
      passes(pitfall([[
        local function doubled(list) return { 2 * list[1] } end
        local f, t = memoize(doubled), { 1 }
        f(t)
        t[1] = 2
        return f(t), doubled(t)]]))
      fails("let the result depend on it", pitfall([[
        local f, t = memoize(function() return {} end), { 1 }
        f(t)
        t[1] = 2
        return f(t), {}]]))
    end)

    it("is not shown by a change that does not matter", function()
      fails("let the result depend on it", pitfall([[
        local f, t = memoize(function(list) return #list end), { 1 }
        f(t)
        t[1] = 2
        return f(t), f(t)]]))
    end)

    it("may be deep in a table", function()
      passes(pitfall([[
        local f, t = memoize(function(p) return p.at.x end), { at = { x = 1 } }
        f(t)
        t.at.x = 2
        return f(t), t.at.x]]))
    end)

    it("gives both results, the stale one first", function()
      local text = fails("the stale result and then the right one", pitfall([[
        local f, t = memoize(sum), { 1, 2 }
        f(t)
        t[2] = 6
        return sum(t), f(t)]]))
      assert.truthy(text:find("expected 3, 7\ngot      7, 3", 1, true))
    end)
  end)

  describe("answers.md", function()
    --- The figures' result for the reference's answers with one text replaced.
    local function figures(old, new)
      local text = assert(files.read(REFERENCE .. "/answers.md"))
      local first, last = text:find(old, 1, true)
      write("answers.md", text:sub(1, assert(first) - 1) .. new .. text:sub(last + 1))
      local alone = only("figures")
      alone.checks[2] = alone.checks[1]
      alone.checks[1] = { name = "cache", label = "its cache", decide = function(_, session)
        session.measures.calls = { most = 29860703 }
        session.measures.cache = { hits = 33, misses = 36, currsize = 36, ratio = 60000 }
        return { status = "pass", detail = "" }
      end }
      return judge.run(alone, memoization.scratch() .. "/solution.lua", { seed = SEED }).results[2]
    end

    it("agrees with itself and with what was counted", function()
      passes(figures("# Exercise 4", "# Exercise four"))
    end)

    it("fails at a count that is another one here", function()
      fails("answers.md:13: 29,860,702 under 'Calls of fib'; counted here: 29,860,703",
        figures("29,860,703", "29,860,702"))
      fails("34 under 'Misses'; counted here: 36", figures("36", "34"))
    end)

    it("fails when the speed-up is not the quotient", function()
      fails("speed-up 1.0x, but", figures("## Speed-up\n", "## Speed-up\n1x of "))
    end)

    it("fails when the cache was not empty", function()
      local text = assert(files.read(REFERENCE .. "/answers.md"))
      local time = text:match("## Time of fib_memo%(35%)\n([^\n]+)")
      local result = figures(time, "40 ns")
      fails("speed-up", result)
    end)
  end)
end)
