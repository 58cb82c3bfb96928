--- What the crew under perilune.native.pool refuses of its Lua half, and what it says of workers
--- that are not there, or not any more.
local blame = require("spec.contract.blame")
local crew = require("perilune.native.pool.crew")
local ints = require("perilune.ints")
local processes = require("spec.native.processes")
local uv = require("luv")

local LIST <const> = 1 -- a record's mode: native/pool/answers_lua.c

describe("the crew of a native pool", function()
  local before, one

  before_each(function()
    before = processes.count()
    one = assert(crew.new({ workers = 1, task_timeout = 1e12 }))
  end)

  after_each(function()
    one:close()
    processes.assert_none_left(before)
  end)

  -- A worker that knows a function by the number 1, and job 1.
  local function begin(fn)
    assert.is_true(one:start(1))
    assert.is_true(one:send(1, crew.DEFINE, 1, 0, 0, one:pack("function", fn)))
    local record = { mode = LIST, landed = 0, results = {} }
    one:jobs()[1] = record
    return record
  end

  local function drain_until(done)
    local events = {}
    repeat
      one:wait(1)
      one:drain(events)
    until done(events)
    return events
  end

  it("refuses sizes and slots that are none, and all once it is closed", function()
    for _, workers in ipairs { 0, -1, 1 << 20 } do
      assert.matches("workers", blame.message(crew.new, { workers = workers }))
    end
    for _, slot in ipairs { 0, 2, -1 } do
      assert.is_string(blame.message(one.held, one, slot))
    end
    assert.is_true(one:owned())
    one:close()
    assert.is_false(one:owned())
    assert.matches("the crew is closed", blame.message(one.held, one, 1))
  end)

  it("has a limit for tasks however short it is", function()
    one:close()
    one = assert(crew.new({ workers = 1, task_timeout = 1e-12 }))
    begin(load("while true do end"))
    assert.is_true(one:task(1, 1, 1, 1))
    local events = drain_until(function(events) return events[1] end)
    assert.same({ "death", true }, { events[1].event, events[1].begun })
    assert.same({ "signal", "SIGKILL" }, { crew.ending(events[1].status) })
  end)

  it("says what there is of a slot without a worker: nothing", function()
    assert.same({}, { one:worker(1) })
    assert.is_nil((one:take_back(1)))
    assert.same({ 0, 0 }, { one:take_back_all(1, 1), one:held(1) })
    assert.is_false(one:task(1, 1, 1, 1, "argument"))
    assert.is_false(one:send(1, crew.QUIT, 0, 0, 0))
    one:kill(1)
    one:continue(1)
  end)

  it("says what there is of a worker that is dead, once", function()
    local record = begin(math.abs)
    assert.is_true(one:task(1, 1, 1, 1, -5))
    drain_until(function() return record.landed == 1 end)
    assert.equal(5, record.results[1])
    assert.is_number((one:worker(1)))
    one:kill(1)
    local events = drain_until(function(events) return events[1] end)
    assert.same({ "death", false }, { events[1].event, events[1].begun })
    assert.same({ "signal", "SIGKILL" }, { crew.ending(events[1].status) })
    assert.same({}, { one:worker(1) })
    one:kill(1)
    one:continue(1)
    assert.is_false(one:task(1, 1, 1, 2, -5))
    assert.equal(0, one:drain({}))
    assert.same({}, one:release(1))
  end)

  it("has as many tasks as it can have, and gives back what has not begun", function()
    begin(load("while true do end"))
    local sent = 0
    while one:task(1, 1, 1, sent + 1) do sent = sent + 1 end
    assert.same({ 1024, 1024 }, { sent, one:held(1) })
    assert.is_false(one:wait(1e-5))
    assert.same({ 1, 500 }, { one:take_back(1, 1, 500) })
    assert.is_nil((one:take_back(1, 1, 500)))
    assert.is_nil((one:take_back(1, 2, 501)))
    assert.same({ true, false, false },
      { one:holds(1, 1, 501), one:holds(1, 1, 500), one:holds(1, 2, 501) })
    assert.same({ true, false }, { one:holds_below(1, 1, 2), one:holds_below(1, 1, 1) })
  end)

  it("waits where a ring is full, as does its worker, and loses nothing", function()
    local record = begin(function(value) return value end)
    local text, sent = ("x"):rep(3000), 0
    local function fill(value)
      while one:task(1, 1, 1, sent + 1, value) do sent = sent + 1 end
    end
    fill(text)
    local served
    repeat served = select(2, one:worker(1)) until served >= 80 -- of 3,000 bytes the ring has 86
    fill({ text })
    local large = one:pack("function", function() return text end)
    assert.is_false(one:send(1, crew.DEFINE, 2, 0, 0, large))
    assert.is_true(sent > 100 and sent < 200, sent)
    drain_until(function() return record.landed == sent end)
    for i = 1, sent do
      local result = record.results[i]
      assert.equal(text, type(result) == "table" and result[1] or result)
    end
  end)

  it("is lost with its template, and says so", function()
    one:close()
    one = assert(crew.new({ workers = 3 }))
    assert.is_true(one:start(1) and one:start(2))
    assert.equal(3, #one:descriptors()) -- the template's, too
    one:kill(2)
    drain_until(function(events) return events[1] end)
    assert(uv.kill(processes.children("pool template")[1], "sigkill"))
    local events = drain_until(function(events) return events[1] end)
    assert.same({ "death", 1 }, { events[1].event, events[1].slot })
    assert.is_false(one:wait(0))
    assert.is_true(#one:descriptors() <= 2)
    assert.same({ nil, "cannot start a worker: Broken pipe", "system" }, { one:start(3) })
  end)

  it("starts nobody where its template has just died", function()
    local template = processes.await("a template", function()
      return processes.children("pool template")[1]
    end)
    assert(uv.kill(template, "sigkill"))
    processes.await("its end", function()
      for pid, _, state in processes.all() do
        if pid == template then return state == "Z" end
      end
    end)
    assert.same({ nil, "cannot start a worker: Broken pipe", "system" }, { one:start(1) })
  end)

  it("does not doze where it was nudged, the first time, nor where there is news", function()
    one:nudge()
    assert.same({ false, true }, { one:doze(), one:doze() })
    local record = begin(math.abs)
    assert.is_true(one:task(1, 1, 1, 1, -5))
    repeat until not one:doze()
    drain_until(function() return record.landed == 1 end)
    assert.equal(5, record.results[1])
  end)

  it("tells of endings without a name", function()
    assert.same({ "signal", "SIG?" }, { crew.ending(33) })
    assert.same({ "exit", 3 }, { crew.ending(3 << 8) })
  end)

  it("tells what cannot be sent, and has sent what stands before it", function()
    local record, refused = begin(math.abs), coroutine.create(print)
    local sent, why = one:task(1, 1, 1, 1, refused)
    assert.is_nil(sent)
    assert.matches("argument 1", why)
    local index
    index, why = one:feed(1, 1, 1, { -1, -2, refused }, 1, 3)
    assert.equal(3, index)
    assert.matches("a coroutine", why)
    drain_until(function() return record.landed == 2 end)
    assert.same({ 1, 2 }, record.results)
  end)

  it("sends nothing but sheets", function()
    assert.is_true(one:start(1))
    for _, value in ipairs({ ints.new(64), io.stdout, "text", {} }) do
      local got = type(value) == "userdata" and getmetatable(value).__name or type(value)
      assert.has_error(function() one:send(1, crew.CALL, 0, 0, 0, value) end,
        ("bad argument #6 to 'send' (perilune.sheet expected, got %s)"):format(got))
    end
  end)

  it("has a worker refuse to call what is no function", function()
    assert.is_true(one:start(1))
    one:send(1, crew.CALL, 0, 0, 0, one:pack("nothing"))
    local event = drain_until(function(events) return events[1] end)[1]
    assert.equal("failure", event.event)
    assert.truthy(event.message:find("function expected, got no value", 1, true), event.message)
  end)

  it("raises an error in a list at its first item, and gives it after others", function()
    local record = begin(math.abs)
    local function list(last)
      return setmetatable({}, { __index = function(_, i)
        if i > last then error("sorry", 0) end
        return -i
      end })
    end
    assert.equal("sorry", blame.message(one.feed, one, 1, 1, 1, list(0), 1, 3))
    assert.same({ 3, nil, "sorry" }, { one:feed(1, 1, 1, list(2), 1, 3) })
    drain_until(function() return record.landed == 2 end)
    assert.same({ 1, 2 }, record.results)
  end)
end)
