--- What only the native memo promises: memory, and to stand what Lua's collector and wrong calls
--- do.
local memo = require("perilune.native.memo")
local stores = require("perilune.native.memo.store")
local memory = require("spec.native.memory")

local kilobytes, SLACK <const> = memory.kilobytes, memory.slack

local function new_store(maxsize, options)
  options = options or {}
  return stores.new(maxsize, options.policy or "lru", options.ttl or 0, options.typed, options.weak)
end

describe("the native memo", function()
  it("takes the time first where entries expire, whatever follows it", function()
    local store = stores.new(4, "lru", 5, false, false)
    store.put_one(2, 1) -- the time, an argument, no result
    assert.same({ 0 }, (select(2, store.get(2, 1)))) -- a hit without results
    assert.equal(1, (select(2, store.get(7, 1)))) -- a miss with one argument
  end)

  describe("memory", function()
    it("is 32 bytes an entry, 8 more for each further argument, and 2 to 4 buckets", function()
      local store = new_store(128)
      assert.equal(0, store.bytes())
      store.put_one(1, 1)
      assert.equal(17 * 32 + 64 * 4, store.bytes())
      store.put_two(1, 2, 1)
      assert.equal(17 * 40 + 64 * 4, store.bytes())
      for i = 1, 1000 do store.put_one(i, i) end
      assert.equal(129 * 40 + 512 * 4, store.bytes())
      store.clear()
      assert.equal(0, store.bytes())
    end)

    it("is what the buffer takes, for numbers", function()
      local f = memo.wrap(function(n) return n + 0.5 end, { maxsize = math.huge })
      local before = kilobytes()
      for i = 1, 100000 do f(i) end
      local used = kilobytes() - before
      assert.is_true(used < 100000 * (32 + 16) * 2 / 1024 + SLACK, used)
      memo.cache(f):clear()
      assert.is_true(kilobytes() - before < SLACK)
    end)

    it("of long lists of arguments is freed by clear", function()
      local f = memo.wrap(function() return 1 end, { weak = true })
      local function fill_and_clear()
        for i = 1, 2000 do f(1, 2, 3, 4, ("long"):rep(200) .. i) end
        memo.cache(f):clear()
      end
      fill_and_clear() -- Lua's own tables have grown by now
      local before = kilobytes()
      fill_and_clear()
      assert.is_true(kilobytes() - before < SLACK)
    end)

    it("does not grow where entries come and go", function()
      -- Lua's table of strings grows to what dies between two cycles: more in a larger heap.
      local EVERY <const> = 500
      local f = memo.wrap(function(a) return { a } end, { maxsize = 100 })
      local function churn(first)
        for i = first, first + 5000 do
          f("key " .. i)
          f({})
          f(i, {}, "x")
          f(("long"):rep(20) .. i)
          f(1, 2, 3, 4, 5, i)
          if i % EVERY == 0 then collectgarbage() end
        end
      end
      churn(1)
      churn(10000)
      local before = kilobytes()
      for i = 1, 5 do churn(i * 100000) end
      assert.is_true(kilobytes() - before < 4 * SLACK)
      assert.equal(100, memo.cache(f):info().currsize)
    end)

    it("does not grow where weak entries die", function()
      -- A weak table grows to what dies between two cycles, which is more the larger the heap is.
      local EVERY <const> = 500
      local f = memo.wrap(function(a, b) return { a, b } end, { weak = true })
      local function churn()
        for i = 1, 5000 do
          f({}, i)
          f({}, {})
          f({}, 2, 3, 4, 5, i)
          if i % EVERY == 0 then collectgarbage() end
        end
      end
      churn()
      assert.equal(0, (kilobytes() and memo.cache(f):info().currsize))
      local before = kilobytes()
      churn()
      assert.is_true(kilobytes() - before < SLACK)
    end)
  end)

  describe("under the collector", function()
    it("finds no string where another one was", function()
      local f = memo.wrap(function(text) return text end, { maxsize = 50 })
      for round = 1, 50 do
        for i = 1, 100 do assert.equal(round .. " in " .. i, f(round .. " in " .. i)) end
        collectgarbage()
        for i = 1, 100 do assert.equal(round .. " out " .. i, f(round .. " out " .. i)) end
      end
    end)

    it("can be used by a finaliser that runs after it was garbage", function()
      local found
      do
        local f = memo.wrap(function(n) return { n } end)
        f(1)
        setmetatable({ f = f }, {
          __gc = function(self)
            found = memo.cache(self.f):peek(1) and self.f(2)[1] == 2
            memo.cache(self.f):clear()
          end,
        })
      end
      collectgarbage()
      assert.is_true(found)
    end)

    it("stands finalisers that change it in any call, weak and with a ttl", function()
      for _, options in ipairs {
        { maxsize = 5, weak = true }, { maxsize = 5, ttl = 1000 }, { maxsize = 100, typed = true },
      } do
        local f = memo.wrap(function(...) return { ... }, ... end, options)
        local n, metatable = 0, {}
        function metatable.__gc(self)
          n = n + 1
          f(self)
          f(self, {}, n)
          f(n, n, n, n, n, {})
          f(("long"):rep(20) .. n)
          if n % 30 == 0 then memo.cache(f):clear() end
        end
        collectgarbage("generational")
        for i = 1, 2000 do
          local object = setmetatable({}, metatable)
          setmetatable({}, metatable)
          assert.equal(i, (select(3, f(object, i))))
          assert.equal(object, f({}, object)[2])
          f(("long"):rep(20) .. i, {})
          if i % 500 == 0 then collectgarbage() end
        end
        collectgarbage("incremental")
        metatable.__gc = nil
        assert.is_true(n > 100)
        assert.is_true(memo.cache(f):info().currsize <= options.maxsize)
      end
    end)

    -- An object's table of values is made while OWNERS, where it belongs, can go.
    it("stands finalisers that clear it while it takes in a weak key", function()
      local store, trap, n = new_store(50, { weak = true }), {}, 0
      local metatable = { __gc = function() n = n + 1 store.clear(trap) end }
      collectgarbage("generational")
      local i = 0
      repeat -- in a large heap the collector comes by seldom
        i = i + 1
        setmetatable({}, metatable)
        store.put_two({}, i, i)
      until i >= 20000 and n > 1000 or i == 2000000
      collectgarbage("incremental")
      metatable.__gc = nil
      assert.is_nil(next(trap))
      assert.is_true(n > 1000)
    end)
  end)

  -- Of one hash, or a few, if it were Lua's.
  describe("keys that follow a pattern", function()
    for name, pattern in pairs {
      ["multiples of 2^14 - 1"] = function(i) return i * ((1 << 14) - 1) * 1000003 end,
      ["multiples of 2^32"] = function(i) return i << 32 end,
      ["multiples of 2^48"] = function(i) return i << 48 end,
      ["a sequence"] = function(i) return i end,
      ["floats with few bits"] = function(i) return 2.0 ^ -(i % 1000) * i + 0.1 end,
    } do
      it("are all kept, such as " .. name, function()
        local f = memo.wrap(function(n) return n end, { maxsize = 16000 })
        for _ = 1, 2 do
          for i = 1, 16000 do assert(f(pattern(i)) == pattern(i)) end
        end
        local info = memo.cache(f):info()
        assert.equal(info.misses, info.currsize)
        assert.equal(32000, info.hits + info.misses)
      end)
    end
  end)

  describe("the store", function()
    it("refuses what it cannot be", function()
      assert.has_error(function() stores.new(-1, "lru", 0) end,
        "bad argument #1 to 'new' (negative size)")
      assert.has_error(function() stores.new(1, "fifo", 0) end,
        "bad argument #2 to 'new' (invalid option 'fifo')")
      assert.has_error(function() stores.new(1, "lru") end,
        "bad argument #3 to 'new' (number expected, got no value)")
    end)

    it("refuses calls that the wrapper does not make", function()
      local store, timed = new_store(8), new_store(8, { ttl = 1 })
      for _, call in ipairs {
        function() store.put_one() end,
        function() store.put_two(1) end,
        function() store.put_packed() end,
        function() store.put_packed({}) end,
        function() store.put_packed({ n = stores.width + 1 }) end,
        function() store.put_packed({ n = -1 }) end,
        function() timed.get() end,
        function() timed.put_one("now", 1, 2) end,
      } do
        assert.is_false((pcall(call)))
      end
      assert.same({ 0, 0, 0, 0, 0 }, { store.info() })
    end)

    it("has no entry for a long string that it has never seen", function()
      local store = new_store(8)
      store.put_one(("x"):rep(100), 1)
      assert.is_true(store.has(("x"):rep(100)))
      assert.is_false(store.has(("y"):rep(100)))
    end)

    it("gives way in order of use where there are very many entries", function()
      for _, policy in ipairs { "lru", "sieve" } do
        local f = memo.wrap(function(n) return -n end, { maxsize = 5000, policy = policy })
        for i = 1, 7000 do assert.equal(-i, f(i)) end
        local info = memo.cache(f):info()
        assert.same({ 5000, 2000 }, { info.currsize, info.evictions })
        for i = 2001, 7000 do assert.equal(-i, f(i)) end
        assert.equal(5000, memo.cache(f):info().hits)
      end
    end)

    -- A thousand keys without a pattern share buckets.
    it("tells apart calls of which only the last argument differs", function()
      local f = memo.wrap(function(_, x) return x end, { maxsize = 2000 })
      for _ = 1, 2 do
        for i = 1, 1000 do assert(f(1, math.sin(i)) == math.sin(i)) end
      end
      assert.equal(1000, memo.cache(f):info().hits)
    end)

    it("keeps what a call returned that has called itself in the meantime", function()
      local g, lost = nil, setmetatable({}, { __mode = "v" })
      local first = true
      g = memo.wrap(function(key)
        if not first then return lost[1] end
        first, lost[1] = false, {}
        assert.equal(lost[1], g(key))
        return 7
      end)
      assert.equal(7, g("x"))
      assert.equal(7, g("x"))
      collectgarbage()
      assert.is_nil(lost[1])
    end)

    it("tells a miss from what it keeps", function()
      local store = new_store(8)
      assert.same({ n = 2, nil, 1 }, table.pack(store.get(5)))
      assert.same({ n = 2, nil, 0 }, table.pack(store.get()))
      assert.same({ n = 2, nil, 5 }, table.pack(store.get(1, 2, 3, 4, 5)))
      coroutine.wrap(function()
        assert.same({ n = 2, nil, -3 }, table.pack(store.get(1, 2)))
      end)()
      assert.same({ n = 2, "a", "b" }, table.pack(store.put_one(5, "a", "b")))
      assert.same({ n = 2, nil, { 2, "a", "b" } }, table.pack(store.get(5)))
      store.put_one(6, nil)
      assert.same({ n = 2, nil, true }, table.pack(store.get(6)))
      assert.same({ 2, 2, 0, 0, 2 }, { store.info() })
    end)
  end)
end)
