--- perilune.pool: many tasks at once, map and imap.
local ints = require("perilune.ints")
local kinds = require("spec.contract.kinds")
local pools = require("spec.contract.pools")

local CHUNKS <const> = { 1, 7, 1000, "auto" }

for tag, pool in kinds("pool") do
  describe("pool " .. tag, function()
    local tasks = pools.tasks()
    local processes

    before_each(function() processes = pools.count_processes() end)
    after_each(function() pools.assert_none_left(processes) end)

    local function square(x) return x * x, "a second result" end
    local function or_none(x) return x == nil and "none" or x end
    local function nothing() end
    local function echo(...) return ... end

    local function range(n)
      local list = {}
      for i = 1, n do list[i] = i end
      return list
    end

    -- Calls what gives the arguments of n tasks, and after them nil.
    local function counter(n)
      local i = 0
      return function()
        i = i + 1
        if i <= n then return i, -i end
      end, function() return i end
    end

    local function collect(...)
      local list = {}
      for i, result in ... do list[i] = result end
      return list
    end

    -- Tasks that ran when another one's error was raised go on.
    local function assert_idle(p)
      local stats
      repeat stats = p:stats() until stats.running == 0
      assert.equal(0, stats.queued)
      assert.equal(stats.submitted, stats.completed + stats.failed + stats.cancelled)
      assert.equal(5, p:submit(echo, 5):result())
    end

    describe("map", function()
      it("gives a result for each item, in order", function()
        local p <close> = pool.new({ workers = 2 })
        assert.same({ n = 0 }, p:map(square, {}))
        assert.same({ 9, n = 1 }, p:map(square, { 3 }))
        assert.same({ 1, 4, 9, n = 3 }, p:map(square, { 1, 2, 3 }))
      end)

      it("does so whatever the chunks and however many workers", function()
        local expected = { n = 50 }
        for i = 1, 50 do expected[i] = i * i end
        for workers = 1, 3 do
          local p <close> = pool.new({ workers = workers })
          for _, chunksize in ipairs(CHUNKS) do
            assert.same(expected, p:map(square, range(50), { chunksize = chunksize }))
          end
        end
      end)

      it("calls the function for nil as well, up to n", function()
        local p <close> = pool.new({ workers = 2 })
        for _, chunksize in ipairs(CHUNKS) do
          local options = { chunksize = chunksize }
          assert.same({ 1, "none", 3, "none", n = 4 },
            p:map(or_none, { 1, nil, 3, nil, n = 4 }, options))
          assert.same({ n = 3 }, p:map(nothing, { 1, 2, 3 }, options))
          assert.same({ 1, nil, 3, n = 3 }, p:map(echo, { 1, nil, 3, n = 3 }, options))
          assert.same({ 1, n = 1 }, p:map(echo, { 1, 2, 3, n = 1 }, options))
          assert.same({ "none", n = 1 }, p:map(or_none, { n = 1.0 }, options))
        end
      end)

      it("goes by a list's own n, not by one of its class", function()
        local p <close> = pool.new({ workers = 1 })
        local List = { n = "a name of the class's" }
        List.__index = List
        assert.same({ 4, 9, n = 2 }, p:map(square, setmetatable({ 2, 3 }, List)))
      end)

      it("keeps false", function()
        local p <close> = pool.new({ workers = 1 })
        assert.same({ false, true, false, n = 3 }, p:map(echo, { false, true, false }))
      end)

      it("takes packed integers", function()
        local p <close> = pool.new({ workers = 2 })
        assert.same({ 9, 16, 25, n = 3 }, p:map(square, ints.from({ 3, 4, 5 })))
      end)

      it("takes and gives large items", function()
        local p <close> = pool.new({ workers = 2 })
        local items, expected = {}, { n = 10 }
        for i = 1, 10 do items[i] = ("%d"):format(i - 1):rep(100000) end
        for i = 1, 10 do expected[i] = items[i] .. "!" end
        local function exclaim(text) return text .. "!" end
        for _, chunksize in ipairs { 1, 3 } do
          assert.same(expected, p:map(exclaim, items, { chunksize = chunksize }))
        end
      end)

      it("raises the first item's error, after those before it", function()
        local p <close> = pool.new({ workers = 2 })
        for _, chunksize in ipairs(CHUNKS) do
          local problem = pools.is_failure("error", pools.raised(p.map, p, tasks.fail_from,
            { 1, 2, 3, 4, 5, 6, 7, 8 }, { chunksize = chunksize }))
          assert.equal("three or more", problem.message)
          assert.equal(3, problem.index)
          assert_idle(p)
        end
      end)

      it("cancels what has not started when a task has failed", function()
        local p <close> = pool.new({ workers = 1 })
        local items, payload = { 3 }, ("x"):rep(1 << 16)
        for i = 2, 100 do items[i] = payload end
        local function fail_or_spin(item)
          if item == 3 then return tasks.fail_from(item) end
          return tasks.spin(1)
        end
        local problem = pools.raised(p.map, p, fail_or_spin, items, { chunksize = 1 })
        assert.equal("three or more", problem.message)
        assert.equal(1, p:submit(echo, 1):result())
        assert.is_true(p:stats().completed < 90)
        assert.equal(1, p:stats().failed)
      end)

      it("gives Errors among the results where it is told to", function()
        local p <close> = pool.new({ workers = 2 })
        for _, chunksize in ipairs(CHUNKS) do
          local results = p:map(tasks.fail_from, { 1, 3, 2, 4 },
            { on_error = "return", chunksize = chunksize })
          assert.equal(4, results.n)
          assert.equal(1, results[1])
          assert.equal(2, results[3])
          for _, i in ipairs { 2, 4 } do
            assert.is_true(pool.is_error(results[i]))
            assert.equal("three or more", results[i].message)
            assert.equal(i, results[i].index)
          end
        end
        assert.equal(8, p:stats().failed)
        assert.equal(8, p:stats().completed)
      end)

      it("says which result cannot be sent", function()
        local p <close> = pool.new({ workers = 2 })
        local function bad_at_two(n)
          if n == 2 then return { n, echo, tasks.coroutine_at("x") } end
          return n
        end
        local results = p:map(bad_at_two, { 1, 2, 3 }, { on_error = "return" })
        pools.is_failure("data", results[2])
        assert.equal("result 1[4].x: a coroutine cannot be sent", results[2].message)
        assert.equal(2, results[2].index)
        assert.equal(3, results[3])
      end)

      it("works beside other tasks of the pool", function()
        local p <close> = pool.new({ workers = 2 })
        local before = p:submit(echo, "before")
        assert.same({ 1, 4, n = 2 }, p:map(square, { 1, 2 }))
        local after = p:submit(echo, "after")
        assert.equal("after", after:result())
        assert.equal("before", before:result())
      end)
    end)

    describe("imap", function()
      it("gives each item's place and results, in order", function()
        local p <close> = pool.new({ workers = 2 })
        for _, chunksize in ipairs(CHUNKS) do
          local n = 0
          for i, result, second in p:imap(square, range(30), { chunksize = chunksize }) do
            n = n + 1
            assert.same({ n, n * n, "a second result" }, { i, result, second })
          end
          assert.equal(30, n)
        end
      end)

      it("gives them as they get done, each once", function()
        local p <close> = pool.new({ workers = 3 })
        for _, chunksize in ipairs(CHUNKS) do
          local seen, n = {}, 0
          local options = { ordered = false, chunksize = chunksize }
          for i, result in p:imap(square, range(30), options) do
            assert.is_nil(seen[i])
            assert.equal(i * i, result)
            seen[i], n = true, n + 1
          end
          assert.equal(30, n)
        end
      end)

      it("takes an iterator, of which each call gives a task's arguments", function()
        local p <close> = pool.new({ workers = 2 })
        local next_item, calls = counter(10)
        local n = 0
        for i, a, b in p:imap(echo, next_item) do
          n = n + 1
          assert.same({ n, n, -n }, { i, a, b })
        end
        assert.equal(10, n)
        assert.equal(11, calls())
      end)

      it("is over at once where there are no items", function()
        local p <close> = pool.new({ workers = 2 })
        assert.same({}, collect(p:imap(square, {})))
        assert.same({}, collect(p:imap(square, function() end)))
        assert.same({}, collect(p:imap(square, { 1, 2, n = 0 })))
      end)

      it("tells nil and false among items and results", function()
        local p <close> = pool.new({ workers = 2 })
        local list = collect(p:imap(or_none, { nil, 2, nil, n = 3 }))
        assert.same({ "none", 2, "none" }, list)
        local n = 0
        for i, result in p:imap(nothing, { 1, 2, 3 }) do
          n = n + 1
          assert.same({ n }, { i, result })
        end
        assert.equal(3, n)
        local items = { false, false }
        local i = 0
        assert.same({ false, false }, collect(p:imap(echo, function()
          i = i + 1
          return items[i]
        end)))
      end)

      it("takes no more tasks ahead than its window", function()
        for _, ordered in ipairs { true, false } do
          for _, window in ipairs { 1, 2, 5, 100 } do
            local p <close> = pool.new({ workers = 2 })
            local next_item, calls = counter(math.huge)
            local taken = 0
            for i, result in p:imap(echo, next_item, { window = window, ordered = ordered }) do
              assert.equal(i, result)
              taken = taken + 1
              assert.is_true(calls() >= taken)
              assert.is_true(calls() <= taken + window)
              if taken == 50 then break end
            end
          end
        end
      end)

      it("keeps an endless iterator within bounds by itself", function()
        local p <close> = pool.new({ workers = 2 })
        local next_item, calls = counter(math.huge)
        local taken = 0
        for _ in p:imap(echo, next_item) do
          taken = taken + 1
          if taken == 20 then break end
        end
        assert.is_true(calls() < 20 + 10000)
        assert_idle(p)
      end)

      it("cancels the rest when the loop is left", function()
        local p <close> = pool.new({ workers = 2 })
        local next_item, calls = counter(math.huge)
        for i in p:imap(square, next_item) do
          if i == 3 then break end
        end
        local asked = calls()
        assert_idle(p)
        assert.equal(asked, calls())
        assert.equal("enough", pools.raised(function()
          for i in p:imap(square, range(1000)) do
            if i == 3 then error("enough", 0) end
          end
        end))
        assert_idle(p)
      end)

      it("raises a task's error, after what comes before it", function()
        local p <close> = pool.new({ workers = 2 })
        for _, chunksize in ipairs(CHUNKS) do
          local last = 0
          local problem = pools.is_failure("error", pools.raised(function()
            local options = { chunksize = chunksize }
            for i in p:imap(tasks.fail_from, { 1, 2, 3, 4, 5, 6 }, options) do last = i end
          end))
          assert.equal(2, last)
          assert.equal(3, problem.index)
          assert_idle(p)
        end
      end)

      it("gives Errors in the place of results where it is told to", function()
        local p <close> = pool.new({ workers = 2 })
        for _, ordered in ipairs { true, false } do
          local list = collect(p:imap(tasks.fail_from, { 3, 2, 4, 1 },
            { on_error = "return", ordered = ordered }))
          assert.same({ 2, 1 }, { list[2], list[4] })
          for _, i in ipairs { 1, 3 } do
            assert.is_true(pool.is_error(list[i]))
            assert.equal(i, list[i].index)
          end
        end
      end)

      it("lets the iterator's error through", function()
        local p <close> = pool.new({ workers = 2 })
        local problem = { "no more" }
        local n = 0
        local function next_item()
          n = n + 1
          if n == 10 then error(problem) end
          return n
        end
        assert.equal(problem, pools.raised(function()
          for i, result in p:imap(echo, next_item) do assert.equal(i, result) end
        end))
        assert_idle(p)
      end)

      it("numbers its tasks as those beside it", function()
        local p <close> = pool.new({ workers = 2 })
        local list, seen, count = {}, {}, 0
        for i = 1, 100 do list[i] = 3 end
        local function note(problem)
          assert.is_nil(seen[problem.task])
          seen[problem.task], count = true, count + 1
        end
        for _, problem in p:imap(tasks.fail_from, list, { window = 4, on_error = "return" }) do
          note(problem)
          note(p:submit(tasks.fail_from, 3):error())
        end
        assert.equal(200, count)
        for i = 1, 200 do assert.is_true(seen[i]) end
      end)

      it("lets the loop and the iterator use the pool", function()
        local p <close> = pool.new({ workers = 2 })
        local n = 0
        local function next_item()
          n = n + 1
          if n <= 10 then return p:submit(echo, n):result() end
        end
        for i, result in p:imap(square, next_item, { window = 3 }) do
          assert.equal(i * i, result)
          assert.same({ 1, 4, n = 2 }, p:map(square, { 1, 2 }))
          for j, inner in p:imap(square, { 5, 6 }) do assert.equal((j + 4) ^ 2, inner) end
        end
        assert.equal(11, n)
      end)

      it("takes packed integers", function()
        local p <close> = pool.new({ workers = 1 })
        local list = collect(p:imap(square, ints.from({ 2, 3 })))
        assert.same({ 4, 9 }, list)
      end)
    end)
  end)
end
