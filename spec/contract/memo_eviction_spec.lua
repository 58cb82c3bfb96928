--- perilune.memo: which entries go, when they expire, and that what goes is released.
local kinds = require("spec.contract.kinds")

for tag, memo in kinds("memo") do
  describe("memo " .. tag, function()
    local function identity(...) return ... end

    local function held(f, first, last)
      local cache, list = memo.cache(f), {}
      for i = first, last do
        if cache:peek(i) then list[#list + 1] = i end
      end
      return list
    end

    local function call(f, ...)
      for _, argument in ipairs { ... } do f(argument) end
    end

    describe("lru", function()
      it("takes the one that was not used for longest", function()
        local f = memo.wrap(identity, { maxsize = 3 })
        call(f, 1, 2, 3, 1, 4)
        assert.same({ 1, 3, 4 }, held(f, 1, 4))
        call(f, 3, 5)
        assert.same({ 3, 4, 5 }, held(f, 1, 5))
      end)

      it("has no use of an entry in peek and info", function()
        local f = memo.wrap(identity, { maxsize = 2, policy = "lru" })
        call(f, 1, 2)
        memo.cache(f):peek(1)
        memo.cache(f):info()
        call(f, 3)
        assert.same({ 2, 3 }, held(f, 1, 3))
      end)

      it("fills the place of what was forgotten first", function()
        local f = memo.wrap(identity, { maxsize = 3 })
        call(f, 1, 2, 3)
        memo.cache(f):forget(2)
        call(f, 4)
        assert.same({ 1, 3, 4 }, held(f, 1, 4))
        assert.equal(0, memo.cache(f):info().evictions)
        call(f, 5)
        assert.same({ 3, 4, 5 }, held(f, 1, 5))
      end)

      it("of one holds the last", function()
        local f = memo.wrap(identity, { maxsize = 1 })
        call(f, 1, 2, 2, 1)
        assert.same({ 1 }, held(f, 1, 2))
        assert.equal(1, memo.cache(f):info().hits)
      end)

      it("orders what the function's own calls bring by their returns", function()
        local f
        f = memo.wrap(function(n) return n == 0 and 0 or 1 + f(n - 1) end, { maxsize = 4 })
        assert.equal(9, f(9))
        assert.same({ 6, 7, 8, 9 }, held(f, 0, 9))
      end)
    end)

    describe("sieve", function()
      it("takes the oldest that was not used", function()
        local f = memo.wrap(identity, { maxsize = 3, policy = "sieve" })
        call(f, 1, 2, 3, 1, 4)
        assert.same({ 1, 3, 4 }, held(f, 1, 4))
      end)

      -- The example of the paper's figure: a hand that goes on from where it was.
      it("moves its hand on, and clears the marks that it passes", function()
        local f = memo.wrap(identity, { maxsize = 7, policy = "sieve" })
        call(f, 1, 2, 3, 4, 5, 6, 7)
        call(f, 1, 2, 7)
        call(f, 8)
        assert.same({ 1, 2, 4, 5, 6, 7, 8 }, held(f, 1, 8))
        call(f, 1, 4, 9)
        assert.same({ 1, 2, 4, 6, 7, 8, 9 }, held(f, 1, 9))
        call(f, 10, 11)
        assert.same({ 1, 2, 4, 7, 9, 10, 11 }, held(f, 1, 11))
      end)

      it("goes round when all were used", function()
        local f = memo.wrap(identity, { maxsize = 3, policy = "sieve" })
        call(f, 1, 2, 3, 1, 2, 3)
        call(f, 4)
        assert.same({ 2, 3, 4 }, held(f, 1, 4))
        call(f, 5)
        assert.same({ 3, 4, 5 }, held(f, 1, 5))
      end)

      it("stands that its hand's entry is forgotten", function()
        local f = memo.wrap(identity, { maxsize = 3, policy = "sieve" })
        call(f, 1, 2, 3, 1, 4)
        memo.cache(f):forget(3)
        call(f, 5, 6)
        assert.equal(3, memo.cache(f):info().currsize)
        for i = 1, 6 do memo.cache(f):forget(i) end
        call(f, 7, 8, 9, 10)
        assert.same({ 8, 9, 10 }, held(f, 1, 10))
      end)

      it("keeps the popular through a scan, which lru does not", function()
        local hits = {}
        for _, policy in ipairs { "lru", "sieve" } do
          local f = memo.wrap(identity, { maxsize = 100, policy = policy })
          for i = 1, 5000 do
            f(i % 40)
            f(i % 40)
            f(-i)
            f(-i - 100000)
          end
          hits[policy] = memo.cache(f):info().hits
        end
        assert.same({ lru = 5000, sieve = 9960 }, hits)
      end)
    end)

    describe("a ttl", function()
      local now, f, cache

      before_each(function()
        now = 100.0
        f = memo.wrap(identity, { maxsize = 3, ttl = 10, clock = function() return now end })
        cache = memo.cache(f)
      end)

      it("makes entries expire that many seconds after they were kept", function()
        f(1)
        now = 109.5
        f(1)
        assert.same({ true, 1 }, { cache:peek(1) })
        now = 110
        assert.same({ false }, { cache:peek(1) })
        f(1)
        assert.same({
          hits = 1, misses = 2, evictions = 0, expired = 1, currsize = 1, maxsize = 3,
        }, cache:info())
        now = 119
        f(1)
        assert.equal(2, cache:info().hits)
      end)

      it("counts each entry that has expired once, however it is found out", function()
        call(f, 1, 2, 3)
        now = 110
        assert.is_false(cache:forget(1))
        assert.same({ false }, { cache:peek(2) })
        assert.same({ expired = 3, currsize = 0 }, {
          expired = cache:info().expired, currsize = cache:info().currsize,
        })
        assert.equal(0, cache:info().evictions)
      end)

      it("counts as expired what would have been evicted", function()
        call(f, 1, 2)
        now = 109
        call(f, 3)
        now = 112
        call(f, 4, 5)
        local info = cache:info()
        assert.equal(2, info.expired)
        assert.equal(0, info.evictions)
        call(f, 6)
        assert.equal(1, cache:info().evictions)
      end)

      it("starts when the function returns", function()
        local g = memo.wrap(function()
          now = now + 20
          return now
        end, { ttl = 10, clock = function() return now end })
        assert.equal(g(), g())
      end)

      it("goes by the monotonic clock", function()
        local g = memo.wrap(identity, { ttl = 3600 })
        call(g, 1, 1)
        assert.equal(1, memo.cache(g):info().hits)
      end)

      it("of math.huge is none", function()
        local g = memo.wrap(identity, { ttl = math.huge, clock = function() return now end })
        g(1)
        now = 1e300
        g(1)
        assert.equal(1, memo.cache(g):info().hits)
      end)

      it("refuses a clock that gives no number", function()
        for got, time in pairs({ ["nil"] = false, ['"5"'] = "5", table = {}, boolean = true }) do
          local g = memo.wrap(identity, { ttl = 1, clock = function() return time or nil end })
          local ok, message = pcall(g, 1)
          assert.is_false(ok)
          assert.equal(("option 'clock' gave %s, not a number of seconds"):format(got), message)
        end
      end)

      it("lets an error of the clock through, and nothing is broken", function()
        local fails = false
        local g = memo.wrap(identity, {
          ttl = 10, maxsize = 1,
          clock = function() return fails and error("no time", 0) or now end,
        })
        g(1)
        fails = true
        assert.has_error(function() g(2) end, "no time")
        fails = false
        call(g, 1, 2)
        assert.equal(1, memo.cache(g):info().currsize)
      end)

      it("works with policies, key functions and many arguments", function()
        for _, policy in ipairs { "lru", "sieve" } do
          local g = memo.wrap(identity, {
            ttl = 10, clock = function() return now end, policy = policy, maxsize = 2,
            key = function(a, b) return a + b end,
          })
          g(1, 2)
          assert.equal(1, (g(2, 1)))
          now = now + 10
          assert.equal(2, (g(2, 1)))
          local h = memo.wrap(identity, { ttl = 10, clock = function() return now end })
          h(1, 2, 3, 4, 5, 6, 7)
          h(1, 2, 3, 4, 5, 6, 7)
          now = now + 10
          h(1, 2, 3, 4, 5, 6, 7)
          assert.equal(2, memo.cache(h):info().misses)
        end
      end)
    end)

    describe("what goes", function()
      local watched

      before_each(function() watched = setmetatable({}, { __mode = "k" }) end)

      local function watch(object)
        watched[object] = true
        return object
      end

      local function left()
        collectgarbage()
        collectgarbage()
        local n = 0
        for _ in pairs(watched) do n = n + 1 end
        return n
      end

      -- Makes its argument and its results objects that are watched.
      local function fill(options, n, wide)
        local f = memo.wrap(function() return watch {}, watch {} end, options)
        for _ = 1, n do
          if wide then
            f(watch {}, 2, watch {}, nil, watch {}, 6)
          else
            f(watch {})
          end
        end
        return f
      end

      for name, options in pairs {
        lru = { maxsize = 8 },
        sieve = { maxsize = 8, policy = "sieve" },
        ["a ttl"] = { maxsize = 8, ttl = 1000 },
        ["typed"] = { maxsize = 8, typed = true },
      } do
        it("is released, keys and values, with " .. name, function()
          local f = fill(options, 100)
          assert.equal(8 * 3, left())
          assert.equal(92, memo.cache(f):info().evictions)
          memo.cache(f):clear()
          assert.equal(0, left())
        end)

        it("is released with all its arguments, with " .. name, function()
          local f = fill(options, 100, true)
          assert.equal(8 * 5, left())
          memo.cache(f):clear()
          assert.equal(0, left())
        end)
      end

      it("is released when it is forgotten", function()
        local f = memo.wrap(function() return watch {} end)
        local key, other = watch {}, watch {}
        f(key)
        f(other, 1)
        memo.cache(f):forget(key)
        memo.cache(f):forget(other, 1)
        key, other = nil, nil -- luacheck: ignore
        assert.equal(0, left())
      end)

      it("is released when it has expired and is found", function()
        local now = 0
        local f = fill({ ttl = 1, clock = function() return now end }, 5)
        assert.equal(15, left())
        now = 1
        memo.cache(f):info()
        assert.equal(0, left())
      end)

      it("is released when a result is replaced", function()
        local f
        f = memo.wrap(function(again)
          if again then
            memo.cache(f):forget(again)
            f(false)
          end
          return watch {}
        end)
        f(false)
        memo.cache(f):forget(false)
        f(true)
        assert.equal(2, left())
      end)

      it("is not kept by anything else", function()
        do
          local f = fill({}, 100)
          local cache = memo.cache(f)
          assert.equal(100, cache:info().currsize)
        end
        assert.equal(0, left())
      end)

      it("is a long string's memory too", function()
        local f = memo.wrap(function(text) return #text end, { maxsize = 2 })
        collectgarbage()
        collectgarbage()
        local before = collectgarbage("count")
        for i = 1, 50 do f(("x"):rep(100000) .. i) end
        collectgarbage()
        collectgarbage()
        assert.is_true(collectgarbage("count") - before < 400)
      end)
    end)
  end)
end
