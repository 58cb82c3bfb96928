-- Coroutines, recorded exactly: whoever makes, resumes, closes or abandons them.
local recording = require("spec.profiler.recording")

-- Busted's environment calls functions for each global.
local collectgarbage, coroutine, error = collectgarbage, coroutine, error
local ipairs, pcall, setmetatable = ipairs, pcall, setmetatable

local at, count, outline = recording.at, recording.count, recording.outline
local burner, recorder = recording.burner, recording.recorder

local function each(name, test) recording.each(recording.EXACT, name, test) end

local function leaf() end

describe("coroutines:", function()
  each("a wrapped body is called once and goes on where it stood", function(way)
    local function body()
      for i = 1, 3 do
        leaf()
        coroutine.yield(i)
      end
    end
    local node = recording.of(way, function()
      local go_on = coroutine.wrap(body)
      for _ = 1, 4 do go_on() end
      leaf()
    end)
    assert.equal(3, #node)
    assert.equal("body 1 (leaf 3 coroutine.yield 3)", outline(node[2]))
    assert.equal(4, node[2].calls)
    assert.equal("leaf 1", node[3].name .. " " .. node[3].calls)
  end)

  each("a yield goes through protected calls", function(way)
    local function fails()
      coroutine.yield(1)
      error("after")
    end
    local function body()
      pcall(fails)
      leaf()
    end
    local node = recording.of(way, function()
      local thread = coroutine.create(body)
      coroutine.resume(thread)
      coroutine.resume(thread)
      leaf()
    end)
    assert.equal("coroutine.create 1 coroutine.resume 2 (body 1 (pcall 1 (fails 1 "
      .. "(coroutine.yield 1 error 1)) leaf 1)) leaf 1", outline(node))
  end)

  each("a yield goes through metamethods and iterators", function(way)
    local meta = { __index = function(_, key)
      coroutine.yield()
      return key
    end }
    local function iterate(_, i)
      coroutine.yield()
      if i < 3 then return i + 1 end
    end
    local function body()
      local _ = setmetatable({}, meta).field
      for _ in iterate, nil, 0 do leaf() end
    end
    local node = recording.of(way, function()
      local thread = coroutine.create(body)
      while coroutine.resume(thread) do leaf() end
    end)
    local inner = at(node, "coroutine.resume", "body")
    assert.equal("setmetatable 1 __index 1 (coroutine.yield 1) iterate 4 (coroutine.yield 4) "
      .. "leaf 3", outline(inner))
    assert.equal(1, inner.calls)
  end)

  each("an error ends one and leaves the caller where it was", function(way)
    local function body()
      leaf()
      error("boom")
    end
    assert.equal("coroutine.create 1 coroutine.resume 1 (body 1 (leaf 1 error 1)) leaf 1",
      outline((recording.of(way, function()
        coroutine.resume(coroutine.create(body))
        leaf()
      end))))
  end)

  each("an error in a wrapped one goes on through its caller", function(way)
    local function body() error("boom") end
    local function outer() coroutine.wrap(body)() end
    local node = recording.of(way, function()
      for _ = 1, 10 do pcall(outer) end
      leaf()
    end)
    assert.equal(2, #node)
    assert.equal(10, count(node, "body"))
    assert.equal(10, at(node, "pcall", "outer").calls)
  end)

  each("one within another stands below the call that resumes it", function(way)
    local function inner()
      leaf()
      coroutine.yield()
      leaf()
    end
    local function outer()
      local thread = coroutine.create(inner)
      coroutine.resume(thread)
      coroutine.yield()
      coroutine.resume(thread)
    end
    local node = recording.of(way, function()
      local thread = coroutine.create(outer)
      coroutine.resume(thread)
      coroutine.resume(thread)
    end)
    assert.equal("coroutine.create 1 coroutine.resume 2 (outer 1 (coroutine.create 1 "
      .. "coroutine.resume 2 (inner 1 (leaf 2 coroutine.yield 1)) coroutine.yield 1))",
      outline(node))
  end)

  each("one resumed from two places stands below each", function(way)
    local function body()
      while true do
        leaf()
        coroutine.yield()
      end
    end
    local node = recording.of(way, function()
      local thread = coroutine.create(body)
      local function first() coroutine.resume(thread) end
      local function second() coroutine.resume(thread) end
      first()
      for _ = 1, 4 do second() end
    end)
    assert.equal("body 1 (leaf 1 coroutine.yield 1)",
      outline(at(node, "first", "coroutine.resume")))
    local body_again = at(node, "second", "coroutine.resume", "body")
    assert.equal(0, body_again.calls)
    assert.equal(4, at(body_again, "leaf").calls)
  end)

  each("100,000 abandoned ones take bounded memory", function(way)
    local function body()
      leaf()
      coroutine.yield()
    end
    local node, raw = recording.of(way, function()
      for _ = 1, 100000 do coroutine.resume(coroutine.create(body)) end
      leaf()
    end)
    assert.equal(100000, at(node, "coroutine.resume", "body", "leaf").calls)
    assert.equal(1, at(node, "leaf").calls)
    assert.is_true(#raw.nodes.parent < 100)
    assert.same({}, raw.notes)
  end)

  each("10,000 alive at once are as many calls", function(way)
    local function body()
      while true do
        leaf()
        coroutine.yield()
      end
    end
    local node, raw = recording.of(way, function()
      local threads = {}
      for i = 1, 10000 do threads[i] = coroutine.create(body) end
      for _ = 1, 3 do
        for _, thread in ipairs(threads) do coroutine.resume(thread) end
      end
    end)
    assert.equal(30000, (count(node, "leaf")))
    assert.equal(10000, (count(node, "body")))
    assert.is_true(#raw.nodes.parent < 100)
  end)

  each("closing one runs its pending __close below the close", function(way)
    local meta = { __close = function() leaf() end }
    local function body()
      local _ <close> = setmetatable({}, meta)
      coroutine.yield()
    end
    local node = recording.of(way, function()
      local thread = coroutine.create(body)
      coroutine.resume(thread)
      coroutine.close(thread)
      leaf()
    end)
    assert.equal(1, count(at(node, "coroutine.close"), "leaf"))
    assert.equal(1, at(node, "leaf").calls)
    assert.equal(0, count(at(node, "coroutine.resume"), "leaf"))
  end)

  each("one made before the start is recorded", function(way)
    local function body()
      while true do
        leaf()
        coroutine.yield()
      end
    end
    local fresh, begun = coroutine.create(body), coroutine.wrap(body)
    begun()
    local node = recording.of(way, function()
      for _ = 1, 2 do
        coroutine.resume(fresh)
        begun()
      end
    end)
    assert.equal("body 1 (leaf 2 coroutine.yield 2)", outline(at(node, "coroutine.resume")))
    assert.equal(2, at(node, "wrapped coroutine", "body", "leaf").calls)
    assert.equal(0, at(node, "wrapped coroutine", "body").calls)
  end)

  each("what went on before a yield is not counted twice", function(way)
    local function deep(n)
      if n > 0 then return (deep(n - 1)) end
      for _ = 1, 100 do coroutine.yield() end
    end
    local node = recording.of(way, function()
      local go_on = coroutine.wrap(deep)
      go_on(50)
      for _ = 1, 100 do go_on() end
    end)
    assert.equal(51, (count(node, "deep")))
    assert.equal(100, (count(node, "coroutine.yield")))
  end)

  each("the time from a yield to its resume stands at the function that yielded", function(way)
    local function body()
      coroutine.yield()
      leaf()
    end
    local node, raw = recording.of(way, function()
      local go_on = coroutine.wrap(body)
      go_on()
      burner.burn(0.02)
      go_on()
    end)
    local suspended = recording.find(node, "body").suspended
    assert.is_true(suspended >= 0.02, suspended)
    assert.is_true(suspended <= raw.duration)
    assert.is_true(recording.find(node, "body").total < suspended)
  end)
end)

describe("threads that C code makes and resumes:", function()
  local function body()
    for _ = 1, 3 do
      leaf()
      coroutine.yield()
    end
  end

  each("they stand below the C function that resumes them", function(way)
    local create, resume = burner.create, burner.resume
    local node = recording.of(way, function()
      local thread = create(body)
      for _ = 1, 4 do resume(thread) end
      leaf()
    end)
    assert.equal("create 1 resume 4 (body 1 (leaf 3 coroutine.yield 3)) leaf 1",
      outline(node))
  end)

  each("those made before the start are recorded once they are adopted", function(way)
    local resume = burner.resume
    local unknown, known = burner.create(body), burner.create(body)
    local node = recording.of(way, function()
      recorder.adopt(known)
      resume(unknown)
      resume(known)
      resume(known)
      leaf()
    end)
    assert.equal("body 1 (leaf 2 coroutine.yield 2)", outline(at(node, "resume")))
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("they may resume others, and be resumed by them", function(way)
    local resume = burner.resume
    local node = recording.of(way, function()
      local inner = burner.create(body)
      local function middle()
        resume(inner)
        coroutine.yield()
        resume(inner)
      end
      local thread = coroutine.create(middle)
      local function outer()
        coroutine.resume(thread)
        coroutine.resume(thread)
      end
      resume(burner.create(outer))
      leaf()
    end)
    local below = at(node, "resume", "outer", "coroutine.resume", "middle", "resume")
    assert.equal("body 1 (leaf 2 coroutine.yield 2)", outline(below))
    assert.equal(1, at(node, "leaf").calls)
  end)

  each("thousands that are never finished leave nothing behind", function(way)
    local resume = burner.resume
    local node, raw = recording.of(way, function()
      for i = 1, 5000 do
        resume(burner.create(body))
        if i % 1000 == 0 then collectgarbage() end
      end
      leaf()
    end)
    assert.equal(5000, at(node, "resume", "body", "leaf").calls)
    assert.equal(1, at(node, "leaf").calls)
    assert.is_true(#raw.nodes.parent < 100)
  end)
end)
