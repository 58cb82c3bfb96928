-- Starting and stopping, zones, the script's own hooks, waiting.
local clock = require("perilune.clock")
local recording = require("spec.profiler.recording")
local uv = require("luv")

-- Busted's environment calls functions for each global.
local collectgarbage, coroutine, debug, error = collectgarbage, coroutine, debug, error
local pcall, rawequal, setmetatable, tostring = pcall, rawequal, setmetatable, tostring

local at, count, outline = recording.at, recording.count, recording.outline
local burner, recorder = recording.burner, recording.recorder

local function each(name, test) recording.each(recording.EXACT, name, test) end

local function leaf() end

describe("starting and stopping:", function()
  each("a second start is refused and the first goes on", function(way)
    local message
    local node = recording.of(way, function()
      message = select(2, pcall(recorder.start, way))
      leaf()
    end)
    assert.equal("the profiler is running already", message)
    assert.equal(1, at(node, "leaf").calls)
    assert.is_nil(recorder.running())
  end)

  it("a stop without a start gives nil", function()
    assert.is_nil(recorder.stop())
    assert.is_nil(recorder.running())
  end)

  it("wrong options are refused before anything starts", function()
    local function refused(options) return tostring(select(2, pcall(recorder.start, options))) end
    assert.matches("none of calls, sample, lines, memory", refused({ mode = "fast" }))
    assert.matches("interval", refused({ mode = "sample", interval = 0 }))
    assert.matches("interval", refused({ mode = "sample", interval = 0 / 0 }))
    assert.matches("table expected", refused("calls"))
    assert.is_nil(recorder.running())
  end)

  each("a start in a nested protected call, a stop outside it", function(way)
    local raw
    local function inner()
      recorder.start(way)
      leaf()
      error("x")
    end
    local function outer()
      pcall(inner)
      leaf()
    end
    pcall(outer)
    leaf()
    raw = recorder.stop()
    local tree = recording.tree(raw)
    assert.equal(3, (count(tree, "leaf")))
    local node = recording.find(tree, "outer")
    assert.equal(1, count(at(node, "pcall", "inner"), "leaf"))
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("a start in a function that has returned since", function(way)
    local function start() recorder.start(way) end
    local function deep(n)
      if n == 0 then return start() end
      return (deep(n - 1))
    end
    deep(20)
    leaf()
    local tree = recording.tree(recorder.stop())
    assert.equal(1, (count(tree, "leaf")))
    assert.equal(0, (count(recording.find(tree, "deep"), "leaf")))
  end)

  each("a start in a coroutine, a stop outside it", function(way)
    local function body()
      recorder.start(way)
      leaf()
      coroutine.yield()
      leaf()
    end
    local go_on = coroutine.wrap(body)
    local function outer()
      go_on()
      leaf()
      go_on()
      leaf()
    end
    outer()
    local tree = recording.tree(recorder.stop())
    assert.equal(4, (count(tree, "leaf")))
    assert.equal(2, at(recording.find(tree, "outer"), "leaf").calls)
    assert.equal(2, (count(tree, "body")) + 2)
  end)

  each("a start in a thread that C resumes, a stop outside it", function(way)
    local resume = burner.resume
    local function body()
      recorder.start(way)
      leaf()
      coroutine.yield()
      leaf()
    end
    local thread = burner.create(body)
    local function outer()
      resume(thread)
      leaf()
      resume(thread)
      leaf()
    end
    outer()
    local tree = recording.tree(recorder.stop())
    assert.equal(4, (count(tree, "leaf")))
    assert.equal(0, (count(recording.find(tree, "body"), "outer")))
    assert.equal(2, at(recording.find(tree, "outer"), "leaf").calls)
  end)

  each("a stop in a coroutine", function(way)
    local raw
    local function body()
      leaf()
      raw = recorder.stop()
    end
    recorder.start(way)
    coroutine.wrap(body)()
    leaf()
    assert.equal(1, (count(recording.tree(raw), "leaf")))
    assert.is_nil(debug.gethook())
  end)

  each("one recording follows another", function(way)
    for i = 1, 20 do
      local node = recording.of(way, function()
        for _ = 1, i do leaf() end
      end)
      assert.equal("leaf " .. i, outline(node))
    end
  end)

  each("threads that had the hook lose it", function(way)
    local body = coroutine.wrap(function()
      while true do
        leaf()
        coroutine.yield(debug.gethook())
      end
    end)
    recording.of(way, body)
    assert.is_nil(body())
    local node = recording.of(way, function() body() end)
    assert.equal(1, (count(node, "leaf")))
  end)

  each("the recorder's own functions are left out", function(way)
    local node = recording.of(way, function()
      recorder.running()
      recorder.zone("z"):close()
      leaf()
    end)
    assert.equal(1, at(node, "leaf").calls)
    assert.equal(0, (count(node, "recorder.running")) + (count(node, "recorder.zone")))
  end)
end)

describe("the script's own hook", function()
  each("works beside the recorder, and sees itself alone", function(way)
    local lines, hook, got, mask = 0
    hook = function() lines = lines + 1 end
    local node = recording.of(way, function()
      debug.sethook(hook, "l")
      got, mask = debug.gethook()
      leaf()
      leaf()
      debug.sethook()
      leaf()
    end)
    assert.is_true(rawequal(got, hook))
    assert.equal("l", mask)
    assert.is_true(lines >= 4)
    assert.equal(3, at(node, "leaf").calls)
  end)

  each("may fail, and the calls stay right", function(way)
    local ok
    local function fails()
      debug.sethook()
      error("from the hook")
    end
    local node = recording.of(way, function()
      ok = pcall(function()
        debug.sethook(fails, "c")
        leaf()
      end)
      leaf()
    end)
    assert.is_false(ok)
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("counts instructions as it does alone", function(way)
    local function counted()
      local n = 0
      debug.sethook(function() n = n + 1 end, "", 10)
      for i = 1, 1000 do local _ = i end
      debug.sethook()
      return n
    end
    local alone, beside = counted()
    recording.of(way, function() beside = counted() end)
    assert.is_true(beside >= alone - 2 and beside <= alone + 2, beside .. " and " .. alone)
  end)
end)

describe("zones:", function()
  each("they stand between a function and what it calls", function(way)
    local function work()
      leaf()
      local zone <close> = recorder.zone("outer zone")
      leaf()
      do
        local inner <close> = recorder.zone("inner zone")
        leaf()
        assert(zone ~= inner)
      end
      leaf()
    end
    local node = recording.of(way, function()
      work()
      work()
      leaf()
    end)
    local outer = at(node, "work", "outer zone")
    assert.equal(2, at(node, "work", "leaf").calls)
    assert.equal(4, at(outer, "leaf").calls)
    assert.equal(2, outer.calls)
    assert.equal("zone", outer.kind)
    assert.equal(2, at(outer, "inner zone", "leaf").calls)
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("they hold across yields, but not for others", function(way)
    local function body()
      local _ <close> = recorder.zone("z")
      for _ = 1, 3 do
        coroutine.yield()
        leaf()
      end
    end
    local node = recording.of(way, function()
      local one, two = coroutine.wrap(body), coroutine.wrap(body)
      for _ = 1, 4 do
        one()
        two()
        leaf()
      end
    end)
    assert.equal(10, (count(node, "leaf")))
    assert.equal(2, at(node, "wrapped coroutine", "body", "z").calls)
    assert.equal(6, at(node, "wrapped coroutine", "body", "z", "leaf").calls)
    assert.equal(4, at(node, "leaf").calls)
  end)

  each("an error closes them by __close", function(way)
    local function work()
      local _ <close> = recorder.zone("z")
      error("x")
    end
    local node = recording.of(way, function()
      pcall(work)
      leaf()
    end)
    assert.equal(1, at(node, "pcall", "work", "z").calls)
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("they end with their function when they are never closed", function(way)
    local function work(open)
      if open then recorder.zone("z") end
      leaf()
    end
    local node = recording.of(way, function()
      for _ = 1, 1000 do work(true) end
      work(false)
      coroutine.wrap(function() coroutine.yield() end)()
      leaf()
    end)
    assert.equal(1000, at(node, "work", "z", "leaf").calls)
    assert.equal(1, at(node, "work", "leaf").calls)
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("closing out of order or twice is harmless", function(way)
    local node = recording.of(way, function()
      local a, b = recorder.zone("a"), recorder.zone("b")
      a:close()
      leaf()
      b:close()
      a:close()
      b:close()
      leaf()
    end)
    assert.equal(2, (count(node, "leaf")))
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("any bytes are a name, and any number of names is bounded", function(way)
    local odd = "\1\255%s\n\"<" .. ("x"):rep(1000)
    local node, raw = recording.of(way, function()
      recorder.zone(odd):close()
      for i = 1, 2000 do recorder.zone("zone " .. i):close() end
    end)
    assert.is_true(recording.find(node, odd:sub(1, 200)) ~= nil)
    assert.equal(1, recording.find(node, "zone 7").calls)
    assert.is_true(recording.find(node, "(more zones)").calls > 1000)
    assert.is_true(#raw.functions < 700)
  end)

  it("without a recording they do nothing", function()
    local zone = recorder.zone("z")
    zone:close()
    zone:close()
    assert.is_nil(recorder.stop())
  end)

  each("one left over from another recording does nothing", function(way)
    local old
    recording.of(way, function() old = recorder.zone("old") end)
    local node = recording.of(way, function()
      old:close()
      leaf()
    end)
    old = nil
    collectgarbage()
    assert.equal("leaf 1", outline(node))
  end)
end)

describe("waiting", function()
  each("is told from work", function(way)
    local function waits() clock.sleep(0.02) end
    local function works() burner.burn(0.02) end
    local node = recording.of(way, function()
      waits()
      works()
    end)
    local sleep, burn = at(node, "waits")[1], at(node, "works")[1]
    assert.is_true(sleep.self >= 0.02)
    assert.is_true(sleep.wait > 0.9 * sleep.self, sleep.wait .. " of " .. sleep.self)
    assert.is_true(burn.self >= 0.02)
    assert.is_true(burn.self - burn.wait < 1.2 * 0.02, burn.wait .. " of " .. burn.self)
  end)

  each("in the event loop stands at its function", function(way)
    local node = recording.of(way, function()
      uv.update_time()
      local timer = uv.new_timer()
      timer:start(20, 0, function()
        leaf()
        timer:close()
      end)
      uv.run()
    end)
    local run = at(node, "luv.run")
    assert.equal(1, (count(run, "leaf")))
    assert.is_true(run.wait > 0.9 * run.self, run.wait .. " of " .. run.self)
  end)
end)

describe("a fork", function()
  each("leaves the parent's recording as it is", function(way)
    local node = recording.of(way, function()
      local pipe = io.popen("echo 1")
      pipe:read("a")
      pipe:close()
      os.execute("exit 0")
      leaf()
    end)
    assert.equal(1, at(node, "leaf").calls)
  end)
end)

describe("bytes and blocks", function()
  local way = { mode = "memory" }

  it("stand at the function and the line that took them", function()
    local function takes()
      local list = {}
      for i = 1, 1000 do list[i] = {} end
      return list
    end
    local node, raw = recording.of(way, function() takes() end)
    local taken = at(node, "takes")
    assert.is_true(taken.blocks >= 1001 and taken.blocks < 1030, taken.blocks)
    assert.is_true(taken.bytes >= 1000 * 56 + 16384, taken.bytes)
    local most = 0
    for i, bytes in ipairs(raw.lines.bytes) do
      if bytes > raw.lines.bytes[most == 0 and i or most] or most == 0 then most = i end
    end
    assert.equal(debug.getinfo(takes).linedefined + 2, raw.lines.line[most])
  end)

  it("follow a Lua stack that is moved while it grows", function()
    local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
    local node = recording.of(way, function() coroutine.wrap(deep)(10000) end)
    local bytes = 0
    recording.walk(node, function(below) bytes = bytes + below.bytes end)
    assert.is_true(bytes > 10000 * 3 * 16, bytes)
  end)

  it("a C function's stand at it", function()
    local node = recording.of(way, function() local _ = ("x"):rep(100000) end)
    assert.is_true(at(node, "string.rep").bytes >= 100000)
  end)

  it("of a zone stand at the zone, and the line keeps its function", function()
    local node, raw = recording.of(way, function()
      local _ <close> = recorder.zone("z")
      local t = {}
      for i = 1, 100 do t[i] = {} end
      return t
    end)
    assert.is_true(at(node, "z").blocks >= 100)
    for _, fn in ipairs(raw.lines["function"]) do
      assert.not_equal("zone", raw.functions[fn].kind)
    end
  end)

  it("nothing of them is lost to a collection", function()
    local node = recording.of(way, function()
      for _ = 1, 100000 do setmetatable({}, {}) end
    end)
    assert.is_true(node.blocks >= 200000, node.blocks)
  end)
end)
