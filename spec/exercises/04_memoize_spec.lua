--- The memoize of exercise 4: the reference passes, each mistake fails at the right criterion, with
--- a message that says why.
local memoization = require("spec.exercises.memoization")
local files = require("perilune.lab.files")

local judge_text = memoization.judge_text
local judge_function = memoization.judge_function
local fails = memoization.fails
local passes = memoization.passes
local REFERENCE <const> = memoization.reference

describe("exercise 4", function()
  before_each(memoization.open)
  after_each(memoization.close)

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
      assert.falsy(text:find(memoization.scratch(), 1, true))
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
end)
