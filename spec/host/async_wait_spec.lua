--- perilune.async: what tasks wait for.
local async = require("perilune.async")
local blame = require("spec.contract.blame")
local loop = require("spec.host.loop")
local uv = require("luv")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local MANY <const> = SANITIZED and 1000 or 10000

local code_of, listed = loop.code_of, loop.listed

describe("async.await", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("returns what wake is called with", function()
    assert.same({ n = 3, nil, 2, nil }, async.run(function()
      return table.pack(async.await(function(wake)
        async.spawn(wake, nil, 2, nil)
      end))
    end))
  end)

  it("returns at once where start itself calls wake", function()
    assert.same({ "main", "other" }, listed(function(list)
      async.spawn(function() list[1 + #list] = "other" end)
      list[1] = async.await(function(wake) wake("main") end)
      async.sleep(0)
    end))
  end)

  it("takes the first call of wake, and ignores later ones", function()
    assert.same({ 1, 3 }, listed(function(list)
      local kept
      list[1] = async.await(function(wake)
        kept = wake
        wake(1)
        wake(2)
      end)
      kept(4)
      list[2] = async.await(function(wake)
        kept(5)
        async.spawn(wake, 3)
      end)
      kept(6)
      async.sleep(0)
    end))
  end)

  it("may be woken by a callback of luv's, and by its request", function()
    local stat = async.run(function()
      return select(2, async.await(function(wake) return uv.fs_stat(".", wake) end))
    end)
    assert.equal("directory", stat.type)
  end)

  it("goes on as soon as a timer of luv's has woken it", function()
    local late, timer, is_late = uv.new_timer(), uv.new_timer(), false
    late:start(3000, 0, function() is_late = true end)
    async.run(function()
      for i = 1, 60 do
        async.await(function(wake) timer:start(i % 2, 0, wake) end)
      end
    end)
    assert.is_false(is_late)
    timer:close()
    late:close()
    uv.run("nowait")
  end)

  it("raises the error of start, and the task goes on", function()
    assert.same({ "no start", "on" }, listed(function(list)
      list[1] = blame.message(async.await, function() error("no start", 0) end)
      async.sleep(0)
      list[2] = "on"
    end))
  end)

  it("may be called in the start of another", function()
    assert.same({ "inner", "outer" }, listed(function(list)
      list[2] = async.await(function(wake)
        async.spawn(wake, "outer")
        list[1] = async.await(function(inner) async.spawn(inner, "inner") end)
      end)
    end))
  end)

  it("wakes tasks in the order in which they were woken", function()
    assert.same({ 3, 1, 2 }, listed(function(list)
      local wakes, tasks = {}, {}
      for i = 1, 3 do
        tasks[i] = async.spawn(function()
          async.await(function(wake) wakes[i] = wake end)
          list[#list + 1] = i
        end)
      end
      async.sleep(0)
      wakes[3]()
      wakes[1]()
      wakes[2]()
      async.gather(tasks)
    end))
  end)

  it("lets two tasks wake each other any number of times", function()
    local wakes = {}
    local function play(me, peer)
      for _ = 1, MANY do
        async.await(function(wake)
          wakes[me] = wake
          if wakes[peer] then wakes[peer](me) end
        end)
      end
      return me
    end
    assert.equal("a", async.run(function()
      local a <close> = async.spawn(play, "a", "b")
      local _ <close> = async.spawn(play, "b", "a")
      return a:result()
    end))
  end)

  it("is refused where no task can wait, and the caller's line is blamed", function()
    local function wait() async.await(print) end
    local function refused(text, fn, ...)
      assert.equal(blame.at(wait, 0, "async: cannot wait in 'await': " .. text),
        blame.message(fn, ...))
    end
    refused("no task is running: call it in a function that async.run runs", wait)
    async.run(function()
      refused("called in another coroutine than the task's own, such as a generator's",
        function()
          local ok, message = coroutine.resume(coroutine.create(wait))
          error(message, ok and 1 or 0)
        end)
      refused("called inside a C function that cannot wait, such as table.sort or string.gsub",
        string.gsub, "x", "x", wait)
    end)
  end)

  it("can be asked for", function()
    local function can_wait() return async.can_wait() end
    assert.is_false(can_wait())
    async.run(function()
      local in_gsub
      string.gsub("x", "x", function() in_gsub = can_wait() end)
      assert.same({ true, false, false },
        { can_wait(), coroutine.wrap(can_wait)(), in_gsub })
      local closed
      local task = async.spawn(function()
        local _ <close> = setmetatable({}, { __close = function() closed = can_wait() end })
        async.sleep(60)
      end)
      async.sleep(0)
      task:cancel()
      assert.is_false(closed)
    end)
  end)

  it("blames the caller's line whichever function waits", function()
    async.run(function()
      local semaphore, task = async.semaphore(1), async.spawn(async.sleep, 0)
      semaphore:acquire()
      for name, wait in pairs({
        sleep = function() async.sleep(0) end,
        timeout = function() async.timeout(1, print) end,
        gather = function() async.gather({ async.sleep }) end,
        result = function() task:result() end,
        acquire = function() semaphore:acquire() end,
      }) do
        local text = blame.message(string.gsub, "x", "x", wait)
        assert.equal(blame.at(wait, 0, ("async: cannot wait in '%s'"):format(name)),
          text:match("^.-'.-'"))
      end
    end)
  end)
end)

describe("async.sleep", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("lasts as long as it says, at least", function()
    for _, seconds in ipairs({ 0, 0.0001, 0.003 }) do
      local start = uv.hrtime()
      async.run(async.sleep, seconds)
      assert.is_true(uv.hrtime() - start >= seconds * 1e9)
    end
  end)

  it("ends in the order of time", function()
    assert.same({ 1, 2, 3 }, listed(function(list)
      async.gather({
        function() async.sleep(0.03) list[#list + 1] = 3 end,
        function() async.sleep(0) list[#list + 1] = 1 end,
        function() async.sleep(0.01) list[#list + 1] = 2 end,
      })
    end))
  end)

  it("lets the others go first, 0 too", function()
    assert.same({ "other", "main" }, listed(function(list)
      async.spawn(function() list[#list + 1] = "other" end)
      async.sleep(0)
      list[#list + 1] = "main"
    end))
  end)

  it("lasts no longer beside what waits longer", function()
    local late, is_late = uv.new_timer(), false
    late:start(3000, 0, function() is_late = true end)
    async.run(function()
      for _ = 1, 50 do async.sleep(0) end
      for _ = 1, 50 do async.sleep(1e-4) end
    end)
    late:close()
    uv.run("nowait")
    assert.is_false(is_late)
  end)

  it("may be endless", function()
    assert.equal("timeout", code_of(async.run, function()
      async.timeout(0.001, async.sleep, math.huge)
    end))
  end)
end)

describe("async.timeout", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("gives the function's results in time", function()
    assert.same({ n = 2, "a", nil }, async.run(function()
      return table.pack(async.timeout(60, function(...)
        async.sleep(0)
        return ...
      end, "a", nil))
    end))
  end)

  it("raises an Error when the time has passed, and cancels the function", function()
    local closed
    async.run(function()
      local problem = blame.message(async.timeout, 0.001, function()
        local _ <close> = setmetatable({}, { __close = function() closed = true end })
        async.sleep(60)
      end)
      assert.is_true(closed)
      assert.equal("timeout", problem.code)
      assert.equal("timed out after 0.001 s", problem.message)
      assert.equal("timed out after 0.001 s", tostring(problem))
    end)
  end)

  it("may pass while a task is at work", function()
    local late = uv.new_timer()
    local function work_and_wait()
      local stop = uv.hrtime() + 2e7
      while uv.hrtime() < stop do end
      return async.await(function(wake) late:start(3000, 0, wake) end)
    end
    assert.equal("timeout", async.run(code_of, async.timeout, 0.001, work_and_wait))
    assert.equal("timeout", async.run(code_of, async.timeout, 0.02, work_and_wait))
    late:close()
    uv.run("nowait")
  end)

  it("shows where it was called when its Error leaves the run", function()
    local problem = blame.message(async.run, function() async.timeout(0, async.sleep, 60) end)
    assert.matches("^timed out after 0 s\nstack traceback:\n", tostring(problem))
    assert.matches("in function <[^\n]*async_wait_spec.lua:%d+>", tostring(problem))
  end)

  it("raises the function's error as it is", function()
    local object = {}
    async.run(function()
      assert.equal(object, blame.message(async.timeout, 60, error, object))
      assert.equal("text", blame.message(async.timeout, 60, error, "text", 0))
    end)
  end)

  it("may stand in another", function()
    assert.same({ "inner", "outer" }, listed(function(list)
      local _, inner = pcall(async.timeout, 60, function()
        async.timeout(0.001, async.sleep, 60)
      end)
      list[1] = inner.code == "timeout" and inner.message:find("0.001") and "inner"
      local _, outer = pcall(async.timeout, 0.001, function()
        async.timeout(60, async.sleep, 60)
      end)
      list[2] = outer.code == "timeout" and outer.message:find("0.001") and "outer"
    end))
  end)
end)

describe("async.gather", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("gives first results in the list's order, with n", function()
    local list = async.run(function()
      return async.gather({
        function() async.sleep(0.002) return "slow", "second" end,
        async.spawn(function() return "quick" end),
        function() end,
      })
    end)
    assert.same({ n = 3, "slow", "quick", nil }, list)
  end)

  it("takes lists with n, empty ones, and a task twice", function()
    async.run(function()
      assert.same({ n = 0 }, async.gather({}))
      local task = async.spawn(math.abs, -1)
      assert.same({ n = 2, 1, 1 }, async.gather({ task, task }))
      assert.same({ n = 1, 1 }, async.gather({ n = 1, task, task }))
    end)
  end)

  it("raises the first error in time, and cancels the others", function()
    local closed = {}
    local function sleeper(name)
      return function()
        local _ <close> = setmetatable({}, { __close = function() closed[#closed + 1] = name end })
        async.sleep(60)
      end
    end
    async.run(function()
      local own, spawned = sleeper("own"), async.spawn(sleeper("spawned"))
      local message = blame.message(async.gather, {
        own, function() async.sleep(0.002) error("late", 0) end,
        function() async.sleep(0.001) error("early", 0) end, spawned,
      })
      assert.equal("early", message)
      assert.is_true(spawned:done())
      assert.same({ "spawned", "own" }, closed)
    end)
  end)

  it("raises the error of a task that has failed before", function()
    async.run(function()
      local task = async.spawn(error, "before", 0)
      async.sleep(0)
      local other = async.spawn(async.sleep, 60)
      assert.equal("before", blame.message(async.gather, { other, task }))
      assert.is_true(other:done())
    end)
  end)

  it("returns Errors in the failed tasks' places when told to", function()
    local object = setmetatable({}, { __tostring = function() return "an object" end })
    local list = async.run(function()
      local cancelled = async.spawn(async.sleep, 60)
      cancelled:cancel()
      return async.gather({
        function() error("text", 0) end, function() return "fine" end,
        function() error(object) end, cancelled,
      }, { on_error = "return" })
    end)
    assert.equal(4, list.n)
    assert.equal("fine", list[2])
    assert.same({ "error", "text", "text", 1 },
      { list[1].code, list[1].message, list[1].value, list[1].index })
    assert.same({ "error", "an object", 3 }, { list[3].code, list[3].message, list[3].index })
    assert.equal(object, list[3].value)
    assert.same({ "cancelled", 4 }, { list[4].code, list[4].index })
    assert.matches("^text\nstack traceback:\n.*\n\t%(a task spawned at [^\n]*%)$",
      tostring(list[1]))
    assert.is_true(async.is_error(list[1]))
    assert.is_false(async.is_error(list[2]))
  end)

  it("cannot wait for its own task", function()
    async.run(function()
      local own
      own = async.spawn(function()
        local message = blame.message(async.gather, { own })
        return message, blame.message(own.result, own)
      end)
      local gathered, asked = own:result()
      assert.matches("async: a task cannot wait for its own result$", gathered)
      assert.matches("async: a task cannot wait for its own result$", asked)
    end)
  end)
end)
