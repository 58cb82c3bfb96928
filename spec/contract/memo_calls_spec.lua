--- perilune.memo: recursion, and functions that use their own cache.
local kinds = require("spec.contract.kinds")

for tag, memo in kinds("memo") do
  describe("memo " .. tag, function()
    local function info(f) return memo.cache(f):info() end

    describe("recursion", function()
      local function deep(options)
        local f
        f = memo.wrap(function(n) return n == 0 and 0 or 1 + f(n - 1) end, options)
        return f
      end

      for name, options in pairs {
        ["without a bound"] = { maxsize = math.huge },
        ["in a small cache"] = { maxsize = 10 },
        ["by key"] = { key = function(n) return n end },
        ["with a ttl"] = { ttl = 1000 },
        ["with sieve"] = { policy = "sieve" },
      } do
        it("goes 10,000 deep " .. name, function()
          assert.equal(10000, deep(options)(10000))
        end)

        it("goes 10,000 deep in a coroutine, " .. name, function()
          assert.equal(10000, coroutine.wrap(deep(options))(10000))
        end)
      end

      it("goes deep with three arguments and more", function()
        local f
        f = memo.wrap(function(n, ...) return n == 0 and 0 or 1 + f(n - 1, ...) end)
        assert.equal(5000, f(5000, 2, 3))
        assert.equal(5000, f(5000, 2, 3, 4, 5, 6))
      end)

      it("into the same key just calls again", function()
        local f, depth = nil, 0
        f = memo.wrap(function(n)
          depth = depth + 1
          return depth < 5 and f(n) or depth
        end)
        assert.equal(5, f(1))
        assert.equal(5, f(1))
        assert.equal(5, info(f).misses)
        assert.equal(1, info(f).currsize)
        assert.equal(1, info(f).hits)
      end)

      it("may go through pcall, metamethods and iterators", function()
        local f
        f = memo.wrap(function(n)
          if n == 0 then return 0 end
          local _, value = pcall(f, n - 1)
          local lazy = setmetatable({}, { __index = function(_, m) return f(m) end })
          for m in function(_, last) return last ~= n - 1 and n - 1 or nil end do
            value = value + lazy[m]
          end
          return value + 1
        end)
        assert.equal(1023, f(10))
        assert.equal(11, info(f).misses)
      end)
    end)

    describe("a function that uses its own cache", function()
      it("may clear it", function()
        local f
        f = memo.wrap(function(n)
          memo.cache(f):clear()
          return n
        end)
        for i = 1, 10 do assert.equal(i, f(i)) end
        assert.equal(1, info(f).currsize)
        assert.equal(10, f(10))
      end)

      it("may forget its key, and others", function()
        local f
        f = memo.wrap(function(n)
          for i = 1, n do memo.cache(f):forget(i) end
          return n
        end)
        for i = 1, 10 do f(i) end
        assert.equal(1, info(f).currsize)
        f(1)
        f(1)
        assert.equal(1, info(f).hits)
      end)

      it("may fill it", function()
        local f
        f = memo.wrap(function(n)
          if n == 0 then
            for i = 1, 100 do f(i) end
          end
          return n
        end, { maxsize = 4 })
        assert.equal(0, f(0))
        assert.equal(0, f(0))
        assert.same({ 1, 101, 97, 4 }, {
          info(f).hits, info(f).misses, info(f).evictions, info(f).currsize,
        })
      end)

      it("may wrap another one that uses the same", function()
        local even, odd
        even = memo.wrap(function(n) return n == 0 or odd(n - 1) end, { maxsize = 2 })
        odd = memo.wrap(function(n) return n ~= 0 and even(n - 1) end, { maxsize = 3 })
        assert.is_true(even(1000))
        assert.is_false(odd(1000))
      end)

      it("may be called by finalisers at any time", function()
        local f = memo.wrap(function(n) return { n } end, { maxsize = 10 })
        local n, metatable = 0, {}
        function metatable.__gc()
          n = n + 1
          assert(f(n % 20)[1] == n % 20)
          assert(f("finaliser " .. n)[1] == "finaliser " .. n)
          f(n, n, n)
          if n % 10 == 0 then memo.cache(f):forget(n % 20) end
          if n % 50 == 0 then memo.cache(f):clear() end
        end
        collectgarbage("generational")
        for i = 1, 5000 do
          setmetatable({}, metatable)
          assert(f(i % 20)[1] == i % 20)
          assert(f(("long"):rep(20) .. i)[1])
          f({}, i)
          if i % 500 == 0 then collectgarbage() end
        end
        collectgarbage("incremental")
        metatable.__gc = nil
        assert.is_true(n > 100)
        assert.is_true(info(f).currsize <= 10)
      end)

      it("may be cleared by finalisers at any time, and has what it counts", function()
        local f = memo.wrap(function(n) return n end, { maxsize = math.huge })
        local cache, kept = memo.cache(f), 0
        local metatable = { __gc = function() cache:clear() end }
        collectgarbage("generational")
        for i = 1, 6000 do
          setmetatable({}, metatable)
          f("key " .. i, i)
        end
        collectgarbage("incremental")
        metatable.__gc = nil
        for i = 1, 6000 do
          if cache:peek("key " .. i, i) then kept = kept + 1 end
        end
        assert.equal(kept, cache:info().currsize)
      end)
    end)
  end)
end
