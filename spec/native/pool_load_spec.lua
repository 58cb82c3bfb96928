--- perilune.native.pool: many tasks, long values, many workers one after another.
local pool = require("perilune.native.pool")
local pools = require("spec.contract.pools")
local processes = require("spec.native.processes")
local work = require("spec.native.pool_work")

local is_sanitized <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local function fewer(n) return is_sanitized and n // 10 or n end

describe("a native pool under load", function()
  local before

  before_each(function() before = processes.count() end)
  after_each(function() processes.assert_none_left(before) end)

  it("does a backlog with workers of few tasks each", function()
    local n = fewer(5000)
    local p <close> = pool.new({ workers = 2, max_tasks_per_worker = 100 })
    local futures, items = {}, {}
    for i = 1, n do futures[i], items[i] = p:submit(work.echo, i), i end
    for i = 1, n do assert.equal(i, futures[i]:result()) end
    assert.same(items, { table.unpack(p:map(work.echo, items), 1, n) })
    local sum = 0
    for i, r in p:imap(work.echo, items, { ordered = false }) do sum = sum + i - r + 1 end
    assert.equal(n, sum)
    local stats = p:stats()
    assert.equal(3 * n, stats.completed)
    assert.is_true(stats.restarts >= 3 * n // 100 - 2)
  end)

  it("replaces its worker after each task, and nothing grows", function()
    local n = fewer(500)
    local p <close> = pool.new({ workers = 2, max_tasks_per_worker = 1 })
    p:map(work.echo, { 1, 2, 3, 4 })
    local descriptors, children = processes.descriptors(), #processes.children()
    for i = 1, n do assert.equal(i, p:submit(work.echo, i):result()) end
    assert.is_true(p:stats().restarts >= n)
    -- A worker that is about to be replaced may still have its descriptor.
    assert.is_true(processes.descriptors() <= descriptors + 1)
    assert.equal(children, #processes.children())
  end)

  it("asks an iterator that has no end no more than it must", function()
    local p <close> = pool.new({ workers = 2 })
    local asked = 0
    local function count()
      asked = asked + 1
      return asked
    end
    for i, r in p:imap(work.echo, count, { window = 100 }) do
      assert.equal(i, r)
      assert.is_true(asked - i <= 100)
      if i == 3000 then break end
    end
    assert.is_true(asked <= 3100)
    assert.equal(5, p:submit(work.echo, 5):result())
  end)

  it("sends 64 MB there and back", function()
    local p <close> = pool.new({ workers = 2 })
    local size = fewer(64 << 20)
    local pieces = {}
    for i = 1, 256 do pieces[i] = ("<I4"):pack(i * 0x01234567 & 0xffffffff):rep(size // 1024) end
    local text = table.concat(pieces)
    assert.is_true(text == p:submit(work.echo, text):result())
    assert.is_true(text == p:map(work.echo, { { text, 1 } })[1][1])
    local numbers = {}
    for i = 1, size // 256 do numbers[i] = { i, i / 3 } end
    local got = p:submit(work.echo, numbers):result()
    assert.equal(#numbers, #got)
    for i = 1, #numbers, 7 do
      assert.is_true(got[i][1] == i and got[i][2] == i / 3)
    end
  end)

  it("lets go of what was sent", function()
    local p <close> = pool.new({ workers = 1 })
    local text = ("x"):rep(1 << 20)
    local function round(n)
      for _ = 1, n do assert.is_true(p:submit(work.echo, text):result() == text) end
      collectgarbage()
      collectgarbage()
      return collectgarbage("count")
    end
    local kilobytes = round(10)
    assert.is_true(round(fewer(100)) - kilobytes < 2048)
    assert.is_true(p:stats().workers[1].bytes < 8 << 20)
  end)

  it("stands a list that raises an error in the midst of it", function()
    local p <close> = pool.new({ workers = 2 })
    for last = 1, 20 do
      local list = setmetatable({}, {
        __len = function() return 100 end,
        __index = function(_, i)
          return i > last and error("the list's", 0) or i
        end,
      })
      assert.equal("the list's", pools.raised(p.map, p, work.echo, list))
      local futures = {}
      for i = 1, 20 do futures[i] = p:submit(work.echo, -i) end
      for i = 1, 20 do assert.equal(-i, futures[i]:result()) end
      assert.same({ 5, 6, n = 2 }, p:map(work.echo, { 5, 6 }))
    end
    local stats = p:stats()
    assert.equal(stats.submitted, stats.completed + stats.cancelled)
  end)

  it("leaves nothing behind a task that takes longer than those before", function()
    for _, workers in ipairs { 2, 3 } do
      local p = pool.new({ workers = workers })
      for i = 1, 50 do assert.equal(i, p:submit(work.echo, i):result()) end
      for _ = 1, workers - 1 do p:submit(work.endless) end
      for i = 1, 10 do assert.equal(i, p:submit(work.echo, i):result()) end
      assert.same({ 1, 2, 3, n = 3 }, p:map(work.echo, { 1, 2, 3 }))
      p:close("at once")
    end
  end)

  it("gives nobody an answer to a call that an error has ended in between", function()
    local p <close>, path = pool.new({ workers = 1 }), os.tmpname()
    local function slowly(x)
      work.sign(path)
      for _ = 1, 1000000 do x = x + 0 end
      return x
    end
    -- Raises an error between the sending of a task that has begun and its counting.
    local hits = 0
    local function just_sent(event)
      local name = event == "return" and debug.getinfo(2, "n").name
      if name ~= "feed" and name ~= "send" then return end
      debug.sethook()
      hits = hits + 1
      processes.await("the task has begun", function() return os.remove(path) end)
      error("interrupted", 0)
    end
    local function map() p:map(slowly, { 1, 2, 3 }) end
    local function submit() p:submit(slowly, 4) end
    for _, call in ipairs({ map, submit }) do
      assert.equal(7, p:submit(slowly, 7):result())
      os.remove(path)
      local ok, problem = pcall(function()
        debug.sethook(just_sent, "r")
        call()
      end)
      debug.sethook()
      assert.is_true(not ok and problem == "interrupted", problem)
      for i = 7, 12 do assert.equal(i, p:submit(slowly, i):result()) end
      assert.same({ 8, 9, n = 2 }, p:map(slowly, { 8, 9 }))
    end
    assert.equal(2, hits)
    os.remove(path)
  end)

  it("stands an error at any of its calls, returns and instructions, as an interrupt is", function()
    local items = {}
    for i = 1, 40 do items[i] = i end
    local stride = is_sanitized and 211 or 41
    for mask, count in pairs { cr = 0, [""] = 1 } do
      for stop = 1, 1500, stride do
        local p = pool.new({ workers = 2 })
        p:map(work.echo, { 1, 2 })
        local seen = 0
        local ok, problem = pcall(function()
          debug.sethook(function()
            seen = seen + 1
            if seen < stop then return end
            debug.sethook()
            error("interrupted", 0)
          end, mask, count)
          p:map(work.echo, items)
          debug.sethook()
        end)
        debug.sethook()
        assert.is_true(ok or problem == "interrupted", problem)
        assert.is_true(ok == (seen < stop))
        assert.equal(7, p:submit(work.echo, 7):result())
        assert.same({ 1, 2, 3, n = 3 }, p:map(work.echo, { 1, 2, 3 }))
        p:close("at once")
      end
    end
  end)

  it("goes on beside a failed item that nobody has taken yet", function()
    local p <close> = pool.new({ workers = 2 })
    local items = {}
    for i = 1, 1000 do items[i] = i end
    local function third(i) return i == 3 and error("three", 0) or i end
    local problem = pools.raised(function()
      for i in p:imap(third, items, { window = 100 }) do
        if i == 2 then
          p:stats()
          for k = 1, 100 do assert.equal(k, p:submit(work.echo, k):result()) end
        end
      end
    end)
    assert.equal(3, pools.is_failure("error", problem).index)
    pcall(p.map, p, work.echo, { 1, 2, { coroutine.create(print) } })
    assert.equal(5, p:submit(work.echo, 5):result())
  end)
end)
