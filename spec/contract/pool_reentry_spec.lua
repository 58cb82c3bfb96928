--- A pool that is used in the midst of its own work, and after work that failed.
local pools = require("spec.contract.pools")
local kinds = require("spec.contract.kinds")

local tasks = pools.tasks()

local function echo(...) return ... end

-- A list of n items, each of which `item` gives when it is read.
local function lazy(n, item)
  return setmetatable({ n = n }, { __index = function(_, i) return item(i) end })
end

for tag, pool in kinds("pool") do
  describe("pool " .. tag, function()
    local before
    before_each(function() before = pools.count_processes() end)
    after_each(function() pools.assert_none_left(before) end)

    it("runs tasks after a map that failed", function()
      for _, workers in ipairs { 1, 2 } do
        for n = 1, 10 do
          local p <close> = pool.new({ workers = workers })
          local items = { 3 }
          for i = 2, n do items[i] = 1 end
          pools.is_failure("error", pools.raised(p.map, p, tasks.fail_from, items))
          assert.equal(7, p:submit(echo, 7):result())
        end
      end
    end)

    it("runs tasks after a map with an item that cannot be sent", function()
      local p <close> = pool.new({ workers = 1 })
      for n = 1, 10 do
        local items = {}
        for i = 1, n do items[i] = i end
        items[n] = coroutine.create(echo)
        assert.matches("cannot be sent$", pools.raised(p.map, p, echo, items))
        assert.equal(n, p:submit(echo, n):result())
      end
    end)

    it("runs tasks in a loop of imap whose later item fails", function()
      local p <close> = pool.new({ workers = 2 })
      local items, results = {}, {}
      for i = 1, 50 do items[i] = i end
      local problem = pools.raised(function()
        for i in p:imap(tasks.fail_from, items) do results[i] = p:submit(echo, -i):result() end
      end)
      assert.equal(3, problem.index)
      assert.same({ -1, -2 }, results)
    end)

    it("is used by what reads a list", function()
      local p <close> = pool.new({ workers = 2 })
      local function double(i) return p:submit(math.max, i, 2 * i):result() end
      assert.same({ 2, 4, 6, 8, n = 4 }, p:map(echo, lazy(4, double)))
      for i, result in p:imap(echo, lazy(4, double)) do assert.equal(2 * i, result) end
      local stats = p:stats()
      assert.equal(16, stats.submitted)
      assert.equal(16, stats.completed)
    end)

    it("lets the error of what reads a list through, and has lost nothing", function()
      local p <close> = pool.new({ workers = 1 })
      local function fail_at_three(i)
        if i == 3 then error("no item", 0) end
        return i
      end
      assert.equal("no item", pools.raised(p.map, p, tasks.spin_with, lazy(5, fail_at_three)))
      assert.equal("new", p:submit(echo, "new"):result())
      assert.equal(0, p:stats().queued)
    end)

    it("is shut down by what reads a list", function()
      local p <close> = pool.new({ workers = 2 })
      assert.matches("the pool is shut down$", pools.raised(p.map, p, echo, lazy(5, function(i)
        if i == 3 then p:shutdown() end
        return i
      end)))
    end)

    it("gives futures of several pools as they get done", function()
      local p <close> = pool.new({ workers = 1 })
      local q <close> = pool.new({ workers = 1 })
      local futures = { p:submit(echo, 1), q:submit(echo, 2), p:submit(echo, 3), q:submit(echo, 4) }
      local sum = 0
      for future in pool.as_completed(futures) do sum = sum + future:result() end
      assert.equal(10, sum)
    end)

    it("counts what a loop that was left and a close have ended", function()
      local p = pool.new({ workers = 2 })
      local items = {}
      for i = 1, 12 do items[i] = i end
      for i in p:imap(echo, items) do
        if i == 2 then break end
      end
      pcall(function()
        local _ <close> = p
        error("left")
      end)
      local stats = p:stats()
      assert.equal(0, stats.queued)
      assert.equal(stats.submitted, stats.completed + stats.failed + stats.cancelled)
    end)
  end)
end
