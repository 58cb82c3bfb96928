--- perilune.pool: tasks and their futures.
local kinds = require("spec.contract.kinds")
local pools = require("spec.contract.pools")

for tag, pool in kinds("pool") do
  describe("pool " .. tag, function()
    local tasks = pools.tasks()
    local processes

    before_each(function() processes = pools.count_processes() end)
    after_each(function() pools.assert_none_left(processes) end)

    local function echo(...) return ... end

    describe("a task", function()
      it("gives all its results", function()
        local p <close> = pool.new({ workers = 1 })
        for _, list in ipairs {
          table.pack(), table.pack(nil), table.pack(1), table.pack(false, nil), table.pack(nil, 2),
          table.pack(nil, nil, nil), table.pack(1, "x", 2.5, true, nil),
        } do
          assert.same(list, table.pack(p:submit(echo, table.unpack(list, 1, list.n)):result()))
        end
      end)

      it("may have many arguments and results", function()
        local p <close> = pool.new({ workers = 1 })
        local list = { n = 250 }
        for i = 1, 249 do list[i] = i end
        assert.same(list, table.pack(p:submit(echo, table.unpack(list, 1, 250)):result()))
      end)

      it("gets its arguments as they are when it is handed in", function()
        local p <close> = pool.new({ workers = 1 })
        local list = { 1, { 2 } }
        local future = p:submit(echo, list)
        list[1], list[2][1] = 10, 20
        assert.same({ 1, { 2 } }, future:result())
        assert.same({ 10, { 20 } }, list)
      end)

      it("starts after those that were handed in before", function()
        local p <close> = pool.new({ workers = 1 })
        local n = 0
        local function count()
          n = n + 1
          return n
        end
        local futures = {}
        for i = 1, 100 do futures[i] = p:submit(count) end
        assert.equal(100, futures[100]:result())
        for i = 1, 100 do assert.equal(i, futures[i]:result()) end
        assert.equal(0, n)
      end)

      it("may be a function of C", function()
        local p <close> = pool.new({ workers = 1 })
        assert.equal(3, p:submit(math.max, 1, 3, 2):result())
        assert.equal("x,y", p:submit(table.concat, { "x", "y" }, ","):result())
      end)

      it("uses coroutines, but is none", function()
        local p <close> = pool.new({ workers = 1 })
        assert.same({ 1, 2, 3 }, p:submit(tasks.yieldable_generator):result())
        local problem = p:submit(tasks.yield):error()
        pools.is_failure("error", problem)
        assert.matches("attempt to yield", problem.message)
      end)

      it("may use a pool", function()
        local p <close> = pool.new({ workers = 1 })
        local list, code = p:submit(tasks.use_pool, { 1, -2 }):result()
        assert.same({ 1, 2, n = 2 }, list)
        assert.equal("exit", code)
        assert.equal(7, p:submit(tasks.exit, 7):error().status)
      end)

      it("runs while a coroutine waits", function()
        local p <close> = pool.new({ workers = 2 })
        local results = coroutine.wrap(function()
          return table.pack(p:submit(echo, 1, nil, 3):result())
        end)()
        assert.same({ 1, nil, 3, n = 3 }, results)
        assert.same({ 4, n = 1 }, coroutine.wrap(function() return p:map(echo, { 4 }) end)())
      end)
    end)

    describe("a task's error", function()
      it("is raised by result, as often as it is asked, and given by error", function()
        local p <close> = pool.new({ workers = 1 })
        local future = p:submit(tasks.fail, "sorry", 0)
        local problem = pools.is_failure("error", pools.raised(future.result, future))
        assert.equal("sorry", problem.message)
        assert.equal(problem, pools.raised(future.result, future))
        assert.equal(problem, future:error())
        assert.is_true(future:done())
        assert.is_false(future:cancelled())
      end)

      it("is nil where there is none", function()
        local p <close> = pool.new({ workers = 1 })
        local future = p:submit(echo, 7)
        assert.same({ nil, n = 1 }, table.pack(future:error()))
        assert.equal(7, future:result())
      end)

      it("tells where it was raised, in which process and by which task", function()
        local p <close> = pool.new({ workers = 1 })
        p:submit(echo):result()
        local problem = p:submit(tasks.fail, "sorry"):error()
        local line = debug.getinfo(tasks.fail, "S").linedefined
        local place = "spec/contract/pool_tasks.lua:" .. line
        assert.equal(place .. ": sorry", problem.message)
        assert.equal(problem.message, problem.value)
        assert.matches("^stack traceback:\n", problem.traceback)
        assert.is_truthy(problem.traceback:find(place .. ": in ", 1, true))
        assert.equal(problem.message .. "\n" .. problem.traceback, tostring(problem))
        assert.equal(p:stats().workers[1].pid, problem.pid)
        assert.equal(2, problem.task)
        assert.is_nil(problem.index)
        assert.is_nil(problem.signal)
        assert.is_nil(problem.status)
      end)

      it("keeps its value", function()
        local p <close> = pool.new({ workers = 1 })
        local problem = p:submit(tasks.fail_with, { code = 7, list = { 1, 2 } }):error()
        assert.same({ code = 7, list = { 1, 2 } }, problem.value)
        assert.matches("^table: ", problem.message)
        for _, value in ipairs { 5, 2.5, true, false } do
          problem = p:submit(tasks.fail_with, value):error()
          assert.equal(value, problem.value)
          assert.equal(tostring(value), problem.message)
        end
        problem = p:submit(tasks.fail_with, nil):error()
        assert.equal("nil", problem.message)
        assert.is_nil(problem.value)
      end)

      it("has what tostring gives of a value as its message", function()
        local p <close> = pool.new({ workers = 1 })
        local value = setmetatable({ 5 }, {
          __tostring = function(self) return "no " .. self[1] .. "\nat all" end,
        })
        local problem = p:submit(tasks.fail_with, value):error()
        assert.equal("no 5", problem.message)
        assert.equal(5, problem.value[1])
        assert.equal("no 5\nat all", tostring(problem.value))
        value = setmetatable({}, { __tostring = function() return {} end })
        problem = p:submit(tasks.fail_with, value):error()
        assert.equal("(error object is a table value)", problem.message)
      end)

      it("keeps all lines of a text as its value", function()
        local p <close> = pool.new({ workers = 1 })
        local problem = p:submit(tasks.fail, "one\ntwo", 0):error()
        assert.equal("one", problem.message)
        assert.equal("one\ntwo", problem.value)
        assert.matches("^one\ntwo\nstack traceback:\n", tostring(problem))
      end)

      it("has no value where that cannot be sent", function()
        local p <close> = pool.new({ workers = 1 })
        local problem = pools.is_failure("error", p:submit(tasks.fail_with_coroutine):error())
        assert.matches("^thread: ", problem.message)
        assert.is_nil(problem.value)
      end)

      it("is the last one where a variable to be closed raises another", function()
        local p <close> = pool.new({ workers = 1 })
        assert.equal("second", p:submit(tasks.raise_in_close, "first", "second"):error().message)
      end)

      it("says that there was not enough memory", function()
        local p <close> = pool.new({ workers = 1 })
        local problem = p:submit(tasks.fail, "not enough memory", 0):error()
        pools.is_failure("memory", problem)
        assert.equal("not enough memory", problem.message)
      end)

      it("is that a result cannot be sent", function()
        local p <close> = pool.new({ workers = 1 })
        local problem = p:submit(tasks.coroutine_at, "x"):error()
        pools.is_failure("data", problem)
        assert.equal("result 2.x: a coroutine cannot be sent", problem.message)
        assert.equal(1, problem.task)
        assert.equal(7, p:submit(echo, 7):result())
      end)

      it("can be sent, and stays one", function()
        local p <close> = pool.new({ workers = 1 })
        local problem = p:submit(tasks.fail, "sorry", 0):error()
        local copied = p:submit(echo, problem):result()
        assert.not_equal(problem, copied)
        assert.is_true(pool.is_error(copied))
        assert.equal(tostring(problem), tostring(copied))
        local nested = p:submit(tasks.fail_with, problem):error()
        assert.equal("sorry", nested.message)
        assert.is_true(pool.is_error(nested.value))
      end)

      it("is told from other values", function()
        local p <close> = pool.new({ workers = 1 })
        assert.is_true(pool.is_error(p:submit(tasks.fail, "sorry"):error()))
        for _, value in ipairs { "sorry", 5, false, {}, { code = "error" }, print, io.stdout, p } do
          assert.is_false(pool.is_error(value))
        end
        assert.is_false(pool.is_error(nil))
      end)
    end)

    describe("a future", function()
      it("gives the same results each time", function()
        local p <close> = pool.new({ workers = 1 })
        local future = p:submit(echo, { 1 }, 2)
        local list, two = future:result()
        assert.same({ 1 }, list)
        assert.equal(2, two)
        assert.is_true(rawequal(list, (future:result())))
        assert.is_nil(future:error())
      end)

      it("is done at last, whoever waits", function()
        local p <close> = pool.new({ workers = 2 })
        local futures = {}
        for i = 1, 5 do futures[i] = p:submit(tasks.add, i, 1) end
        for i = 5, 1, -1 do
          repeat until futures[i]:done()
          assert.equal(i + 1, futures[i]:result())
        end
      end)

      it("gives its results whatever the time, when they are there", function()
        local p <close> = pool.new({ workers = 1 })
        local future = p:submit(echo, 5)
        assert.equal(5, future:result())
        for _, seconds in ipairs { 0, 0.5, 1, 1000000, math.huge } do
          assert.equal(5, future:result(seconds))
          assert.is_nil(future:error(seconds))
        end
        assert.equal(6, p:submit(echo, 6):result(math.huge))
        assert.equal(7, p:submit(echo, 7):result(1000))
      end)

      for _, method in ipairs { "result", "error" } do
        it("raises an error when " .. method .. " has waited long enough; the task goes on",
          function()
            local p <close> = pool.new({ workers = 1 })
            pools.eventually(function()
              local first, second = p:submit(tasks.spin, 10), p:submit(echo, 2)
              local ok, problem = pcall(second[method], second, 0)
              assert.equal(2, second:result())
              assert.equal(10, first:result())
              if ok then return false end
              pools.is_failure("wait", problem)
              assert.equal("the task was not done after 0 s", problem.message)
              return true
            end)
          end)
      end
    end)

    describe("cancel", function()
      -- Tasks of a single worker, of which the last has not started. So large ones do not all
      -- go to the worker at once.
      local function backlog(p)
        local futures, payload = {}, ("x"):rep(1 << 16)
        for i = 1, 100 do futures[i] = p:submit(tasks.spin_with, 1, payload) end
        return futures
      end

      it("keeps a task from starting", function()
        local p <close> = pool.new({ workers = 1 })
        local futures = backlog(p)
        assert.is_true(futures[100]:cancel())
        assert.is_true(futures[100]:cancel())
        assert.is_true(futures[100]:cancelled())
        assert.is_true(futures[100]:done())
        local problem = pools.is_failure("cancelled", futures[100]:error())
        assert.equal("the task was cancelled", problem.message)
        assert.equal(100, problem.task)
        assert.equal(problem, pools.raised(futures[100].result, futures[100]))
        assert.equal(1, futures[1]:result())
        p:shutdown({ cancel = true })
        assert.is_false(futures[1]:cancelled())
        local stats = p:stats()
        assert.equal(100, stats.submitted)
        assert.equal(100, stats.completed + stats.cancelled)
        assert.is_true(stats.cancelled > 0)
      end)

      it("does nothing to a task that is done", function()
        local p <close> = pool.new({ workers = 1 })
        local good, bad = p:submit(echo, 5), p:submit(tasks.fail, "sorry", 0)
        assert.equal("sorry", bad:error().message)
        assert.equal(5, good:result())
        for _, future in ipairs { good, bad } do
          assert.is_false(future:cancel())
          assert.is_false(future:cancel({ kill = true }))
          assert.is_false(future:cancelled())
        end
        assert.equal(5, good:result())
        assert.equal("sorry", bad:error().message)
      end)

      it("cancels what runs, too, where it may kill", function()
        local p <close> = pool.new({ workers = 1 })
        pools.eventually(function()
          local future = p:submit(tasks.spin, 50)
          local cancelled = future:cancel({ kill = true })
          assert.equal(cancelled, future:cancelled())
          if not cancelled then return false end
          pools.is_failure("cancelled", future:error())
          return true
        end)
        assert.equal(5, p:submit(echo, 5):result())
      end)

      it("says what it has done", function()
        local p <close> = pool.new({ workers = 2 })
        for _ = 1, 20 do
          local future = p:submit(tasks.add, 1, 2)
          local cancelled = future:cancel()
          assert.equal(cancelled, future:cancelled())
          if cancelled then
            pools.is_failure("cancelled", future:error())
          else
            assert.equal(3, future:result())
          end
        end
      end)
    end)

    describe("as_completed", function()
      local function collect(futures)
        local list = {}
        for future in pool.as_completed(futures) do list[#list + 1] = future end
        return list
      end

      it("gives those that are done in the given order", function()
        local p <close> = pool.new({ workers = 2 })
        local a, b, c = p:submit(echo, 1), p:submit(tasks.fail, "sorry"), p:submit(echo, 3)
        a:result()
        b:error()
        c:result()
        assert.same({ c, a, b }, collect({ c, a, b }))
      end)

      it("gives each future once", function()
        local p <close> = pool.new({ workers = 2 })
        local a, b = p:submit(echo, 1), p:submit(echo, 2)
        local list = collect({ a, b, a, b, b })
        assert.equal(2, #list)
        assert.equal(3, list[1]:result() + list[2]:result())
        assert.same({}, collect({}))
      end)

      it("gives all, also failed and cancelled ones", function()
        local p <close> = pool.new({ workers = 2 })
        local futures, codes = {}, {}
        for i = 1, 20 do futures[i] = p:submit(tasks.fail_from, i % 5) end
        futures[20]:cancel()
        for _, future in ipairs(collect(futures)) do
          assert.is_true(future:done())
          local problem = future:error()
          local code = problem and problem.code or "none"
          codes[code] = (codes[code] or 0) + 1
        end
        assert.equal(8, codes.error)
        assert.equal(12, codes.none + (codes.cancelled or 0))
      end)

      it("takes futures of several pools", function()
        local p <close> = pool.new({ workers = 1 })
        local q <close> = pool.new({ workers = 1 })
        local futures, sum = {}, 0
        for i = 1, 10 do futures[i] = (i % 2 == 0 and p or q):submit(echo, i) end
        for future in pool.as_completed(futures) do sum = sum + future:result() end
        assert.equal(55, sum)
      end)

      it("raises an error when the time has passed", function()
        local p <close> = pool.new({ workers = 1 })
        pools.eventually(function()
          local first, second = p:submit(tasks.spin, 10), p:submit(echo, 2)
          local ok, problem = pcall(pool.as_completed({ second }, 0))
          assert.equal(10, first:result())
          if ok then return false end
          pools.is_failure("timeout", problem)
          assert.equal("1 of 1 futures were not done after 0 s", problem.message)
          assert.equal(2, second:result())
          return true
        end)
      end)

      it("is done with the loop when the time has not", function()
        local p <close> = pool.new({ workers = 2 })
        local futures, n = { p:submit(echo, 1), p:submit(echo, 2) }, 0
        for _ in pool.as_completed(futures, 1000) do n = n + 1 end
        assert.equal(2, n)
      end)
    end)

    it("knows how many processors it may run on", function()
      local file <close> = assert(io.popen("nproc"))
      assert.equal(math.tointeger(file:read("n")), pool.cpus())
    end)
  end)
end
