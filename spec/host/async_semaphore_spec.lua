--- perilune.async: semaphores.
local async = require("perilune.async")
local blame = require("spec.contract.blame")
local loop = require("spec.host.loop")

local code_of, listed = loop.code_of, loop.listed

describe("a semaphore", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("lets n at a time through", function()
    local inside, most = 0, 0
    async.run(function()
      local semaphore, tasks = async.semaphore(3), {}
      for i = 1, 20 do
        tasks[i] = function()
          local _ <close> = semaphore:acquire()
          inside = inside + 1
          most = math.max(most, inside)
          async.sleep(0)
          inside = inside - 1
        end
      end
      async.gather(tasks)
    end)
    assert.same({ 0, 3 }, { inside, most })
  end)

  it("serves who comes first", function()
    assert.same({ 1, 2, 3, 4 }, listed(function(list)
      local semaphore, tasks = async.semaphore(1), {}
      for i = 1, 4 do
        tasks[i] = function()
          local _ <close> = semaphore:acquire()
          list[i] = #list + 1
          async.sleep(0)
        end
      end
      async.gather(tasks)
    end))
  end)

  it("takes a permit back once, whatever gives it", function()
    async.run(function()
      local semaphore = async.semaphore(2)
      local permit = semaphore:acquire()
      permit:release()
      permit:release()
      permit:close()
      semaphore:acquire()
      semaphore:acquire()
      assert.equal("timeout", code_of(async.timeout, 0, semaphore.acquire, semaphore))
      semaphore:release()
      semaphore:release()
      local function release() semaphore:release() end
      assert.equal(
        blame.at(release, 0, "async: the semaphore was released more often than acquired"),
        blame.message(release))
    end)
  end)

  it("takes it back when an error leaves the block", function()
    async.run(function()
      local semaphore = async.semaphore(1)
      pcall(function()
        local _ <close> = semaphore:acquire()
        error("in between")
      end)
      semaphore:acquire():release()
    end)
  end)

  it("loses no permit with tasks that are cancelled", function()
    assert.same({ "third" }, listed(function(list)
      local semaphore = async.semaphore(1)
      local permit = semaphore:acquire()
      local function enter(name)
        local _ <close> = semaphore:acquire()
        list[#list + 1] = name
      end
      local waiting = async.spawn(enter, "first")
      local handed = async.spawn(enter, "second")
      local last = async.spawn(enter, "third")
      async.sleep(0)
      waiting:cancel()
      permit:release()
      handed:cancel()
      last:result()
      assert.has_error(function() semaphore:release() end)
    end))
  end)
end)
