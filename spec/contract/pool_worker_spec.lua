--- perilune.pool: workers' beginnings and ends, and what the pool tells of them.
local kinds = require("spec.contract.kinds")
local pools = require("spec.contract.pools")

for tag, pool in kinds("pool") do
  describe("pool " .. tag, function()
    local tasks = pools.tasks()
    local processes

    before_each(function() processes = pools.count_processes() end)
    after_each(function() pools.assert_none_left(processes) end)

    local function echo(...) return ... end

    -- A function that counts its calls in one worker.
    local function counter()
      local n = 0
      return function()
        n = n + 1
        return n
      end
    end

    describe("init", function()
      it("is called before a worker's first task", function()
        local p <close> = pool.new({ workers = 1, init = tasks.initialise })
        assert.equal("initialised 1", p:submit(tasks.global, "state"):result())
        assert.equal("initialised 1", p:submit(tasks.global, "state"):result())
        assert.is_nil(rawget(_G, "state"))
      end)

      it("is called in each worker", function()
        local p <close> = pool.new({ workers = 3, init = tasks.initialise })
        local items = {}
        for i = 1, 30 do items[i] = "state" end
        for _, result in ipairs(p:map(tasks.global, items, { chunksize = 1 })) do
          assert.equal("initialised 1", result)
        end
      end)

      it("has upvalues as they are when the pool is made", function()
        local value = "then"
        local set = tasks.set_config
        local function init() set(value) end
        local p <close> = pool.new({ workers = 1, init = init })
        value = "now"
        assert.equal("then", p:submit(tasks.read_config):result())
      end)

      it("fails for all tasks", function()
        local p <close> = pool.new({ workers = 2, init = tasks.fail_at_once })
        for i = 1, 3 do
          local problem = pools.is_failure("init", p:submit(echo, i):error())
          assert.matches("^spec/contract/pool_tasks.lua:%d+: not today$", problem.message)
          assert.equal(problem.message, problem.value)
          assert.matches("^stack traceback:\n", problem.traceback)
          assert.equal(i, problem.task)
          assert.is_truthy(math.type(problem.pid))
        end
        local problem = pools.raised(p.map, p, echo, { 1, 2, 3 })
        assert.equal("init", problem.code)
        assert.equal(1, problem.index)
        assert.equal(p:stats().submitted, p:stats().failed + p:stats().cancelled)
      end)
    end)

    describe("os.exit", function()
      it("ends its task alone", function()
        local p <close> = pool.new({ workers = 1 })
        local problem = pools.is_failure("exit", p:submit(tasks.exit, 3):error())
        assert.equal(3, problem.status)
        assert.equal("the worker exited with status 3", problem.message)
        assert.equal(problem.message, tostring(problem))
        assert.equal(1, problem.task)
        assert.is_truthy(math.type(problem.pid))
        assert.is_nil(problem.signal)
        assert.equal(5, p:submit(echo, 5):result())
      end)

      it("has Lua's statuses", function()
        local p <close> = pool.new({ workers = 1 })
        assert.equal(0, p:submit(tasks.exit):error().status)
        assert.equal(0, p:submit(tasks.exit, true):error().status)
        assert.equal(1, p:submit(tasks.exit, false):error().status)
        assert.equal(255, p:submit(tasks.exit, -1):error().status)
        assert.equal(7, p:submit(tasks.exit, 7, true):error().status)
      end)

      it("is not caught", function()
        local p <close> = pool.new({ workers = 1 })
        assert.equal(4, p:submit(tasks.exit_in_pcall, 4):error().status)
        assert.equal(5, p:submit(tasks.exit_by_upvalue, 5):error().status)
      end)

      it("leaves the other tasks alone", function()
        local p <close> = pool.new({ workers = 2 })
        local function exit_at_seven(n) return tasks.exit_at(n, 7) end
        local items = {}
        for i = 1, 30 do items[i] = i end
        for _, chunksize in ipairs { 1, 10, "auto" } do
          local results = p:map(exit_at_seven, items,
            { on_error = "return", chunksize = chunksize })
          for i = 1, 30 do
            if i == 7 then
              pools.is_failure("exit", results[7])
              assert.equal(7, results[7].index)
            else
              assert.equal(i, results[i])
            end
          end
        end
      end)

      it("leaves a new worker, which has nothing of the old one's", function()
        local p <close> = pool.new({ workers = 1, init = tasks.initialise })
        local count = counter()
        assert.equal(1, p:submit(count):result())
        assert.equal(2, p:submit(count):result())
        p:submit(tasks.set_config, 5):result()
        assert.equal(0, p:stats().restarts)
        p:submit(tasks.exit):error()
        assert.equal(1, p:submit(count):result())
        assert.is_nil(p:submit(tasks.read_config):result())
        assert.equal("initialised 1", p:submit(tasks.global, "state"):result())
        assert.equal(1, p:stats().restarts)
      end)
    end)

    it("replaces workers that have done enough tasks", function()
      local p <close> = pool.new({ workers = 1, max_tasks_per_worker = 2 })
      local count = counter()
      local results = {}
      for i = 1, 5 do results[i] = p:submit(count):result() end
      assert.same({ 1, 2, 1, 2, 1 }, results)
      assert.same({ 2, 1, 2, 1, 2, n = 5 }, p:map(count, { 1, 2, 3, 4, 5 }))
      assert.equal(1, p:submit(count):result())
      assert.equal(5, p:stats().restarts)
    end)

    it("replaces them, too, where there is no room to tell them", function()
      local p <close> = pool.new({ workers = 1, max_tasks_per_worker = 1 })
      local text = ("x"):rep(1 << 20)
      local function length(value) return #value end
      assert.same({ 1 << 20, 1 << 20, 1 << 20, n = 3 }, p:map(length, { text, text, text }))
      assert.equal(2, p:stats().restarts)
    end)

    describe("shutdown", function()
      it("waits for all tasks, whose futures stay usable", function()
        local p = pool.new({ workers = 2 })
        local futures = {}
        for i = 1, 20 do futures[i] = p:submit(echo, i, { i }) end
        p:shutdown()
        local stats = p:stats()
        assert.equal(20, stats.completed)
        assert.same({}, stats.workers)
        for i = 1, 20 do
          local n, list = futures[i]:result()
          assert.equal(i, n)
          assert.same({ i }, list)
          assert.is_true(futures[i]:done())
          assert.is_nil(futures[i]:error())
          assert.is_false(futures[i]:cancel())
        end
        local n = 0
        for future in pool.as_completed(futures) do n = n + future:result() end
        assert.equal(210, n)
      end)

      it("cancels what has not started where it is told to", function()
        local p = pool.new({ workers = 1 })
        local futures, payload = {}, ("x"):rep(1 << 16)
        for i = 1, 100 do futures[i] = p:submit(tasks.spin_with, 1, payload) end
        p:shutdown({ cancel = true })
        assert.is_true(futures[100]:cancelled())
        local cancelled = 0
        for _, future in ipairs(futures) do
          assert.is_true(future:done())
          if future:cancelled() then
            cancelled = cancelled + 1
            pools.is_failure("cancelled", future:error())
          else
            assert.equal(1, future:result())
          end
        end
        local stats = p:stats()
        assert.equal(cancelled, stats.cancelled)
        assert.equal(100 - cancelled, stats.completed)
        assert.equal(0, stats.queued + stats.running + stats.failed)
      end)

      it("ends an imap that has items left, with an error", function()
        local p = pool.new({ workers = 1 })
        local seen, list = 0, {}
        for i = 1, 1000 do list[i] = i end
        local message = pools.raised(function()
          for i in p:imap(echo, list, { window = 2 }) do
            seen = i
            p:shutdown()
          end
        end)
        assert.matches(": the pool is shut down$", message)
        assert.equal(1, seen)
      end)

      it("does nothing when it is called again, and close neither", function()
        local p = pool.new({ workers = 1 })
        p:submit(echo, 1)
        p:shutdown()
        p:shutdown({ cancel = true })
        p:shutdown({})
        p:close()
        p:close()
        assert.equal(1, p:stats().completed)
      end)

      it("is the end of a pool that has done nothing", function()
        pool.new():shutdown()
        pool.new({ workers = 256 }):close()
        local p <close> = pool.new({ workers = 2, init = tasks.fail_at_once })
        assert.equal(0, p:stats().submitted)
      end)
    end)

    describe("a pool that is closed", function()
      it("has done its tasks", function()
        local p = pool.new({ workers = 2 })
        local future = p:submit(echo, 1)
        p:close()
        assert.equal(1, future:result())
        do
          local q <close> = pool.new({ workers = 2 })
          future = q:submit(tasks.spin, 1)
        end
        assert.equal(1, future:result())
      end)

      it("has not, where an error leaves the block", function()
        local futures, payload, p = {}, ("x"):rep(1 << 16), nil
        local text = pools.raised(function()
          local q <close> = pool.new({ workers = 1 })
          p = q
          futures[1] = q:submit(echo, 1)
          assert.equal(1, futures[1]:result())
          for i = 2, 100 do futures[i] = q:submit(tasks.spin_with, 1, payload) end
          error("the block's", 0)
        end)
        assert.equal("the block's", text)
        assert.equal(1, futures[1]:result())
        local problem = pools.is_failure("closed", futures[100]:error())
        assert.equal("the pool was closed before the task was done", problem.message)
        assert.is_false(futures[100]:cancelled())
        assert.is_false(futures[100]:cancel())
        assert.same({}, p:stats().workers)
        assert.equal(100, p:stats().completed + p:stats().failed)
      end)
    end)

    describe("stats", function()
      it("counts tasks", function()
        local p <close> = pool.new({ workers = 2 })
        local function assert_stats(expected)
          local stats = p:stats()
          for name, value in pairs(expected) do assert.equal(value, stats[name], name) end
        end
        assert_stats({
          submitted = 0, completed = 0, failed = 0, cancelled = 0, retried = 0, running = 0,
          queued = 0, restarts = 0,
        })
        p:map(echo, { 1, 2, 3 })
        p:submit(tasks.fail, "sorry"):error()
        p:submit(tasks.exit):error()
        p:submit(tasks.coroutine_at, 1):error()
        assert_stats({
          submitted = 6, completed = 3, failed = 3, cancelled = 0, retried = 0, running = 0,
          queued = 0,
        })
      end)

      it("tells who waits", function()
        local p <close> = pool.new({ workers = 1 })
        for _ = 1, 10 do p:submit(tasks.spin, 1) end
        local stats = p:stats()
        assert.equal(10, stats.submitted)
        assert.equal(10, stats.completed + stats.running + stats.queued)
      end)

      it("tells of workers", function()
        local p <close> = pool.new({ workers = 2 })
        p:map(echo, { 1, 2, 3, 4, 5 })
        local done = 0
        local workers = p:stats().workers
        assert.is_true(#workers >= 1 and #workers <= 2)
        for _, worker in ipairs(workers) do
          assert.equal("integer", math.type(worker.pid))
          done = done + worker.tasks
        end
        assert.equal(5, done)
      end)
    end)

    describe("timeline", function()
      it("is empty unless it is wanted", function()
        local p <close> = pool.new({ workers = 1 })
        p:submit(echo):result()
        assert.same({}, p:timeline())
      end)

      it("has every task in one span, the oldest first", function()
        local p = pool.new({ workers = 2, timeline = true })
        assert.same({}, p:timeline())
        p:map(echo, { 1, 2, 3, 4, 5, 6, 7, 8 })
        p:submit(tasks.spin, 3):result()
        p:submit(tasks.fail, "sorry"):error()
        p:shutdown()
        local tasks_seen, before = 0, -math.huge
        for _, span in ipairs(p:timeline()) do
          assert.is_true(span.worker == 1 or span.worker == 2)
          assert.equal("integer", math.type(span.pid))
          assert.is_true(span.first >= 1 and span.tasks >= 1)
          assert.is_true(span.start >= before and span.stop >= span.start and span.cpu >= 0)
          tasks_seen, before = tasks_seen + span.tasks, span.start
        end
        assert.equal(10, tasks_seen)
      end)

      it("has a long task in a span of its own", function()
        local p <close> = pool.new({ workers = 1, timeline = true })
        p:submit(echo):result()
        p:submit(tasks.spin, 3):result()
        p:submit(echo):result()
        for _, span in ipairs(p:timeline()) do
          if span.first + span.tasks > 2 and span.first <= 2 then
            assert.equal(2, span.first)
            assert.equal(1, span.tasks)
            assert.is_true(span.stop - span.start >= 0.003)
          end
        end
      end)
    end)
  end)
end
