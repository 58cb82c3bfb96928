--- perilune.memo: what is remembered, under which key, and what the cache says about it.
local blame = require("spec.contract.blame")
local kinds = require("spec.contract.kinds")

local NAN <const> = 0 / 0

for tag, memo in kinds("memo") do
  describe("memo " .. tag, function()
    -- A wrapped function that gives its arguments back, and the number of its calls so far.
    local function counted(options)
      local calls = 0
      local f = memo.wrap(function(...)
        calls = calls + 1
        return ...
      end, options)
      return f, function() return calls end
    end

    local function assert_info(f, expected)
      local info = memo.cache(f):info()
      for name, value in pairs(expected) do assert.equal(value, info[name], name) end
    end

    -- Each list of arguments, packed, is a key of its own.
    local function assert_keys(f, calls, lists)
      local before = calls()
      for _ = 1, 2 do
        for _, list in ipairs(lists) do
          assert.same(list, table.pack(f(table.unpack(list, 1, list.n))))
        end
      end
      assert.equal(#lists, calls() - before)
    end

    describe("a wrapped function", function()
      it("is a function that is called once a key", function()
        local f, calls = counted()
        assert.equal("function", type(f))
        assert.equal(7, f(7))
        assert.equal(7, f(7))
        assert.equal(1, calls())
      end)

      it("keeps nil, false, nothing and several results", function()
        for _, results in ipairs {
          table.pack(), table.pack(nil), table.pack(false), table.pack(nil, nil),
          table.pack(1, nil), table.pack(nil, 2, nil), table.pack(1, 2.5, "three", {}, print, true),
        } do
          local calls = 0
          local f = memo.wrap(function()
            calls = calls + 1
            return table.unpack(results, 1, results.n)
          end)
          for _ = 1, 3 do assert.same(results, table.pack(f("key"))) end
          assert.equal(1, calls)
        end
      end)

      it("keeps results of every type as they are", function()
        for _, result in ipairs {
          1, 1.0, -0.0, math.mininteger, math.huge, "text", ("long"):rep(1000), true, {}, print,
          function() end, coroutine.create(print), io.stdout,
        } do
          local f = memo.wrap(function() return result end)
          f()
          assert.equal(result, f())
          assert.equal(math.type(result), math.type(f()))
        end
        local f = memo.wrap(function() return NAN end)
        f()
        assert.is_true(f() ~= f())
      end)

      it("recurses", function()
        local fib
        fib = memo.wrap(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)
        assert.equal(9227465, fib(35))
        assert_info(fib, { misses = 36, hits = 33, currsize = 36 })
      end)

      it("does not keep errors, and lets them through as they are", function()
        local calls, problem = 0, {}
        local f = memo.wrap(function(n)
          calls = calls + 1
          if calls < 3 then error(problem) end
          return n
        end)
        for _ = 1, 2 do assert.equal(problem, select(2, pcall(f, 1))) end
        assert_info(f, { currsize = 0, misses = 2, hits = 0 })
        assert.equal(1, f(1))
        assert.equal(1, f(1))
        assert.equal(3, calls)
      end)

      it("may wrap what can be called", function()
        local object = setmetatable({}, { __call = function(_, n) return n + 1 end })
        local f = memo.wrap(object)
        assert.equal(3, f(2))
        assert.equal(3, f(2))
        assert_info(f, { hits = 1, misses = 1 })
      end)
    end)

    describe("the key", function()
      it("is all arguments and their number", function()
        local f, calls = counted()
        assert_keys(f, calls, {
          table.pack(), table.pack(nil), table.pack(nil, nil), table.pack(1), table.pack(1, nil),
          table.pack(1, 2), table.pack(2, 1), table.pack(nil, 1), table.pack(1, 2, 3),
          table.pack(1, 2, 3, 4), table.pack(1, 2, 3, 4, 5), table.pack(1, 2, 3, 4, 5, nil),
          table.pack("a", "bc"), table.pack("ab", "c"), table.pack("abc"),
        })
      end)

      it("tells types apart", function()
        local f, calls = counted()
        assert_keys(f, calls, {
          table.pack(1), table.pack("1"), table.pack(true), table.pack(false), table.pack(nil),
          table.pack(0), table.pack(""), table.pack({}), table.pack({}), table.pack(print),
          table.pack(0.5), table.pack(io.stdout), table.pack(coroutine.create(print)),
        })
      end)

      it("takes a float that is an integer for it, and no other", function()
        local f, calls = counted()
        f(1)
        assert.equal(1, f(1.0))
        f(0)
        f(-0.0)
        f(0.0)
        assert.equal(2, calls())
        f(9007199254740993)
        f(9007199254740992.0)
        f(math.mininteger)
        f(-2.0 ^ 63)
        f(math.maxinteger)
        f(2.0 ^ 63)
        assert.equal(7, calls())
      end)

      it("has one NaN, also among others", function()
        local f, calls = counted()
        f(NAN)
        f(-NAN)
        f(math.huge - math.huge)
        assert.equal(1, calls())
        f(1, NAN)
        f(1, NAN)
        assert.equal(2, calls())
      end)

      it("goes by a string's content, whatever its length", function()
        local f, calls = counted()
        for length = 0, 200 do
          f(("x"):rep(length))
          f(table.concat { ("x"):rep(length // 2), ("x"):rep(length - length // 2) })
        end
        f(("x"):rep(100000) .. "a")
        f(("x"):rep(100000) .. "b")
        f(("x"):rep(100000) .. "a")
        assert.equal(203, calls())
      end)

      it("goes by identity for objects, whatever their __eq", function()
        local f, calls = counted()
        local metatable = { __eq = function() return true end, __name = "equal" }
        local a, b = setmetatable({}, metatable), setmetatable({}, metatable)
        assert.is_true(a == b)
        assert.is_true(rawequal(a, f(a)) and rawequal(b, f(b)) and rawequal(a, f(a)))
        assert.equal(2, calls())
      end)

      it("stays the same when a table's content changes", function()
        local total = memo.wrap(function(list) return #list end)
        local list = { 1, 2 }
        total(list)
        list[3] = 3
        assert.equal(2, total(list))
      end)

      it("is many arguments where there are many", function()
        local f, calls = counted()
        local list = {}
        for i = 1, 200 do list[i] = i end
        assert.equal(200, select("#", f(table.unpack(list))))
        f(table.unpack(list))
        f(table.unpack(list, 1, 199))
        list[100] = "other"
        f(table.unpack(list))
        assert.equal(3, calls())
      end)

      it("tells 1 from 1.0 when typed", function()
        local f, calls = counted { typed = true }
        for _ = 1, 2 do
          assert.equal("integer", math.type(f(1)))
          assert.equal("float", math.type(f(1.0)))
          f(0)
          f(0.0)
          f(-0.0)
          f("a", 1)
          f("a", 1.0)
          f(NAN)
        end
        assert.equal(7, calls())
      end)

      it("is what the key function gives", function()
        local seen = {}
        local f = memo.wrap(function(...)
          seen[#seen + 1] = table.pack(...)
          return #seen
        end, { key = function(a, b) return b, a end })
        assert.equal(1, f("x", 1))
        assert.equal(1, f("y", 1.0, 3))
        assert.equal(2, f("x", nil))
        assert.equal(2, f("z"))
        assert.equal(3, f("x", NAN))
        assert.equal(3, f("y", NAN))
        assert.same({ table.pack("x", 1), table.pack("x", nil), table.pack("x", NAN).n }, {
          seen[1], seen[2], seen[3].n,
        })
        assert.is_true(memo.cache(f):forget("anything", 1))
        assert.same({ true, 2 }, { memo.cache(f):peek("anything", nil) })
        assert_info(f, { currsize = 2, hits = 3, misses = 3 })
      end)
    end)

    describe("the cache", function()
      it("tells what has happened", function()
        local f = counted { maxsize = 2 }
        assert.same({
          hits = 0, misses = 0, evictions = 0, expired = 0, currsize = 0, maxsize = 2,
        }, memo.cache(f):info())
        f(1)
        f(2)
        f(2)
        f(3)
        assert.same({
          hits = 1, misses = 3, evictions = 1, expired = 0, currsize = 2, maxsize = 2,
        }, memo.cache(f):info())
      end)

      it("is one for each wrapped function", function()
        local f, g = counted(), counted()
        assert.equal(memo.cache(f), memo.cache(f))
        assert.not_equal(memo.cache(f), memo.cache(g))
        f(1)
        assert_info(g, { misses = 0 })
      end)

      it("forgets one key", function()
        local f, calls = counted()
        local cache = memo.cache(f)
        f(1)
        f(1, nil)
        assert.is_true(cache:forget(1))
        assert.is_false(cache:forget(1))
        assert.is_false(cache:forget())
        assert_info(f, { currsize = 1, evictions = 0 })
        f(1)
        f(1, nil)
        assert.equal(3, calls())
      end)

      it("peeks without a call, a count or a use", function()
        local f, calls = counted { maxsize = 2 }
        local cache = memo.cache(f)
        f(1)
        f(nil)
        f()
        assert.same({ n = 1, false }, table.pack(cache:peek(1)))
        assert.same({ n = 2, true }, table.pack(cache:peek(nil)))
        assert.same({ n = 1, true }, table.pack(cache:peek()))
        f(2)
        assert.same({ n = 1, false }, table.pack(cache:peek(nil)))
        assert.equal(4, calls())
        assert_info(f, { hits = 0, misses = 4, evictions = 2, currsize = 2 })
      end)

      it("clears entries and counts", function()
        local f, calls = counted { maxsize = 1 }
        f(1)
        f(2)
        f(2)
        memo.cache(f):clear()
        assert.same({
          hits = 0, misses = 0, evictions = 0, expired = 0, currsize = 0, maxsize = 1,
        }, memo.cache(f):info())
        f(2)
        assert.equal(3, calls())
      end)

      it("does not keep its function, nor the function's memory", function()
        local watched = setmetatable({}, { __mode = "k" })
        do
          local f
          f = memo.wrap(function(n) return f, n end)
          f(1)
          watched[f] = true
        end
        collectgarbage()
        collectgarbage()
        assert.is_nil(next(watched))
      end)
    end)

    describe("a size of", function()
      it("0 keeps nothing", function()
        local f, calls = counted { maxsize = 0 }
        f(1)
        f(1)
        assert.equal(2, calls())
        assert_info(f, { hits = 0, misses = 2, evictions = 0, currsize = 0, maxsize = 0 })
      end)

      it("math.huge keeps everything", function()
        local f, calls = counted { maxsize = math.huge }
        for _ = 1, 2 do
          for i = 1, 2000 do f(i) end
        end
        assert.equal(2000, calls())
        assert_info(f, { currsize = 2000, evictions = 0, maxsize = math.huge })
      end)

      it("128 is what there is without", function()
        local f = counted()
        for i = 1, 200 do f(i) end
        assert_info(f, { currsize = 128, evictions = 72, maxsize = 128 })
      end)

      it("a float that is an integer is that integer", function()
        assert.equal("integer", math.type(memo.cache(counted { maxsize = 8.0 }):info().maxsize))
      end)
    end)

    describe("misuse", function()
      -- Blames the line that called, and names what is wrong.
      local function assert_refused(text, ...)
        local arguments = table.pack(...)
        local function call()
          return memo.wrap(table.unpack(arguments, 1, arguments.n)), nil
        end
        assert.equal(blame.at(call, 1, "bad argument " .. text), blame.message(call))
      end

      it("of wrap names the argument", function()
        assert_refused("#1 to 'wrap' (function expected, got nil)")
        assert_refused("#1 to 'wrap' (function expected, got number)", 1)
        assert_refused("#1 to 'wrap' (function expected, got table)", {})
        assert_refused("#2 to 'wrap' (table expected, got number)", print, 128)
      end)

      it("of an option names the option", function()
        for name, cases in pairs {
          maxsize = { "an integer from 0, or math.huge", -1, 1.5, NAN, -math.huge, "8" },
          policy = { '"lru" or "sieve"', "fifo", 1 },
          ttl = { "a number of seconds above 0", 0, -1, NAN, "1" },
          clock = { "a function", 1 },
          key = { "a function", "name" },
          typed = { "a boolean", 1 },
          weak = { "a boolean", "k" },
          wait = { "a function", true },
        } do
          for i = 2, #cases do
            local value = cases[i]
            local shown = math.type(value) and tostring(value) or type(value)
            if type(value) == "string" then shown = '"' .. value .. '"' end
            assert_refused(("#2 to 'wrap' (option '%s': %s expected, got %s)"):format(
              name, cases[1], shown), print, { [name] = value })
          end
        end
      end)

      it("of an unknown option lists the known ones", function()
        local list = "the options: clock, key, maxsize, policy, ttl, typed, wait, weak"
        assert_refused('#2 to \'wrap\' (there is no option "max_size"; ' .. list .. ")",
          print, { max_size = 1 })
        assert_refused("#2 to 'wrap' (there is no option 1; " .. list .. ")", print, { 128 })
      end)

      it("of cache names the argument", function()
        for _, value in pairs { print, 1, {}, "f" } do
          local function call() return memo.cache(value), nil end
          local text = "bad argument #1 to 'cache' (a function that 'wrap' has made expected)"
          assert.equal(blame.at(call, 0, text), blame.message(call))
        end
        assert.has_error(function() return memo.cache(), nil end)
      end)

      it("of a method names it", function()
        local cache = memo.cache(counted())
        for _, name in ipairs { "info", "clear", "forget", "peek" } do
          local function call() return cache[name](), nil end
          local text = ("calling '%s' on bad self (perilune.memo expected, got nil)"):format(name)
          assert.equal(blame.at(call, 0, text), blame.message(call))
        end
      end)
    end)
  end)
end
