--- perilune.async: tasks that are cancelled.
local async = require("perilune.async")
local blame = require("spec.contract.blame")
local loop = require("spec.host.loop")
local uv = require("luv")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local MANY <const> = SANITIZED and 1000 or 10000

-- A value that adds `name` to the list when it is closed.
local function closing(list, name)
  return setmetatable({}, { __close = function() list[#list + 1] = name end })
end

local listed = loop.listed

describe("a cancelled task", function()
  before_each(loop.remember)
  after_each(loop.check)

  local function is_cancelled(task)
    local problem = blame.message(task.result, task)
    return task:done() and problem.code == "cancelled" and
      problem.message:match("^a task spawned at .*:%d+ was cancelled$") ~= nil
  end

  it("never starts where it was only ready to", function()
    assert.same({}, listed(function(list)
      local task = async.spawn(function() list[1] = "started" end)
      assert.is_true(task:cancel())
      assert.is_true(is_cancelled(task))
      async.sleep(0)
    end))
  end)

  it("is closed at once where it waits", function()
    assert.same({ "closed", "cancelled" }, listed(function(list)
      local task = async.spawn(function()
        local _ <close> = closing(list, "closed")
        async.sleep(60)
      end)
      async.sleep(0)
      assert.is_true(task:cancel())
      list[#list + 1] = is_cancelled(task) and "cancelled"
    end))
  end)

  it("does not go on where it had been woken, and what it waited for is undone", function()
    assert.same({ "undone", "closed" }, listed(function(list)
      local wake_up
      local task = async.spawn(function()
        local _ <close> = closing(list, "closed")
        async.await(function(wake)
          wake_up = wake
          return function() list[#list + 1] = "undone" end
        end)
        list[#list + 1] = "went on"
      end)
      async.sleep(0)
      wake_up()
      task:cancel()
      wake_up()
      async.sleep(0)
    end))
  end)

  it("that cancels itself goes on until it waits", function()
    assert.same({ "going on", "closed", "cancelled" }, listed(function(list)
      local task = async.spawn(function()
        local _ <close> = closing(list, "closed")
        assert(async.running():cancel())
        list[#list + 1] = "going on"
        async.sleep(0)
        list[#list + 1] = "too far"
      end)
      async.sleep(0)
      list[#list + 1] = is_cancelled(task) and "cancelled"
    end))
  end)

  it("that cancels itself and does not wait has its results", function()
    assert.equal("results", async.run(function()
      return async.spawn(function()
        async.running():cancel()
        return "results"
      end):result()
    end))
  end)

  it("that cancels itself in a generator, or before a plain yield, is closed too", function()
    assert.same({ "a", "b" }, listed(function(list)
      async.spawn(function()
        local _ <close> = closing(list, "a")
        coroutine.wrap(function() async.running():cancel() end)()
        coroutine.yield()
      end)
      async.spawn(function()
        local _ <close> = closing(list, "b")
        async.await(function() async.running():cancel() end)
      end)
      async.sleep(0)
    end))
  end)

  it("is no longer to be cancelled when it is over", function()
    async.run(function()
      local task = async.spawn(math.abs, -1)
      assert.equal(1, task:result())
      assert.is_false(task:cancel())
      assert.equal(1, task:result())
      local other = async.spawn(async.sleep, 60)
      assert.is_true(other:cancel())
      assert.is_true(other:cancel())
    end)
  end)

  it("wakes those that wait for its result", function()
    assert.equal("cancelled", async.run(function()
      local task = async.spawn(async.sleep, 60)
      local other = async.spawn(function() return blame.message(task.result, task) end)
      async.sleep(0)
      task:cancel()
      return other:result().code
    end))
  end)

  it("does not touch the task for whose result it waits", function()
    assert.equal("result", async.run(function()
      local task = async.spawn(function()
        async.sleep(0.001)
        return "result"
      end)
      local waiting = async.spawn(task.result, task)
      async.sleep(0)
      waiting:cancel()
      return task:result()
    end))
  end)

  it("takes along what it gathers or limits, which is closed before it", function()
    for name, wait in pairs({
      gather = function(fn) async.gather({ fn }) end,
      timeout = function(fn) async.timeout(60, fn) end,
    }) do
      assert.same({ "inner", "outer", name }, listed(function(list)
        local task = async.spawn(function()
          local _ <close> = closing(list, "outer")
          wait(function()
            local _ <close> = closing(list, "inner")
            async.sleep(60)
          end)
        end)
        async.sleep(0)
        async.sleep(0)
        task:cancel()
        list[#list + 1] = name
      end))
    end
  end)

  it("may hold any number of tasks, one inside the other", function()
    local closed = {}
    async.run(function()
      local innermost = async.await(function(wake)
        local function nest(depth)
          local _ <close> = closing(closed, depth)
          if depth == MANY then
            wake(async.running())
            async.sleep(60)
          end
          async.gather({ function() nest(depth + 1) end })
        end
        async.spawn(nest, 1)
      end)
      assert.is_false(innermost:done())
    end)
    assert.equal(MANY, #closed)
    for i, depth in ipairs(closed) do assert(depth == MANY - i + 1) end
  end)

  it("may cancel others while it is closed", function()
    assert.same({ "first", "second", "third" }, listed(function(list)
      local function chained(name, task)
        local _ <close> = setmetatable({}, { __close = function()
          list[#list + 1] = name
          if task then task:cancel() end
        end })
        async.sleep(60)
      end
      local third = async.spawn(chained, "third")
      local second = async.spawn(chained, "second", third)
      local first = async.spawn(chained, "first", second)
      async.sleep(0)
      first:cancel()
      assert.is_true(third:done())
    end))
  end)

  it("cannot wait while it is closed", function()
    local message
    async.run(function()
      local task = async.spawn(function()
        local _ <close> = setmetatable({}, { __close = function()
          message = blame.message(async.sleep, 0)
        end })
        async.sleep(60)
      end)
      async.sleep(0)
      task:cancel()
    end)
    assert.matches("async: cannot wait in 'sleep': a task that is being closed cannot wait$",
      message)
  end)

  it("may be the one that cancels its own waiter", function()
    assert.same({ "parent", "child" }, listed(function(list)
      local parent
      parent = async.spawn(function()
        local _ <close> = closing(list, "parent")
        async.gather({ function()
          local _ <close> = closing(list, "child")
          parent:cancel()
          async.sleep(60)
        end })
      end)
      pcall(parent.result, parent)
      async.sleep(0)
    end))
  end)

  it("stays so where another one that is cancelled with it wakes it", function()
    for first = 1, 2 do
      local semaphore, tasks = async.semaphore(1), {}
      assert.same({ "free" }, listed(function(list)
        local permit = semaphore:acquire()
        tasks[first] = async.spawn(semaphore.acquire, semaphore)
        tasks[3 - first] = async.spawn(semaphore.acquire, semaphore)
        local parent = async.spawn(async.gather, tasks)
        async.sleep(0)
        permit:release()
        parent:cancel()
        for _, task in ipairs(tasks) do assert.is_true(is_cancelled(task)) end
        async.sleep(0)
        semaphore:acquire()
        list[1] = "free"
      end))
    end
  end)

  it("may be the main task", function()
    local problem = blame.message(async.run, function()
      local main = async.running()
      async.spawn(function() main:cancel() end)
      async.sleep(60)
    end)
    assert.equal("cancelled", problem.code)
    assert.matches("^the main task, run at .* was cancelled$", tostring(problem))
  end)

  it("may be cancelled by a callback of luv's", function()
    assert.equal("cancelled", async.run(function()
      local task = async.spawn(async.sleep, 60)
      local timer = uv.new_timer()
      timer:start(1, 0, function()
        timer:close()
        task:cancel()
      end)
      return blame.message(task.result, task).code
    end))
  end)

  it("is one that leaves its block, as a variable to be closed", function()
    async.run(function()
      local kept
      do
        local task <close> = async.spawn(async.sleep, 60)
        kept = task
      end
      assert.is_true(kept:done())
    end)
  end)

  it("leaves no timer and no watcher behind", function()
    async.run(function()
      local lasting = async.spawn(async.sleep, 60)
      for _ = 1, MANY // 10 do
        local ok, problem = pcall(async.timeout, 0, lasting.result, lasting)
        assert(not ok and problem.code == "timeout")
      end
      assert.is_true(lasting.watchers:is_empty() or lasting.watchers:pop() == nil)
      lasting:cancel()
      assert.is_nil(lasting.run.timers:next())
    end)
  end)
end)

describe("when the main task is over", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("tasks that are left are closed, the youngest first", function()
    for _, main_error in ipairs({ false, "an error" }) do
      local closed = {}
      local ok = pcall(async.run, function()
        for i = 1, 3 do
          async.spawn(function()
            local _ <close> = closing(closed, i)
            async.sleep(60)
          end)
        end
        async.sleep(0)
        if main_error then error(main_error) end
      end)
      assert.equal(not main_error, ok)
      assert.same({ 3, 2, 1 }, closed)
    end
  end)

  it("handles that they close are gone", function()
    async.run(function()
      async.spawn(function()
        local timer = uv.new_timer()
        local _ <close> = setmetatable({}, { __close = function() timer:close() end })
        async.sleep(60)
      end)
      async.sleep(0)
    end)
  end)

  it("nothing can be spawned, and a wake does nothing", function()
    local message, wake_up, task
    async.run(function()
      task = async.spawn(function()
        local _ <close> = setmetatable({}, { __close = function()
          wake_up()
          message = blame.message(async.spawn, print)
        end })
        async.await(function(wake) wake_up = wake end)
      end)
      async.sleep(0)
    end)
    wake_up()
    assert.matches("async.spawn: nothing runs", message)
    assert.equal("cancelled", blame.message(task.result, task).code)
    assert.is_true(task:cancel())
  end)
end)
