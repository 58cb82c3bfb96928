--- perilune.native.pool: workers and templates that something kills or stops.
local clock = require("perilune.clock")
local pool = require("perilune.native.pool")
local pools = require("spec.contract.pools")
local processes = require("spec.native.processes")
local work = require("spec.native.pool_work")

local MEGABYTE <const> = 1 << 20

describe("a native pool, when", function()
  local before

  before_each(function() before = processes.count() end)
  after_each(function() processes.assert_none_left(before) end)

  local function worker_of(p) return p:submit(work.pid):result() end

  local function spin(seconds)
    local stop = clock.now() + seconds
    while clock.now() < stop do end
  end

  -- A crash with that signal; the pool goes on.
  local function assert_crashed(p, future, signal)
    local problem = pools.is_failure("crash", future:error())
    assert.equal(signal or "SIGKILL", problem.signal)
    assert.equal("the worker died of " .. problem.signal, problem.message)
    assert.equal("integer", math.type(problem.pid))
    assert.equal(5, p:submit(work.echo, 5):result())
  end

  describe("a worker is killed", function()
    it("that is idle, replaces it", function()
      local p <close> = pool.new({ workers = 1 })
      for i = 1, 10 do
        processes.kill(worker_of(p))
        assert.equal(i, p:submit(work.echo, i):result())
        assert.equal(i, p:stats().restarts)
      end
      assert.equal(0, p:stats().failed)
    end)

    it("that computes, fails its task alone", function()
      local p <close> = pool.new({ workers = 1 })
      local path = processes.flag()
      local first, second = p:submit(work.endless, path), p:submit(work.echo, 2)
      processes.await_flag(path)
      local pid = p:stats().workers[1].pid
      processes.kill(pid)
      assert_crashed(p, first)
      assert.equal(pid, first:error().pid)
      assert.equal(1, first:error().task)
      assert.equal(2, second:result())
    end)

    for _, signal in ipairs { "sigterm", "sigsegv", "sigabrt", "sighup" } do
      it("by " .. signal .. ", says so", function()
        local p <close> = pool.new({ workers = 1 })
        local path = processes.flag()
        local future = p:submit(work.endless, path)
        processes.await_flag(path)
        processes.kill(p:stats().workers[1].pid, signal)
        assert_crashed(p, future, signal:upper())
      end)
    end

    it("that reads a long argument, fails its task or none", function()
      local p <close> = pool.new({ workers = 1 })
      local text = ("x"):rep(MEGABYTE)
      for i = 1, 20 do
        local pid = worker_of(p)
        local future = p:submit(work.echo, text)
        spin(i * 2e-5)
        processes.kill(pid)
        if future:error() then
          assert_crashed(p, future)
        else
          assert.equal(text, future:result())
        end
      end
    end)

    it("before it has begun with a long argument, gives that to another one", function()
      local p <close> = pool.new({ workers = 1 })
      local pid, text = worker_of(p), ("x"):rep(MEGABYTE)
      processes.kill(pid, "sigstop")
      processes.await_state(pid, "T")
      local future = p:submit(work.echo, text)
      processes.kill(pid)
      assert.equal(text, future:result())
      assert.equal(1, p:stats().restarts)
    end)

    it("that writes a long result, fails its task alone", function()
      local p <close> = pool.new({ workers = 1 })
      for i = 1, 10 do
        local pid, path = worker_of(p), processes.flag()
        local future = p:submit(work.sign_and_return, path, MEGABYTE)
        processes.await_flag(path)
        spin(i * 2e-5)
        processes.kill(pid)
        assert_crashed(p, future)
      end
    end)

    it("in the midst of a result that looks like answers, believes none of it", function()
      local p <close> = pool.new({ workers = 1 })
      for i = 1, 10 do
        local pid, path = worker_of(p), processes.flag()
        local future, other = p:submit(work.sign_and_mimic, path), p:submit(work.echo, i)
        processes.await_flag(path)
        processes.kill(pid)
        assert_crashed(p, future)
        assert.equal(i, other:result())
      end
    end)

    it("in init, replaces it", function()
      local path = processes.flag()
      local function init()
        local file = io.open(path)
        if file then return file:close() end
        work.endless(path)
      end
      local p <close> = pool.new({ workers = 1, init = init })
      local future = p:submit(work.echo, 5)
      processes.await("init", function() return io.open(path) end):close()
      processes.kill(processes.children("pool worker", processes.children("pool template")[1])[1])
      assert.equal(5, future:result())
      os.remove(path)
      assert.equal(1, p:stats().restarts)
    end)

    it("again and again before its first task, gives up", function()
      local function init() os.execute("kill -9 $PPID") end
      local p <close> = pool.new({ workers = 2, init = init })
      for i = 1, 3 do
        local problem = pools.is_failure("init", p:submit(work.echo, i):error())
        assert.equal("SIGKILL", problem.signal)
      end
      assert.equal(3, p:stats().failed)
    end)

    it("by its task, tries that again as often as it may", function()
      local p <close> = pool.new({ workers = 2, retries = 3 })
      local path = os.tmpname()
      assert.equal(4, p:submit(work.die, path, 3):result())
      assert.equal(3, p:stats().retried)
      os.remove(path)
      local future = p:submit(work.die, path, 1000)
      assert_crashed(p, future)
      local file <close> = io.open(path)
      assert.equal(4, #file:read("a"))
      os.remove(path)
      local stats = p:stats()
      assert.equal(6, stats.retried)
      assert.equal(1, stats.failed)
      assert.equal(7, stats.restarts)
    end)

    it("tries items again, too", function()
      local p <close> = pool.new({ workers = 2, retries = 1 })
      local path = os.tmpname()
      local function third(i) return i ~= 3 and i or work.die(path, 1) + 1 end
      assert.same({ 1, 2, 3, 4, 5, n = 5 }, p:map(third, { 1, 2, 3, 4, 5 }))
      os.remove(path)
      local list = {}
      for i, r in p:imap(third, { 1, 2, 3, 4, 5 }, { chunksize = 2 }) do list[i] = r end
      assert.same({ 1, 2, 3, 4, 5 }, list)
      os.remove(path)
      assert.equal(2, p:stats().retried)
    end)
  end)

  describe("the template is killed", function()
    local function template() return processes.children("pool template")[1] end

    it("fails tasks, and takes all workers along", function()
      local p <close> = pool.new({ workers = 2 })
      local paths = { processes.flag(), processes.flag() }
      local futures = { p:submit(work.endless, paths[1]), p:submit(work.endless, paths[2]) }
      for i = 1, 2 do processes.await_flag(paths[i]) end
      for i = 3, 9 do futures[i] = p:submit(work.echo, i) end
      processes.kill(template())
      for i = 1, 9 do
        local problem = futures[i]:error()
        assert.equal(i <= 2 and "crash" or "system", problem.code)
      end
      local problem = pools.is_failure("system", p:submit(work.echo):error())
      assert.equal("cannot start a worker: Broken pipe", problem.message)
      assert.equal("system", pools.raised(p.map, p, work.echo, { 1 }).code)
      p:shutdown()
    end)

    it("fails tasks when nothing runs", function()
      local p <close> = pool.new({ workers = 1 })
      worker_of(p)
      local pid = template()
      processes.kill(pid)
      processes.await_end(pid)
      pools.is_failure("system", p:submit(work.echo, 1):error())
      local q <close> = pool.new({ workers = 1 })
      assert.equal(1, q:submit(work.echo, 1):result())
    end)
  end)

  describe("a process is stopped", function()
    it("waits as long as it is told to", function()
      local p <close> = pool.new({ workers = 1 })
      local pid = worker_of(p)
      processes.kill(pid, "sigstop")
      local future = p:submit(work.echo, 5)
      pools.is_failure("wait", pools.raised(future.result, future, 0.01))
      processes.kill(pid, "sigcont")
      assert.equal(5, future:result())
    end)

    it("cancels what it has", function()
      local p <close> = pool.new({ workers = 1 })
      processes.kill(worker_of(p), "sigstop")
      local future = p:submit(work.echo, 5)
      assert.is_true(future:cancel())
      assert.equal(0, p:stats().running)
    end)

    it("kills it for a task that it has begun", function()
      local p <close> = pool.new({ workers = 1 })
      local path = processes.flag()
      local future = p:submit(work.endless, path)
      processes.await_flag(path)
      processes.kill(p:stats().workers[1].pid, "sigstop")
      assert.is_true(future:cancel({ kill = true }))
      assert.equal(5, p:submit(work.echo, 5):result())
    end)

    it("ends it when its task is overdue", function()
      local p <close> = pool.new({ workers = 1, task_timeout = 0.5 })
      local path = processes.flag()
      local future = p:submit(work.endless, path)
      processes.await_flag(path)
      processes.kill(p:stats().workers[1].pid, "sigstop")
      pools.is_failure("timeout", future:error())
    end)

    it("shuts down all the same", function()
      local p = pool.new({ workers = 2 })
      processes.kill(worker_of(p), "sigstop")
      p:shutdown()
      p = pool.new({ workers = 2 })
      worker_of(p)
      processes.kill(processes.children("pool template")[1], "sigstop")
      p:shutdown()
      p = pool.new({ workers = 2 })
      processes.kill(worker_of(p), "sigstop")
      processes.kill(processes.children("pool template")[1], "sigstop")
      p:submit(work.echo, 1)
      p:close("at once")
    end)
  end)
end)
