--- perilune.memo: objects that a weak cache does not keep alive.
local kinds = require("spec.contract.kinds")

for tag, memo in kinds("memo") do
  describe("weak memo " .. tag, function()
    local watched

    before_each(function() watched = setmetatable({}, { __mode = "k" }) end)

    local function watch(object)
      watched[object] = true
      return object
    end

    local function collect()
      collectgarbage()
      collectgarbage()
    end

    local function left()
      collect()
      local n = 0
      for _ in pairs(watched) do n = n + 1 end
      return n
    end

    local function size(f) return memo.cache(f):info().currsize end

    local function weak(fn, options)
      options = options or {}
      options.weak = true
      return memo.wrap(fn, options)
    end

    it("keeps what is in use", function()
      local calls = 0
      local f = weak(function(object)
        calls = calls + 1
        return object, { object }
      end)
      local objects = { {}, function() return watched end, coroutine.create(print), io.stdout }
      for _ = 1, 2 do
        for _, object in ipairs(objects) do
          local same, box = f(object)
          assert.equal(object, same)
          assert.equal(object, box[1])
          collect()
        end
      end
      assert.equal(4, calls)
      assert.equal(4, size(f))
    end)

    it("does not keep self alive, in methods", function()
      local Class = {}
      Class.__index = Class
      function Class:scaled(by) return { self.value * by } end
      Class.scaled = weak(Class.scaled)
      for i = 1, 10 do
        local object = watch(setmetatable({ value = i }, Class))
        assert.equal(3 * i, object:scaled(3)[1])
        assert.equal(object:scaled(3), object:scaled(3))
      end
      assert.equal(0, left())
      assert.equal(0, size(Class.scaled))
    end)

    it("lets go though the results refer to the object", function()
      local f = weak(function(object) return watch { object }, object end)
      for _ = 1, 10 do f(watch {}) end
      assert.equal(0, left())
      assert.equal(0, size(f))
    end)

    it("lets go when any of several objects goes", function()
      local f = weak(function(...) return watch { ... } end)
      local a, b = watch {}, watch {}
      f(a, b)
      f(b, a)
      f(a, 1, b)
      f(nil, a, nil, b)
      f(a, 2, 3, 4, 5, b)
      f(a)
      assert.equal(8, left())
      assert.equal(6, size(f))
      b = nil -- luacheck: ignore
      assert.equal(2, left())
      assert.equal(1, size(f))
      a = nil -- luacheck: ignore
      assert.equal(0, left())
      assert.equal(0, size(f))
    end)

    it("lets go of results that refer to another key", function()
      local a, b = watch {}, watch {}
      local other = { [a] = b, [b] = a }
      local f = weak(function(object) return other[object] end)
      f(a)
      f(b)
      other = nil -- luacheck: ignore
      assert.equal(2, left())
      a, b = nil, nil -- luacheck: ignore
      assert.equal(0, left())
      assert.equal(0, size(f))
    end)

    it("keeps what has no object", function()
      local calls = 0
      local f = weak(function(...)
        calls = calls + 1
        return { ... }
      end)
      local function ask()
        f()
        f(nil)
        f("a")
        f(("long"):rep(20))
        f(1, 2.5, true, "x")
        f(1, 2, 3, 4, 5, 6)
        f(print)
      end
      ask()
      collect()
      ask()
      assert.equal(7, calls)
      assert.equal(7, size(f))
    end)

    it("keeps strings beside an object as long as that", function()
      local calls = 0
      local f = weak(function(_, text)
        calls = calls + 1
        return text
      end)
      local object, long = {}, ("long"):rep(100)
      for _ = 1, 3 do
        assert.equal("short", f(object, "short"))
        assert.equal(long, f(object, ("long"):rep(100)))
        collect()
      end
      assert.equal(2, calls)
    end)

    it("keeps nil, false and several results", function()
      local calls, key = 0, {}
      local f = weak(function(_, n)
        calls = calls + 1
        if n == 1 then return nil end
        if n == 2 then return false end
        if n == 3 then return nil, false, nil end
      end)
      for _ = 1, 2 do
        assert.same(table.pack(nil), table.pack(f(key, 1)))
        assert.same(table.pack(false), table.pack(f(key, 2)))
        assert.same(table.pack(nil, false, nil), table.pack(f(key, 3)))
        assert.same(table.pack(), table.pack(f(key, 4)))
        collect()
      end
      assert.equal(4, calls)
    end)

    it("gives no dead object's results to a new one in its place", function()
      local f = weak(function(object) return object.id end, { maxsize = 100000 })
      local id = 0
      for _ = 1, 200 do
        for _ = 1, 20 do
          id = id + 1
          assert.equal(id, f({ id = id }))
          assert.equal(id, f({ id = id }, "more", {}))
        end
        collectgarbage()
      end
      collect()
      assert.equal(0, size(f))
    end)

    it("makes room from the dead first, once the collector has been there", function()
      local f = weak(function(object) return { object } end, { maxsize = 4 })
      local kept = { {}, {} }
      f(kept[1])
      f(kept[2])
      f({})
      f({})
      collect()
      local new = {}
      f(new)
      f(7)
      assert.equal(0, memo.cache(f):info().evictions)
      assert.equal(4, size(f))
      kept = nil -- luacheck: ignore
      collect()
      f(8)
      assert.equal(0, memo.cache(f):info().evictions)
      assert.equal(3, size(f))
    end)

    it("evicts by the same policies", function()
      for _, policy in ipairs { "lru", "sieve" } do
        local f = weak(function() return watch {} end, { maxsize = 3, policy = policy })
        local keys = { {}, {}, {}, {}, {} }
        for i = 1, 3 do f(keys[i], i) end
        f(keys[1], 1)
        f(keys[4], 4)
        assert.is_true((memo.cache(f):peek(keys[1], 1)))
        assert.is_false((memo.cache(f):peek(keys[2], 2)))
        assert.equal(1, memo.cache(f):info().evictions)
        assert.is_true(memo.cache(f):forget(keys[1], 1))
        assert.is_false(memo.cache(f):forget(keys[1], 1))
        assert.equal(2, size(f))
      end
      assert.equal(0, left())
    end)

    it("releases a value when it is forgotten, though its object lives", function()
      local f = weak(function() return watch {} end)
      local a, b = {}, {}
      f(a)
      f(a, b)
      f(a, 2, 3, 4, 5)
      assert.equal(3, left())
      memo.cache(f):forget(a)
      memo.cache(f):forget(a, b)
      memo.cache(f):forget(a, 2, 3, 4, 5)
      assert.equal(0, left())
      f(a, b)
      memo.cache(f):clear()
      assert.equal(0, left())
    end)

    it("goes by a weak key function's object", function()
      local f = weak(function(object) return watch { object } end, {
        key = function(object) return object.inner end,
      })
      local object = { inner = watch {} }
      f(object)
      f({ inner = object.inner })
      assert.equal(1, memo.cache(f):info().hits)
      assert.equal(2, left())
      object = nil -- luacheck: ignore
      assert.equal(0, left())
    end)

    it("expires, too", function()
      local now, key = 0, {}
      local f = weak(function() return watch {} end, { ttl = 1, clock = function() return now end })
      f(key)
      f(key, 2)
      now = 1
      f(key)
      assert.equal(1, left() - 1)
      assert.equal(1, size(f))
      assert.equal(2, memo.cache(f):info().expired)
    end)

    it("stands objects that come back in their finaliser", function()
      local back, found, hits
      local f = weak(function(object) return { object } end)
      do
        local object = setmetatable({}, {
          __gc = function(self)
            back = self
            found = f(self)[1] == self and f(self, 1)[1] == self
          end,
        })
        f(object)
        f(object, 1)
      end
      collect()
      assert.is_true(found)
      hits = memo.cache(f):info().hits
      assert.equal(back, f(back)[1])
      assert.equal(back, f(back, 1)[1])
      assert.equal(2, size(f))
      assert.equal(2, memo.cache(f):info().hits - hits)
      back = nil -- luacheck: ignore
      collect()
      collect()
      assert.equal(0, size(f))
    end)
  end)
end
