-- The traps once more, by samples: what is busy stands below the right callers.
-- Shares are of the samples taken, so that a busy machine does not change them.
local clock = require("perilune.clock")
local recording = require("spec.profiler.recording")

-- Busted's environment calls functions for each global.
local collectgarbage, coroutine, debug, error = collectgarbage, coroutine, debug, error
local ipairs, load, pcall, setmetatable, string = ipairs, load, pcall, setmetatable, string
local table = table

local at, burner, recorder = recording.at, recording.burner, recording.recorder

local function each(name, test) recording.each(recording.SAMPLING, name, test) end

local function leaf() end

-- Works for some of the timer's ticks.
local function busy()
  local finish = clock.cpu() + 0.02
  repeat
    for _ = 1, 1000 do end
  until clock.cpu() > finish
end

-- The busy function's node at the end of a chain of names, and most of what was recorded.
local function assert_busy(node, ...)
  local found = at(node, ...)
  assert(found, "not sampled: " .. table.concat({ ... }, " > "))
  assert.is_true(found.total > 0.7 * node.total, found.total .. " of " .. node.total)
  return found
end

describe("samples:", function()
  each("they come at the rate asked for", function(way)
    local _, raw = recording.of(way, busy)
    local expected = raw.duration / way.interval
    assert.is_true(raw.samples > 0.5 * expected and raw.samples < 1.1 * expected + 2,
      raw.samples .. " of " .. expected)
    local summed = 0
    for _, samples in ipairs(raw.nodes.samples) do summed = summed + samples end
    assert.is_true(summed <= raw.samples and summed >= raw.samples - 2)
  end)

  each("the busy function stands below its callers", function(way)
    local function outer() (function() busy() end)() end
    local node = recording.of(way, function() outer() end)
    local found = assert_busy(node, "outer")
    assert_busy(found[1], "busy")
  end)

  each("errors through pcall", function(way)
    local function fails() error("x") end
    local node = recording.of(way, function()
      pcall(fails)
      for _ = 1, 100 do pcall(string.rep) end
      busy()
    end)
    assert_busy(node, "busy")
  end)

  each("tail calls", function(way)
    local function last(n)
      if n == 0 then return busy() end
      return last(n - 1)
    end
    local node = recording.of(way, function() last(100000) end)
    assert.is_true(recording.find(node, "busy").total > 0.5 * node.total)
  end)

  each("time in a C function is its own", function(way)
    local burn = burner.burn
    local function outer() burn(0.02) end
    local node = recording.of(way, function() outer() end)
    local found = assert_busy(node, "outer", "burn")
    assert.equal("C", found.kind)
    assert.is_true(found.samples > 10)
  end)

  each("sleep is told from work", function(way)
    -- A signal takes up to 40 us of processor time: at 5,000 a second they are a fifth of a sleep.
    local calm = { mode = way.mode, layout = way.layout, interval = 0.001 }
    local function waits() clock.sleep(0.02) end
    local node = recording.of(calm, function()
      waits()
      busy()
    end)
    local sleeps, works = at(node, "waits"), at(node, "busy")
    assert.is_true(sleeps[1].wait > 0.8 * sleeps[1].self)
    assert.is_true(works.total > 0.01)
  end)

  local function deep(n)
    if n == 0 then
      busy()
      return 0
    end
    return 1 + deep(n - 1)
  end

  -- The oldest calls are known without a walk over all; by the public API they are not.
  recording.each({ recording.SAMPLING[1] }, "deep recursion keeps its oldest callers", function(way)
    local node = recording.of(way, function() deep(2000) end)
    assert.is_true(recording.find(node, "busy").total > 0)
  end)

  each("deep recursion takes few nodes", function(way)
    local _, raw = recording.of(way, function() deep(100000) end)
    assert.is_true(#raw.nodes.parent < 2000, #raw.nodes.parent)
  end)

  -- Lua marks all calls at each sample, so that there are few of them in such a stack.
  each("stacks that overflow", function(way)
    local function r() return 1 + r() end
    local _, raw = recording.of(way, function()
      for _ = 1, 2 do pcall(r) end
      leaf()
    end)
    assert.is_true(#raw.nodes.parent < 2000, #raw.nodes.parent)
    assert.same({}, raw.notes)
  end)

  each("callbacks of sort and gsub", function(way)
    local function less(a, b)
      for _ = 1, 3000 do end
      return a < b
    end
    local function replace() busy() end
    local node = recording.of(way, function()
      local list = {}
      for i = 1, 500 do list[i] = i * 7919 % 503 end
      table.sort(list, less)
      string.gsub("a", "a", replace)
    end)
    assert.is_true(at(node, "table.sort", "less").total > 0)
    assert.is_true(at(node, "string.gsub", "replace", "busy").total > 0)
  end)

  each("metamethods and __close", function(way)
    local meta = { __index = function() busy() end, __close = function() busy() end }
    local function scope() local _ <close> = setmetatable({}, meta) end
    local function indexes() return setmetatable({}, meta).x end
    local node = recording.of(way, function()
      local _ = indexes()
      scope()
    end)
    assert.is_true(recording.count(at(node, "scope"), "busy") == 0)
    assert.is_true(recording.find(at(node, "scope"), "busy").total > 0.2 * node.total)
    assert.is_true(recording.find(at(node, "indexes"), "busy").total > 0.2 * node.total)
  end)

  each("thousands of loaded chunks", function(way)
    local _, raw = recording.of(way, function()
      for i = 1, 10000 do load("local x = 0 for i = 1, 100 do x = x + i end return " .. i)() end
    end)
    assert.is_true(#raw.functions < 700)
  end)
end)

describe("samples in coroutines:", function()
  each("stand below the call that resumes them", function(way)
    local function body()
      while true do
        busy()
        coroutine.yield()
      end
    end
    local node = recording.of(way, function()
      local thread = coroutine.create(body)
      local function first() coroutine.resume(thread) end
      local function second() coroutine.resume(thread) end
      first()
      second()
    end)
    for _, name in ipairs({ "first", "second" }) do
      local found = at(node, name, "coroutine.resume", "body", "busy")
      assert.is_true(found.total > 0.3 * node.total, name)
    end
  end)

  each("nested, and begun before the start", function(way)
    local inner = coroutine.wrap(function()
      coroutine.yield()
      busy()
    end)
    local function outer() inner() end
    inner()
    local node = recording.of(way, function() coroutine.wrap(outer)() end)
    assert.is_true(recording.find(recording.find(node, "outer"), "busy").total > 0.7 * node.total)
  end)

  each("abandoned, failed and closed", function(way)
    local function fails()
      busy()
      error("x")
    end
    local meta = { __close = function() busy() end }
    local function closes()
      local _ <close> = setmetatable({}, meta)
      coroutine.yield()
    end
    local node = recording.of(way, function()
      for _ = 1, 2000 do coroutine.resume(coroutine.create(coroutine.yield)) end
      coroutine.resume(coroutine.create(fails))
      local thread = coroutine.create(closes)
      coroutine.resume(thread)
      coroutine.close(thread)
      collectgarbage()
    end)
    assert.is_true(at(node, "coroutine.resume", "fails", "busy").total > 0)
    assert.is_true(recording.find(at(node, "coroutine.close"), "busy").total > 0)
  end)

  -- No event tells of them: their time is the C function's that resumes them.
  -- The collection frees the thread; in a large heap it takes longer than that ran.
  each("that C code resumes count for the C function", function(way)
    local resume = burner.resume
    local node = recording.of(way, function()
      resume(burner.create(busy))
      collectgarbage()
    end)
    local found = assert(at(node, "resume"), "not sampled")
    assert.is_true(found.total > 0.015, found.total)
  end)

  each("a start in a thread of C's outlives the thread", function(way)
    local resume = burner.resume
    local function body()
      recorder.start(way)
      busy()
    end
    local function outer()
      resume(burner.create(body))
      collectgarbage()
      collectgarbage()
      busy()
    end
    outer()
    local tree = recording.tree(recorder.stop())
    assert.is_true(recording.find(recording.find(tree, "outer"), "busy").total > 0)
  end)
end)

describe("samples and other things:", function()
  each("zones stand above their function", function(way)
    local function work()
      local _ <close> = recorder.zone("z")
      busy()
    end
    local node = recording.of(way, function()
      work()
      busy()
    end)
    assert.is_true(at(node, "work", "z", "busy").total > 0.3 * node.total)
    assert.is_true(at(node, "busy").total > 0.3 * node.total)
  end)

  each("zones that are never closed do not pile up", function(way)
    local function work() recorder.zone("z") end
    local node = recording.of(way, function()
      for _ = 1, 10000 do work() end
      busy()
    end)
    assert.is_true(at(node, "busy").total > 0.3 * node.total)
    local depth = 0
    recording.walk(node, function(below)
      if below.name == "z" then depth = depth + 1 end
    end)
    assert.is_true(depth <= 2, depth)
  end)

  each("the script's own hook works beside them", function(way)
    local lines = 0
    local node = recording.of(way, function()
      debug.sethook(function() lines = lines + 1 end, "l")
      local x = 1
      x = x + 1
      debug.sethook()
      busy()
      return x
    end)
    assert.is_true(lines >= 3)
    assert_busy(node, "busy")
  end)

  each("lines have their samples", function(way)
    local _, raw = recording.of(way, busy)
    local line, most = 0, 0
    for i, samples in ipairs(raw.lines.samples) do
      if samples > most then line, most = raw.lines.line[i], samples end
    end
    assert.equal(debug.getinfo(busy).linedefined + 3, line)
  end)

  each("one recording follows another", function(way)
    for _ = 1, 5 do assert_busy(recording.of(way, function() busy() end), "busy") end
  end)

  each("errors start nothing and leave nothing", function(way)
    recording.of(way, function()
      assert.is_false((pcall(recorder.start, way)))
      busy()
    end)
    assert.is_nil(recorder.stop())
    assert.is_nil(debug.gethook())
  end)
end)
