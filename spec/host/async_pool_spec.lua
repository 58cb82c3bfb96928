--- A pool's futures in tasks of perilune.async.
local async = require("perilune.async")
local clock = require("perilune.clock")
local pool = require("perilune.native.pool")
local uv = require("luv")

local function echo(...) return ... end

-- Keeps a processor busy for so many seconds.
local function spin(seconds, value)
  local start = os.clock()
  repeat until os.clock() - start >= seconds
  return value
end

local function count_handles()
  local count = 0
  uv.walk(function() count = count + 1 end)
  return count
end

describe("pool in async.run", function()
  local p, handles

  before_each(function()
    async.run(async.sleep, 0.001) -- makes the one handle that async keeps
    handles = count_handles()
    p = pool.new({ workers = 2 })
  end)

  after_each(function()
    p:close()
    assert.equal(handles, count_handles())
  end)

  it("lets other tasks go on while one waits", function()
    local order = {}
    local result = async.run(function()
      local other = async.spawn(function()
        for _ = 1, 3 do
          async.sleep(0.001)
          order[#order + 1] = "other"
        end
      end)
      local value = p:submit(spin, 0.1, 7):result()
      order[#order + 1] = "pool"
      other:result()
      return value
    end)
    assert.equal(7, result)
    assert.same({ "other", "other", "other", "pool" }, order)
  end)

  it("lets many tasks wait for one pool", function()
    local results = async.run(function()
      local tasks = {}
      for i = 1, 50 do
        tasks[i] = function() return p:submit(echo, i):result() end
      end
      return async.gather(tasks)
    end)
    for i = 1, 50 do assert.equal(i, results[i]) end
  end)

  it("lets map, imap, as_completed and shutdown wait", function()
    async.run(function()
      local sums = async.gather {
        function()
          local sum = 0
          for _, value in ipairs(p:map(echo, { 1, 2, 3 })) do sum = sum + value end
          return sum
        end,
        function()
          local sum = 0
          for i, value in p:imap(echo, { 4, 5, 6 }) do sum = sum + i * value end
          return sum
        end,
        function()
          local sum = 0
          local futures = { p:submit(echo, 7), p:submit(spin, 0.01, 8) }
          for future in pool.as_completed(futures) do sum = sum + future:result() end
          return sum
        end,
      }
      assert.same({ 6, 32, 15, n = 3 }, sums)
      p:submit(spin, 0.01)
      p:shutdown()
      assert.equal(9, p:stats().completed)
    end)
  end)

  it("raises a task's error where its result is asked for", function()
    local problem = async.run(function()
      local ok, value = pcall(function() p:submit(error, "no", 0):result() end)
      return not ok and value
    end)
    assert.equal("error", problem.code)
    assert.equal("no", problem.message)
  end)

  it("raises the wait's own time-out", function()
    async.run(function()
      local future = p:submit(spin, 0.1, 1)
      local ok, problem = pcall(future.result, future, 0.005)
      assert.is_false(ok)
      assert.equal("wait", problem.code)
      assert.equal(1, future:result())
    end)
  end)

  it("may be waited for by a task that is cancelled", function()
    async.run(function()
      local future = p:submit(spin, 0.05, 1)
      local waiting = async.spawn(function() return future:result() end)
      local other = async.spawn(function() return future:result() end)
      async.sleep(0.002)
      assert.is_true(waiting:cancel())
      assert.equal(1, other:result())
      local ok, problem = pcall(async.timeout, 0.002, function() p:submit(spin, 0.05):result() end)
      assert.is_false(ok)
      assert.equal("timeout", problem.code)
    end)
  end)

  it("goes on when workers die and are replaced", function()
    async.run(function()
      local results = async.gather({
        function() return p:submit(os.exit, 3):result() end,
        function() return p:submit(spin, 0.02, 2):result() end,
        function() return p:submit(os.exit, 4):result() end,
        function() return p:submit(echo, 5):result() end,
      }, { on_error = "return" })
      assert.equal(2, results[2])
      assert.equal(5, results[4])
      assert.equal(3, results[1].value.status)
      assert.equal(4, results[3].value.status)
    end)
  end)

  it("is waited for by all in a task's own coroutine", function()
    local ticks = 0
    local value = async.run(function()
      local ticker = async.spawn(function()
        while true do
          async.sleep(0.001)
          ticks = ticks + 1
        end
      end)
      local inner = coroutine.wrap(function() return p:submit(spin, 0.01, 3):result() end)
      local result = inner()
      ticker:cancel()
      return result
    end)
    assert.equal(3, value)
    assert.equal(0, ticks)
  end)

  it("serves waits in and outside of runs in turn", function()
    local future = p:submit(echo, 1)
    assert.equal(1, async.run(function() return future:result() end))
    assert.equal(2, p:submit(echo, 2):result())
    local start = clock.now()
    assert.equal(3, async.run(function() return p:submit(spin, 0.01, 3):result() end))
    assert.is_true(clock.now() - start >= 0.01)
  end)
end)
