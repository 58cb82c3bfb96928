--- perilune.memo: functions that yield, and stampedes of coroutines.
local kinds = require("spec.contract.kinds")

for tag, memo in kinds("memo") do
  describe("memo " .. tag, function()
    local function info(f) return memo.cache(f):info() end

    -- Resumes all in turn until none is left; returns what each gave, packed. An error is raised.
    local function run(...)
      local threads, results = { ... }, {}
      for i, fn in ipairs(threads) do threads[i] = coroutine.create(fn) end
      local left = #threads
      while left > 0 do
        for i, thread in ipairs(threads) do
          if not results[i] then
            local packed = table.pack(coroutine.resume(thread))
            assert(packed[1], packed[2])
            if coroutine.status(thread) == "dead" then
              results[i] = table.pack(table.unpack(packed, 2, packed.n))
              left = left - 1
            end
          end
        end
      end
      return results
    end

    -- A function whose first call fails after it has yielded, and the number of its calls so far.
    local function sorry_once()
      local calls = 0
      return memo.wrap(function()
        calls = calls + 1
        coroutine.yield()
        if calls == 1 then error("sorry", 0) end
        return "done"
      end), function() return calls end
    end

    -- A function that yields twice before it returns, and the number of its calls so far.
    local function slow(options, work)
      local calls = 0
      local f = memo.wrap(function(...)
        calls = calls + 1
        coroutine.yield()
        coroutine.yield()
        if work then return work(...) end
        return ...
      end, options)
      return f, function() return calls end
    end

    describe("a function that yields", function()
      it("is as it would be without", function()
        local f = memo.wrap(function(a, b)
          local c = coroutine.yield(a)
          return c, coroutine.yield(b)
        end)
        local thread = coroutine.wrap(f)
        assert.equal(1, thread(1, 2))
        assert.equal(2, thread("c"))
        assert.same({ "c", "d" }, { thread("d") })
        assert.same({ "c", "d" }, { f(1, 2) })
      end)

      it("is called once for coroutines that ask for the same", function()
        for _, options in ipairs {
          {}, { maxsize = 0 }, { maxsize = 1 }, { key = function(a) return a end }, { ttl = 1000 },
          { weak = true }, { typed = true }, { policy = "sieve" },
        } do
          local f, calls = slow(options)
          local function ask() return f("key", nil) end
          for _, results in ipairs(run(ask, ask, ask)) do
            assert.same(table.pack("key", nil), results)
          end
          assert.equal(1, calls())
          assert.equal(2, info(f).hits)
          assert.equal(1, info(f).misses)
        end
      end)

      it("is called once whatever the number of arguments", function()
        for n = 0, 8 do
          local f, calls = slow()
          local list = {}
          for i = 1, n do list[i] = {} end
          local function ask() return f(table.unpack(list)) end
          for _, results in ipairs(run(ask, ask)) do
            assert.equal(n, results.n)
            for i = 1, n do assert.equal(list[i], results[i]) end
          end
          assert.equal(1, calls())
        end
      end)

      it("is called for other keys meanwhile", function()
        local f, calls = slow()
        run(function() return f(1) end, function() return f(2) end, function() return f(1, nil) end)
        assert.equal(3, calls())
      end)

      it("is called by the main thread, which does not wait", function()
        local now_fast = false
        local calls = 0
        local f = memo.wrap(function()
          calls = calls + 1
          if not now_fast then coroutine.yield() end
          return calls
        end)
        local thread = coroutine.wrap(f)
        thread()
        now_fast = true
        assert.equal(2, f())
        assert.equal(2, f())
        assert.equal(2, thread())
        assert.equal(2, f())
        assert.equal(1, info(f).currsize)
      end)

      it("is tried by the next when it fails", function()
        local f, calls = sorry_once()
        local results = run(function() return pcall(f) end, f, f)
        assert.same({ false, "sorry" }, { table.unpack(results[1]) })
        assert.same({ "done" }, { table.unpack(results[2]) })
        assert.same({ "done" }, { table.unpack(results[3]) })
        assert.equal(2, calls())
        assert.equal(2, info(f).misses)
        assert.equal(1, info(f).hits)
      end)

      it("is tried by the next when its coroutine dies of an error", function()
        local f = sorry_once()
        local dying, waiting = coroutine.create(f), coroutine.create(f)
        coroutine.resume(dying)
        coroutine.resume(waiting)
        assert.is_false((coroutine.resume(dying)))
        assert.equal("dead", coroutine.status(dying))
        assert.same({ true }, { coroutine.resume(waiting) })
        assert.same({ true, "done" }, { coroutine.resume(waiting) })
      end)

      it("is tried by the next when its coroutine is closed", function()
        local f, calls = slow()
        local closed, waiting = coroutine.create(f), coroutine.create(f)
        coroutine.resume(closed, 1)
        coroutine.resume(waiting, 1)
        assert.equal(1, calls())
        coroutine.close(closed)
        repeat local _, value = coroutine.resume(waiting) until value
        assert.equal("dead", coroutine.status(waiting))
        assert.equal(2, calls())
        assert.equal(1, f(1))
      end)

      it("is tried by the next when its coroutine is collected", function()
        local f, calls = slow()
        do coroutine.wrap(f)("key") end
        local waiting = coroutine.create(f)
        coroutine.resume(waiting, "key")
        collectgarbage()
        collectgarbage()
        while coroutine.status(waiting) ~= "dead" do assert(coroutine.resume(waiting)) end
        assert.equal(2, calls())
        assert.equal(1, info(f).currsize)
      end)

      it("leaves nothing behind in coroutines that are collected", function()
        local watched = setmetatable({}, { __mode = "k" })
        local f = slow()
        for _ = 1, 10 do
          local key = {}
          watched[key] = true
          coroutine.wrap(f)(key, 1, {})
        end
        collectgarbage()
        collectgarbage()
        assert.is_nil(next(watched))
      end)

      it("is called, not waited for, by a coroutine that it has resumed itself", function()
        local calls, inner = 0, nil
        local f
        f = memo.wrap(function(n)
          calls = calls + 1
          if calls == 1 then
            inner = coroutine.wrap(function() return f(n) end)
            return "outer " .. inner()
          end
          return "inner"
        end)
        assert.equal("outer inner", coroutine.wrap(f)(1))
        assert.equal(2, calls)
      end)

      it("is called where two would wait for each other", function()
        local f
        f = memo.wrap(function(mine, other)
          coroutine.yield()
          if other then f(other) end
          return mine
        end, { key = function(mine) return mine end })
        local results = run(function() return f("a", "b") end, function() return f("b", "a") end)
        assert.same({ { "a", n = 1 }, { "b", n = 1 } }, results)
      end)

      it("is called where three would wait in a circle", function()
        local f
        f = memo.wrap(function(mine, other)
          coroutine.yield()
          if other then f(other) end
          return mine
        end, { key = function(mine) return mine end })
        local results = run(function() return f("a", "b") end, function() return f("b", "c") end,
          function() return f("c", "a") end)
        for i, name in ipairs { "a", "b", "c" } do assert.equal(name, results[i][1]) end
      end)

      it("is called where two would wait for each other and one waits while it waits", function()
        local f, first, nested, asked
        local function wait(is_done)
          if coroutine.running() == first and not nested then
            nested = true
            f("third")
          end
          repeat coroutine.yield() until is_done()
        end
        f = memo.wrap(function(key)
          if key == "first" then return f("second") end
          for _ = 1, key == "third" and 9 or 1 do coroutine.yield() end
          if key == "second" and not asked then
            repeat coroutine.yield() until nested
            asked = true
            return f("first")
          end
          return key
        end, { wait = wait })
        local all = { coroutine.create(f), coroutine.create(f), coroutine.create(f) }
        first = all[3]
        for i, key in ipairs { "second", "third", "first" } do coroutine.resume(all[i], key) end
        for _ = 1, 20 do
          for _, one in ipairs(all) do coroutine.resume(one) end
        end
        for _, one in ipairs(all) do assert.equal("dead", coroutine.status(one)) end
      end)

      it("gives those who wait its results though they are evicted before", function()
        local f, calls = slow { maxsize = 1 }
        local first, waiting = coroutine.create(f), coroutine.create(f)
        coroutine.resume(first, 1)
        coroutine.resume(waiting, 1)
        while coroutine.status(first) ~= "dead" do coroutine.resume(first) end
        memo.cache(f):clear()
        assert.same({ true, 1 }, { coroutine.resume(waiting) })
        assert.equal(1, calls())
      end)

      it("is waited for in the way that is asked for", function()
        local parked = {}
        local f, calls = slow {
          wait = function(is_done)
            parked[#parked + 1] = is_done
            coroutine.yield("parked")
          end,
        }
        local first, second = coroutine.create(f), coroutine.create(f)
        coroutine.resume(first, 7)
        assert.same({ true, "parked" }, { coroutine.resume(second, 7) })
        assert.is_false(parked[1]())
        while coroutine.status(first) ~= "dead" do coroutine.resume(first) end
        assert.is_true(parked[1]())
        assert.same({ true, 7 }, { coroutine.resume(second) })
        assert.equal(1, calls())
      end)

      it("is called by one that does not wait to the end", function()
        local f, calls = slow { wait = function() end }
        run(function() return f(1) end, function() return f(1) end)
        assert.equal(2, calls())
      end)

      it("lets errors of the wait through, and goes on", function()
        local f = slow { wait = function() error("no patience", 0) end }
        local first = coroutine.create(f)
        coroutine.resume(first, 1)
        assert.same({ false, "no patience" }, { coroutine.resume(coroutine.create(f), 1) })
        coroutine.resume(first)
        assert.same({ true, 1 }, { coroutine.resume(first) })
        assert.equal(1, f(1))
      end)

      it("does not mind a coroutine inside it", function()
        local f = memo.wrap(function(n)
          local sum = 0
          for i in coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) do
            sum = sum + i
          end
          return sum
        end)
        assert.equal(55, f(10))
        assert.equal(55, coroutine.wrap(f)(10))
        assert.equal(15, coroutine.wrap(function() return f(5) end)())
      end)
    end)
  end)
end
