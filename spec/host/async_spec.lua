--- perilune.async: runs, tasks, results and errors.
local async = require("perilune.async")
local blame = require("spec.contract.blame")
local loop = require("spec.host.loop")
local uv = require("luv")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local MANY <const> = SANITIZED and 1000 or 10000

describe("async.run", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("gives the main task's results, nil among them", function()
    local function same(...) return ... end
    assert.same({ n = 3, 1, nil, nil }, table.pack(async.run(same, 1, nil, nil)))
    assert.same({ n = 0 }, table.pack(async.run(function() end)))
  end)

  it("gives results that came after a wait", function()
    assert.equal("later", async.run(function()
      async.sleep(0.001)
      return "later"
    end))
  end)

  it("can be called again, in a coroutine too", function()
    local results = {}
    for i = 1, 3 do results[i] = async.run(function() return i end) end
    results[4] = coroutine.wrap(function() return async.run(function() return 4 end) end)()
    assert.same({ 1, 2, 3, 4 }, results)
  end)

  it("is refused inside a run, and the run goes on", function()
    local function nested() async.run(print) end
    local message, rest = async.run(function() return blame.message(nested), "on" end)
    assert.equal(blame.at(nested, 0,
      "async.run: called inside a run; call the function itself, or async.spawn"), message)
    assert.equal("on", rest)
  end)

  it("is refused in a generator inside a task", function()
    local ok, message = async.run(function()
      return coroutine.wrap(function() return pcall(async.run, print) end)()
    end)
    assert.is_false(ok)
    assert.matches("called inside a run", message)
  end)

  it("is refused in a callback of luv's", function()
    local timer, ok, message = uv.new_timer(), nil, nil
    timer:start(0, 0, function()
      ok, message = pcall(async.run, print)
      timer:close()
    end)
    uv.run()
    assert.is_false(ok)
    assert.matches("async.run: called in a callback of luv's", message)
  end)

  it("says so when nothing is left that could wake a task", function()
    local message = blame.message(async.run, function() async.await(function() end) end)
    assert.matches("^async: all tasks wait, and nothing is left that could wake one; " ..
      "the main task:\nstack traceback:\n", message)
    assert.matches("async_spec.lua:%d+: in function", message)
  end)

  it("stops when the main task is over", function()
    local done = {}
    async.run(function()
      async.spawn(function()
        async.sleep(60)
        done[#done + 1] = "never"
      end)
      async.sleep(0)
      done[#done + 1] = "main"
    end)
    assert.same({ "main" }, done)
  end)

  it("lets handles of luv's own live beside it", function()
    local rings = 0
    async.run(function()
      local timer = uv.new_timer()
      local wake_up
      timer:start(1, 1, function()
        rings = rings + 1
        if rings == 3 then wake_up(timer:close()) end
      end)
      async.await(function(wake) wake_up = wake end)
    end)
    assert.equal(3, rings)
  end)
end)

describe("a task", function()
  before_each(loop.remember)
  after_each(loop.check)

  it("starts when the running one waits, in the order of spawning", function()
    local order = {}
    local function note(name)
      return function() order[#order + 1] = name end
    end
    async.run(function()
      async.spawn(note("first"))
      async.spawn(note("second"))
      note("main")()
      async.sleep(0)
      note("last")()
    end)
    assert.same({ "main", "first", "second", "last" }, order)
  end)

  it("gives its results to all that ask, however often", function()
    assert.same({ 1, 2, 1, 2, 1, 2 }, async.run(function()
      local task = async.spawn(function(...)
        async.sleep(0)
        return ...
      end, 1, 2)
      local other = async.spawn(function() return task:result() end)
      local a, b = task:result()
      local c, d = other:result()
      return { a, b, c, d, task:result() }
    end))
  end)

  it("is done when it has returned, failed or been cancelled", function()
    async.run(function()
      local tasks = {
        async.spawn(math.abs, 1), async.spawn(error, "x"), async.spawn(async.sleep, 9),
      }
      for _, task in ipairs(tasks) do assert.is_false(task:done()) end
      tasks[3]:cancel()
      async.sleep(0)
      for _, task in ipairs(tasks) do assert.is_true(task:done()) end
      pcall(tasks[2].result, tasks[2])
    end)
  end)

  it("lets others go first by a plain yield", function()
    local order = {}
    local function count(name)
      for i = 1, 3 do
        order[#order + 1] = name .. i
        coroutine.yield()
      end
    end
    async.run(function() async.gather({ function() count("a") end, function() count("b") end }) end)
    assert.same({ "a1", "b1", "a2", "b2", "a3", "b3" }, order)
  end)

  it("that only yields does not keep the loop from its turns", function()
    local slept = false
    async.run(function()
      async.spawn(function()
        async.sleep(0.001)
        slept = true
      end)
      repeat coroutine.yield() until slept
    end)
    assert.is_true(slept)
  end)

  it("may use coroutines of its own", function()
    local generator = function()
      for i = 1, 3 do coroutine.yield(i) end
    end
    assert.equal(6, async.run(function()
      local sum = 0
      for i in coroutine.wrap(generator) do
        async.sleep(0)
        sum = sum + i
      end
      return sum
    end))
  end)

  it("is told by running, in its own coroutines too", function()
    assert.is_nil(async.running())
    async.run(function()
      local task
      task = async.spawn(function()
        return async.running() == task, coroutine.wrap(async.running)() == task
      end)
      local first, second = task:result()
      assert.is_true(first and second)
      assert.not_equal(task, async.running())
    end)
    assert.is_nil(async.running())
  end)

  it("shows where it was spawned, and how it is", function()
    local waiting, ready, over = async.run(function()
      local wake
      local task = async.spawn(async.await, function(resume) wake = resume end)
      local early = tostring(task)
      async.sleep(0)
      local amid = tostring(task)
      wake()
      task:result()
      return amid, early, tostring(task)
    end)
    assert.matches("^a task spawned at .*async_spec.lua:%d+ %(ready%)$", ready)
    assert.matches("%(waiting%)$", waiting)
    assert.matches("%(done%)$", over)
  end)

  it("may be spawned by a callback of luv's", function()
    assert.equal("spawned", async.run(function()
      return async.await(function(wake)
        local timer = uv.new_timer()
        timer:start(0, 0, function()
          timer:close()
          async.spawn(function() wake("spawned") end)
        end)
      end)
    end))
  end)

  it("cannot be spawned outside a run", function()
    local function spawn() async.spawn(print) end
    assert.equal(blame.at(spawn, 0, "async.spawn: nothing runs: call it inside async.run"),
      blame.message(spawn))
  end)

  it("is one of ten thousand", function()
    local sum = async.run(function()
      local tasks = {}
      for i = 1, MANY do
        tasks[i] = async.spawn(function()
          async.sleep(i % 3 / 1000)
          return i
        end)
      end
      local total = 0
      for i, result in ipairs(async.gather(tasks)) do
        assert(result == i)
        total = total + result
      end
      return total
    end)
    assert.equal(MANY * (MANY + 1) // 2, sum)
  end)

  it("may stand at the end of a long chain that waits for each other", function()
    local function chain(first)
      local task = async.spawn(first)
      for _ = 1, MANY do
        local before = task
        task = async.spawn(function() return 1 + before:result() end)
      end
      return task
    end
    assert.equal(MANY, async.run(function() return chain(function() return 0 end):result() end))
    local message = async.run(function()
      local task = chain(function() error("at the start", 0) end)
      return blame.message(task.result, task)
    end)
    assert.equal("at the start", message)
  end)
end)

describe("an error in a task", function()
  before_each(loop.remember)
  after_each(loop.check)

  local function fail() error("boom") end
  local boom = blame.at(fail, 0, "boom")

  it("is raised by run, with the task's own traceback", function()
    local function main()
      local function deeper() fail() end
      deeper()
    end
    local message = blame.message(async.run, main)
    local head = boom .. "\nstack traceback:\n\t[C]: in function 'error'\n\t"
    assert.equal(head, message:sub(1, #head))
    assert.matches("in upvalue 'fail'\n.*in local 'deeper'\n", message)
    assert.matches("\n\t%(the main task, run at [^\n]+%)$", message)
    assert.not_matches("xpcall", message)
  end)

  it("goes to those that ask for its result, as it is", function()
    local object = {}
    async.run(function()
      for _, value in ipairs({ "text", object, 42, false }) do
        local task = async.spawn(error, value, 0)
        for _ = 1, 2 do
          local ok, raised = pcall(task.result, task)
          assert.is_false(ok)
          assert.equal(value, raised)
        end
      end
      local task = async.spawn(error)
      assert.same({ n = 2, false, nil }, table.pack(pcall(task.result, task)))
    end)
  end)

  it("goes through run as it is where it is no string", function()
    local object = setmetatable({}, { __tostring = function() return "an object" end })
    assert.equal(object, blame.message(async.run, error, object))
    assert.same({ n = 2, false, nil }, table.pack(pcall(async.run, error)))
  end)

  it("keeps the traceback of the task that raised it on its way through others", function()
    local message = blame.message(async.run, function()
      local task = async.spawn(fail)
      local other = async.spawn(function() task:result() end)
      other:result()
    end)
    local tasks = {}
    for task in message:gmatch("\n\t%((the main task)[^\n]*") do tasks[#tasks + 1] = task end
    for line in message:gmatch("\n\t%(a task spawned at [^\n]*:(%d+)%)") do
      tasks[#tasks + 1] = tonumber(line)
    end
    local start = debug.getinfo(1, "l").currentline
    assert.equal(boom, message:match("^[^\n]*"))
    assert.equal("the main task", tasks[1])
    assert.equal(1, tasks[3] - tasks[2])
    assert.is_true(tasks[3] < start)
  end)

  it("tells ten tracebacks at most", function()
    local message = blame.message(async.run, function()
      local task = async.spawn(error, "deep", 0)
      for _ = 1, 20 do
        local before = task
        task = async.spawn(function() before:result() end)
      end
      task:result()
    end)
    assert.equal(10, select(2, message:gsub("stack traceback:", "")))
    assert.matches("\n%(12 more tasks asked for the result%)$", message)
  end)

  it("has the traceback of its own where a task raises another one", function()
    local message = blame.message(async.run, function()
      local task = async.spawn(error, "first", 0)
      pcall(task.result, task)
      error("second", 0)
    end)
    assert.equal(1, select(2, message:gsub("stack traceback:", "")))
    assert.matches("^second\n", message)
  end)

  it("closes its variables, which may wait", function()
    local closed
    async.run(function()
      local task = async.spawn(function()
        local _ <close> = setmetatable({}, { __close = function()
          async.sleep(0.001)
          closed = true
        end })
        fail()
      end)
      assert.equal(boom, blame.message(task.result, task))
    end)
    assert.is_true(closed)
  end)

  it("may be that there is no C stack left", function()
    local function endless() return (("x"):gsub("x", endless)) end
    async.run(function()
      local task = async.spawn(endless)
      assert.matches("C stack overflow", blame.message(task.result, task))
    end)
  end)
end)

describe("async's arguments", function()
  it("are checked, and the caller's line is blamed", function()
    local function in_run(fn) return function() async.run(fn) end end
    for text, fn in pairs({
      ["bad argument #1 to 'run' (function expected, got nil)"] = function() async.run() end,
      ["bad argument #1 to 'spawn' (function expected, got table)"] =
        function() async.spawn({}) end,
      ["bad argument #1 to 'await' (function expected, got 1)"] = function() async.await(1) end,
      ["bad argument #1 to 'sleep' (a number of seconds from 0 expected, got -1)"] =
        function() async.sleep(-1) end,
      ["bad argument #1 to 'timeout' (a number of seconds from 0 expected, got string)"] =
        function() async.timeout("1", print) end,
      ["bad argument #2 to 'timeout' (function expected, got nil)"] =
        function() async.timeout(1) end,
      ["bad argument #1 to 'gather' (table expected, got nil)"] = function() async.gather() end,
      ["bad argument #1 to 'gather' (item 2: task or function expected, got 7)"] =
        function() async.gather({ print, 7 }) end,
      ["bad argument #2 to 'gather' (table expected, got string)"] =
        function() async.gather({}, "x") end,
      ['bad argument #2 to \'gather\' (there is no option "limit"; the options: on_error)'] =
        function() async.gather({}, { limit = 1 }) end,
      ["bad argument #2 to 'gather' (option 'on_error': \"raise\" or \"return\" expected)"] =
        function() async.gather({}, { on_error = "ignore" }) end,
      ["bad argument #1 to 'semaphore' (an integer from 1 expected, got 0)"] =
        function() async.semaphore(0) end,
    }) do
      assert.equal(blame.at(fn, 0, text), blame.message(fn))
      if not text:find("'run'") then
        local message = blame.message(in_run(fn))
        assert.equal(blame.at(fn, 0, text), message:match("^[^\n]*"))
      end
    end
    assert.is_false(pcall(async.sleep, 0 / 0))
    assert.is_false(pcall(async.semaphore, 1.5))
  end)
end)
