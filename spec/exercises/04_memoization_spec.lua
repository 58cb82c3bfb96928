--- The reference passes with the script and the native version; what is wrong fails at the right
--- criterion, with a message that says why.
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")

local FOLDER <const> = exercises .. "/04-memoization"
local REFERENCE <const> = FOLDER .. "/reference"
local SEED <const> = 0x7f3a

local entry = { number = 4, name = "memoization", id = "04-memoization", folder = FOLDER }
local exercise = manifest.load(entry)

--- The exercise with one of its criteria, which waits for no other.
local function only(name)
  local alone = setmetatable({ checks = {} }, { __index = exercise })
  for _, check in ipairs(exercise.checks) do
    if check.name == name then
      alone.checks[1] = setmetatable({ needs = {} }, { __index = check })
    end
  end
  return assert(alone.checks[1] and alone, name)
end

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
  local folder

  before_each(function() folder = assert(files.scratch()) end)
  after_each(function() files.remove_tree(folder) end)

  local function write(name, text) assert(files.write(folder .. "/" .. name, text)) end

  --- The result of one criterion for a solution that is given as text.
  local function judge_text(name, text)
    write("solution.lua", text)
    return judge.run(only(name), folder .. "/solution.lua", { seed = SEED }).results[1]
  end

  --- For one whose function is given as an expression, with lines before.
  local function judge_function(check, name, expression, before)
    return judge_text(check, ([[
      %s
      local none = function() end
      local returned = { fib = none, fib_memo = none, memoize = none, slow_factorial = none,
        factorial = none, pitfall = none }
      returned.%s = %s
      return returned]]):format(before or "", name, expression))
  end

  local function fails(part, result)
    local text = table.concat({ result.detail, table.unpack(result.notes or {}) }, "\n")
    assert.equal("fail", result.status, text)
    assert.truthy(text:find(part, 1, true), ("no %q in\n%s"):format(part, text))
    return text
  end

  local function passes(result)
    assert.equal("pass", result.status, result.detail)
    return result.detail
  end

  describe("its worked solution", function()
    it("passes every criterion, and a reader decides the rest", function()
      local judged = judge.run(exercise, REFERENCE .. "/solution.lua", { seed = SEED })
      for _, result in ipairs(judged.results) do
        local expected = result.name == "why" and "reader" or "pass"
        assert.equal(expected, result.status, result.name .. ": " .. result.detail)
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
      local format = require("perilune.lab.format")
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

  describe("memoize", function()
    --- A memoize that keeps results as `text` says; `key`, `cache` and `fn` are there.
    local function memoize(check, text, before)
      return judge_function(check, "memoize", ([[function(fn)
        local cache = {}
        return function(...)
          local key = ...
          %s
        end
      end]]):format(text), before)
    end

    it("may be the reference's", function()
      local text = assert(files.read(REFERENCE .. "/solution.lua"))
      for _, name in ipairs({
        "once", "nils", "arguments", "results", "errors", "recursion", "random",
      }) do
        passes(judge_text(name, text))
      end
    end)

    it("may begin with one argument and one result", function()
      local text = [[function(fn)
        local cache = {}
        return function(n)
          if cache[n] == nil then cache[n] = fn(n) end
          return cache[n]
        end
      end]]
      passes(judge_function("once", "memoize", text))
      passes(judge_function("errors", "memoize", text))
      passes(judge_function("recursion", "memoize", text))
      fails("no argument, twice: an error that fn did not raise",
        judge_function("nils", "memoize", text))
      fails("(1, 2) and (2, 1): fn got other arguments",
        judge_function("arguments", "memoize", text))
      fails("two results: other results than fn's", judge_function("results", "memoize", text))
    end)

    it("fails when it remembers nothing", function()
      local text = fails("the same call twice: fn was called again, though its results were known",
        memoize("once", "return fn(...)"))
      assert.truthy(text:find("f(2) gives 10, fn called", 1, true))
      assert.truthy(text:find("expected 10, fn not called", 1, true))
      assert.truthy(text:find("got      20, fn called", 1, true))
    end)

    it("fails when memoised functions share a cache", function()
      fails("two memoised functions: fn was not called", memoize("once", [[
        if shared[key] == nil then shared[key] = fn(...) end
        return shared[key] ]], "local shared = {}"))
    end)

    it("fails when it calls the function too often", function()
      fails("fn was called 2 times for one call", memoize("once", [[
        if cache[key or 0] == nil then fn(...) cache[key or 0] = fn(...) end
        return cache[key or 0] ]]))
    end)

    it("fails when it calls the function at once", function()
      fails("memoize called fn itself", judge_function("once", "memoize",
        "function(fn) local r = fn() return function() return r end end"))
    end)

    it("fails when it returns no function", function()
      fails("memoize returned a nil, not a function",
        judge_function("once", "memoize", "function() end"))
    end)

    it("fails on nil as an argument", function()
      fails("nil as an argument: an error that fn did not raise", memoize("nils", [[
        if select("#", ...) == 0 then key = cache end
        if cache[key] == nil then cache[key] = fn(...) end
        return cache[key] ]]))
    end)

    it("fails on nil and on false as results", function()
      fails("nil as a result: fn was called again", memoize("nils", [[
        key = key == nil and cache or key
        if cache[key] == nil then cache[key] = fn(...) end
        return cache[key] ]]))
      fails("false as a result: fn was called again", memoize("nils", [[
        local NIL = fn
        key = key == nil and NIL or key
        if cache[key] == NIL then return nil end
        if cache[key] then return cache[key] end
        local r = fn(...)
        cache[key] = r == nil and NIL or r
        return r ]]))
    end)

    it("fails when f() is f(nil)", function()
      fails("f() and f(nil): fn was not called", memoize("nils", [[
        key = key == nil and fn or key
        cache[key] = cache[key] or table.pack(fn(...))
        return table.unpack(cache[key], 1, cache[key].n) ]]))
    end)

    it("fails when only the first argument counts", function()
      fails("(1) and (1, 2): fn was not called", memoize("arguments", [[
        cache[key] = cache[key] or { fn(...) }
        return table.unpack(cache[key]) ]]))
    end)

    it("fails when arguments are joined to a key", function()
      local joined = [[
        local parts = table.pack(...)
        for i = 1, parts.n do parts[i] = tostring(parts[i]) end
        key = parts.n .. ":" .. table.concat(parts, %q)
        cache[key] = cache[key] or table.pack(fn(...))
        return table.unpack(cache[key], 1, cache[key].n) ]]
      fails('1 and "1": fn was not called', memoize("arguments", joined:format(",")))
      joined = joined:gsub("tostring%(parts%[i%]%)", "type(parts[i]) .. tostring(parts[i])")
        :gsub("parts%.n %.%. \":\" %.%. ", "")
      fails('("a", "b") and ("ab")', memoize("arguments", joined:format("")))
      fails('("a", "b") and ("a#b")', memoize("arguments", joined:format("#")))
    end)

    it("fails when it keeps one result of several", function()
      fails("two results: other results than fn's", memoize("results", [[
        cache[key] = cache[key] or { (fn(...)) }
        return cache[key][1] ]]))
    end)

    it("fails when nil ends the results", function()
      fails("other results than fn's", memoize("results", [[
        cache[key] = cache[key] or { fn(...) }
        return table.unpack(cache[key]) ]]))
    end)

    it("fails when it keeps errors", function()
      fails("an error, then a result: fn was not called", memoize("errors", [[
        cache[key] = cache[key] or table.pack(pcall(fn, ...))
        local r = cache[key]
        if not r[1] then error(r[2], 0) end
        return table.unpack(r, 2, r.n) ]]))
    end)

    it("fails when it swallows or changes errors", function()
      local caught = [[
        cache[key] = cache[key] or table.pack(pcall(fn, ...))
        local r = cache[key]
        if not r[1] then cache[key] = nil %s end
        return table.unpack(r, 2, r.n) ]]
      fails("the error did not come through",
        memoize("errors", caught:format("return nil, r[2]")))
      local text = fails("the error came through changed",
        memoize("errors", caught:format("error(r[2])")))
      assert.truthy(text:find('expected the error "no such file", fn called', 1, true))
      assert.falsy(text:find(folder, 1, true))
      passes(memoize("errors", caught:format("error(r[2], 0)")))
    end)

    it("fails when recursion is not remembered", function()
      fails("a memoised fib(5) took 15 calls; 6 are enough", memoize("recursion", "return fn(...)"))
    end)

    it("is perilune.memo in no disguise", function()
      for _, expression in ipairs({
        "memo.wrap", "function(fn) return memo.wrap(fn) end",
        "function(fn) return function(...) return memo.wrap(fn)(...) end end",
        "function(fn) local f = memo.wrap(fn) return function(...) return f(...) end end",
      }) do
        local result = judge_function("once", "memoize", expression,
          "local memo = require('perilune.memo') local f = memo.wrap(print)")
        assert.equal("off limits", result.status, result.detail)
        assert.truthy(result.detail:find("what you are writing", 1, true))
      end
    end)

    it("is not made of perilune.memo's parts", function()
      for _, part in ipairs({ "perilune.memo.trie", "perilune.script.memo" }) do
        local result = judge_function("once", "memoize",
          ("function(fn) return require(%q).new(fn) end"):format(part))
        assert.equal("off limits", result.status, result.detail)
      end
    end)

    it("is judged where the file asks perilune.memo for nothing", function()
      local memo = "local memo = require('perilune.memo') local f = memo.wrap(print) "
      for _, use in ipairs({ "f(1)", "memo.cache(f):info()", "memo.cache(f).hits = 1" }) do
        local result = judge_function("once", "memoize", "print", memo .. use)
        assert.equal("off limits", result.status, result.detail)
        assert.truthy(result.detail:find("(solution.lua:1)", 1, true), result.detail)
        assert.truthy(result.hint:find("while solution.lua is loaded", 1, true))
      end
    end)

    it("reaches nothing of the judge's", function()
      for _, name in ipairs({ "getinfo", "getlocal", "setupvalue", "sethook", "getregistry" }) do
        local result = memoize("once", ("return debug.%s(2, 1, 1)"):format(name))
        assert.equal("off limits", result.status, result.detail)
      end
    end)

    it("gains nothing by changed libraries", function()
      fails("the same call twice: fn was called again", memoize("once", "return fn(...)", [[
        local function yes() return true end
        assert, pcall, error, print, rawequal, type, select = yes, yes, yes, yes, yes, yes, yes
        for _, library in ipairs({ table, string, math, coroutine }) do
          for name in next, library do library[name] = yes end
        end
        os.exit = yes]]))
    end)

    it("fails when it ends its process, or takes for ever", function()
      fails("ends its process", memoize("once", "os.exit(0)"))
      fails("stack overflow", memoize("once", "local function f() return 1 + f() end return f()"))
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
      return judge.run(alone, folder .. "/solution.lua", { seed = SEED }).results[2]
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
