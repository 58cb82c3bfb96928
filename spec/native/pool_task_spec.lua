--- perilune.native.pool: tasks that fail with their worker, run out of something or are stopped.
local clock = require("perilune.clock")
local pool = require("perilune.native.pool")
local pools = require("spec.contract.pools")
local processes = require("spec.native.processes")
local work = require("spec.native.pool_work")

local is_sanitized <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local MEGABYTE <const> = 1 << 20

describe("a native pool's task", function()
  local before

  before_each(function() before = processes.count() end)
  after_each(function() processes.assert_none_left(before) end)

  local function assert_goes_on(p)
    assert.equal(5, p:submit(work.echo, 5):result())
  end

  describe("with a memory_limit", function()
    local LIMIT <const> = 8 * MEGABYTE

    local function grow()
      local list = {}
      for i = 1, math.huge do list[i] = { i } end
      return list
    end

    it("fails alone beyond it, and its worker goes on", function()
      local p <close> = pool.new({ workers = 1, memory_limit = LIMIT })
      local pid = p:submit(work.pid):result()
      for _ = 1, 3 do
        local problem = pools.is_failure("memory", p:submit(grow):error())
        assert.equal("not enough memory", problem.message)
        pools.is_failure("memory", p:submit(string.rep, "x", 2 * LIMIT):error())
        assert.equal(pid, p:submit(work.pid):result())
      end
      assert.equal(0, p:stats().restarts)
      assert.is_true(p:stats().workers[1].bytes <= LIMIT)
    end)

    it("may catch that", function()
      local p <close> = pool.new({ workers = 1, memory_limit = LIMIT })
      assert.equal("not enough memory", p:submit(function()
        return select(2, pcall(string.rep, "x", 100 * MEGABYTE))
      end):result())
    end)

    it("fails when an argument is beyond it", function()
      local p <close> = pool.new({ workers = 1, memory_limit = LIMIT })
      pools.is_failure("memory", p:submit(work.echo, ("x"):rep(2 * LIMIT)):error())
      pools.is_failure("memory", p:submit(work.echo, { ("x"):rep(2 * LIMIT), {} }):error())
      assert_goes_on(p)
      assert.equal(0, p:stats().restarts)
    end)

    it("fails, and no others, when its function is beyond it", function()
      local p <close> = pool.new({ workers = 1, memory_limit = LIMIT })
      local large, list = ("x"):rep(2 * LIMIT), {}
      for i = 1, LIMIT // 8 do list[i] = i end
      for _, fn in ipairs { function() return #large end, function() return #list end } do
        local problem = pools.is_failure("memory", p:submit(fn):error())
        assert.equal("not enough memory", problem.message)
        assert_goes_on(p)
      end
      assert.equal(0, p:stats().restarts)
    end)

    it("fails when a result's parcel is beyond it", function()
      local p <close> = pool.new({ workers = 1, memory_limit = LIMIT })
      local function make()
        local list = {}
        for i = 1, 30 do list[i] = ("x"):rep(200000 + i) end
        return table.concat(list), list
      end
      local problem = p:submit(make):error()
      if problem then pools.is_failure("memory", problem) end
      assert_goes_on(p)
    end)

    it("fails where nothing is left even to say why", function()
      local p <close> = pool.new({ workers = 1, memory_limit = LIMIT })
      local function fill()
        rawset(_G, "held", false)
        local function hold(size)
          while true do rawset(_G, "held", { rawget(_G, "held"), ("x"):rep(size) }) end
        end
        for i = 20, 5, -1 do pcall(hold, 1 << i) end
        error("sorry")
      end
      pools.is_failure("memory", p:submit(fill):error())
    end)

    it("cannot begin where the limit is too small for anything", function()
      local p <close> = pool.new({ workers = 1, memory_limit = 1 })
      assert.is_truthy(p:submit(work.echo, {}):error())
    end)
  end)

  it("leaves nothing of its arguments and functions in its worker", function()
    local p <close> = pool.new({ workers = 1 })
    local text, size = ("x"):rep(MEGABYTE), 0
    for i = 1, 60 do
      assert.equal(MEGABYTE, p:submit(string.len, text):result())
      local large = ("x"):rep(MEGABYTE - i)
      assert.equal(#large, p:submit(function() return #large end):result())
      collectgarbage()
      size = math.max(size, p:stats().workers[1].bytes)
    end
    assert.is_true(size < 20 * MEGABYTE, size)
  end)

  it("fails, and no others, when it or its argument names what its worker lacks", function()
    local p <close> = pool.new({ workers = 1 })
    local here = { 1 }
    package.loaded["spec.only_here"] = here
    for _, task in ipairs { p:submit(function() return here end), p:submit(work.echo, here) } do
      local problem = pools.is_failure("error", task:error())
      assert.matches("module 'spec.only_here' is not found", problem.message, 1, true)
    end
    assert_goes_on(p)
    local q <close> = pool.new({ workers = 1, init = function() return here end })
    package.loaded["spec.only_here"] = nil
    local problem = pools.is_failure("init", q:submit(work.echo, 1):error())
    assert.matches("module 'spec.only_here' is not found", problem.message, 1, true)
  end)

  it("may fail with a value that takes several pieces", function()
    local p <close> = pool.new({ workers = 1 })
    local function fail() error({ ("x"):rep(MEGABYTE) }) end
    assert.equal(MEGABYTE, #pools.is_failure("error", p:submit(fail):error()).value[1])
    assert_goes_on(p)
  end)

  it("may overflow the stack", function()
    local p <close> = pool.new({ workers = 1 })
    local function deep() return 1 + deep() end
    local function nest(n) return n == 0 and 0 or select(2, pcall(nest, n - 1)) end
    assert.matches("stack overflow", pools.is_failure("error", p:submit(deep):error()).message)
    assert.matches("C stack overflow", p:submit(nest, 1000):result())
    assert.equal(0, p:stats().restarts)
  end)

  it("may crash", function()
    local p <close> = pool.new({ workers = 1 })
    local function crash() os.execute("kill -SEGV $PPID") end
    local problem = pools.is_failure("crash", p:submit(crash):error())
    assert.equal("SIGSEGV", problem.signal)
    assert_goes_on(p)
    -- An instruction that loads a constant far beyond those of the function.
    local function run_broken()
      local code = string.dump(function() return 1.5 end, true)
      for i = #code - 3, 30, -1 do
        local broken = load(code:sub(1, i - 1) .. ("\xff"):rep(8) .. code:sub(i + 8), "=", "b")
        if broken then pcall(broken) end
      end
      os.execute("kill -SEGV $PPID")
    end
    pools.is_failure("crash", p:submit(run_broken):error())
    assert_goes_on(p)
  end)

  it("fails with os.exit, whatever it has open", function()
    local p <close> = pool.new({ workers = 1 })
    for _, close in ipairs { false, true } do
      local problem = p:submit(function(flag)
        local file <const> = io.tmpfile()
        file:write("x")
        os.exit(3, flag)
      end, close):error()
      assert.equal(3, pools.is_failure("exit", problem).status)
    end
    assert_goes_on(p)
  end)

  it("cannot have or give what cannot be sent", function()
    local p <close> = pool.new({ workers = 1 })
    local co = coroutine.create(print)
    local text = pools.raised(p.submit, p, work.echo, 1, { x = { co } })
    assert.matches("argument 2.x%[1%]: a coroutine cannot be sent", text)
    text = pools.raised(p.map, p, work.echo, { 1, 2, { co } })
    assert.matches("item 3, argument 1%[1%]: a coroutine cannot be sent", text)
    local problem = p:submit(function() return 1, { coroutine.create(print) } end):error()
    assert.equal("result 2[1]: a coroutine cannot be sent",
      pools.is_failure("data", problem).message)
    assert_goes_on(p)
    assert.equal(0, p:stats().restarts)
  end)

  describe("that takes too long", function()
    local function find() return ("a"):rep(2000):find((".-"):rep(6) .. "b") end

    it("fails, in Lua and in C", function()
      local p <close> = pool.new({ workers = 2, task_timeout = 0.4 })
      local futures = { p:submit(work.endless), p:submit(find) }
      for i = 1, 2 do
        local problem = pools.is_failure("timeout", futures[i]:error())
        assert.equal("the task took more than 0.4 s", problem.message)
      end
      assert_goes_on(p)
    end)

    it("is not tried again, and those behind it are done", function()
      local p <close> = pool.new({ workers = 1, task_timeout = 0.4, retries = 3 })
      local function third(i) return i == 3 and find() or i end
      local results = p:map(third, { 1, 2, 3, 4, 5 }, { on_error = "return", chunksize = 5 })
      pools.is_failure("timeout", results[3])
      results[3] = 3
      assert.same({ 1, 2, 3, 4, 5, n = 5 }, results)
      assert.equal(0, p:stats().retried)
    end)

    it("is told from one that something else has killed", function()
      local p <close> = pool.new({ workers = 1, task_timeout = 1 })
      local path = processes.flag()
      local future, stop = p:submit(work.endless, path), clock.now() + 1.05
      processes.await_flag(path)
      processes.kill(p:stats().workers[1].pid)
      while clock.now() < stop do end
      pools.is_failure("crash", future:error())
    end)

    it("has its time from its own beginning, not from init's", function()
      local function init()
        local stop = clock.now() + 0.8
        while clock.now() < stop do end
      end
      local p <close> = pool.new({ workers = 1, init = init, task_timeout = 0.7 })
      assert_goes_on(p)
      p:submit(os.exit):error()
      local path = processes.flag()
      local future = p:submit(work.endless, path)
      processes.await_flag(path)
      processes.kill(p:stats().workers[1].pid)
      pools.is_failure("crash", future:error())
    end)
  end)

  describe("that is cancelled", function()
    it("does not run, if it has not begun", function()
      local p <close> = pool.new({ workers = 1 })
      local paths = { processes.flag(), processes.flag(), processes.flag() }
      local futures = {}
      for i = 1, 3 do futures[i] = p:submit(work.endless, paths[i]) end
      processes.await_flag(paths[1])
      assert.is_false(futures[1]:cancel())
      assert.is_true(futures[3]:cancel())
      assert.is_true(futures[2]:cancel())
      assert.is_true(futures[1]:cancel({ kill = true }))
      for i = 1, 3 do assert.is_true(futures[i]:cancelled()) end
      assert_goes_on(p)
      for i = 2, 3 do assert.is_nil(io.open(paths[i])) end
    end)

    it("takes no other along", function()
      local p <close> = pool.new({ workers = 1 })
      local function spin(seconds)
        local stop = clock.now() + seconds
        while clock.now() < stop do end
        return seconds
      end
      for i = 1, is_sanitized and 20 or 200 do
        local first, second = p:submit(spin, 2e-4), p:submit(spin, 1e-4)
        spin(i * 1e-6 + 1e-4)
        local cancelled = first:cancel({ kill = true })
        assert.equal(1e-4, second:result())
        assert.equal(cancelled, first:cancelled())
        if not cancelled then assert.equal(2e-4, first:result()) end
      end
      assert.equal(0, p:stats().failed)
    end)
  end)
end)
