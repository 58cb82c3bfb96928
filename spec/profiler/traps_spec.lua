-- What a profiler by hooks gets wrong: errors, tail calls, deep recursion, callbacks, metamethods.
-- Calls are recorded exactly, in each mode; traps_sampling_spec.lua does the same by samples.
local recording = require("spec.profiler.recording")

-- Busted's environment calls functions for each global.
local collectgarbage, coroutine, error = collectgarbage, coroutine, error
local ipairs, load = ipairs, load
local pairs, pcall, setmetatable, string, table = pairs, pcall, setmetatable, string, table
local tostring, xpcall, assert, next = tostring, xpcall, assert, next

local outline = recording.outline

local function each(name, test) recording.each(recording.EXACT, name, test) end

local function leaf() end

local function outline_of(way, fn)
  local node = recording.of(way, fn)
  return outline(node)
end

describe("errors:", function()
  each("a protected call drops what it unwinds", function(way)
    local function c() error("x") end
    local function b() c() end
    local function a() b() end
    assert.equal("pcall 1 (a 1 (b 1 (c 1 (error 1)))) leaf 1", outline_of(way, function()
      pcall(a)
      leaf()
    end))
  end)

  each("a thousand errors in C leave no frames behind", function(way)
    assert.equal("pcall 1000 (rep 1000) leaf 1", outline_of(way, function()
      for _ = 1, 1000 do pcall(string.rep) end
      leaf()
    end):gsub("string%.", ""))
  end)

  each("a handler stands below what failed, and what follows does not", function(way)
    local function handler(message)
      leaf()
      return message
    end
    local function fails() error("q") end
    local node = recording.of(way, function()
      xpcall(fails, handler)
      leaf()
    end)
    assert.equal(1, recording.at(node, "leaf").calls)
    assert.equal(1, recording.count(node, "handler"))
    assert.equal(2, recording.count(node, "leaf"))
    assert.is_nil(recording.at(node, "handler"))
  end)

  each("errors in nested protected calls return to the right ones", function(way)
    local function inner() error({}) end
    local function middle()
      pcall(inner)
      leaf()
      error({})
    end
    assert.equal("pcall 1 (middle 1 (pcall 1 (inner 1 (error 1)) leaf 1 error 1)) leaf 1",
      outline_of(way, function()
        pcall(middle)
        leaf()
      end))
  end)

  each("lua_pcall of C code unwinds as pcall does", function(way)
    local protected = recording.burner.pcall
    local function fails() error("x") end
    local node = recording.of(way, function()
      for _ = 1, 10 do protected(fails) end
      leaf()
    end)
    assert.equal(10, recording.at(node, "protected", "fails").calls)
    assert.equal(1, recording.at(node, "leaf").calls)
    assert.equal(2, #node)
  end)
end)

describe("tail calls:", function()
  each("a million are one node that does not grow", function(way)
    local function g(n)
      if n == 0 then return 0 end
      return g(n - 1)
    end
    local node, raw = recording.of(way, function() g(1000000) end)
    assert.equal("g 1000001", outline(node))
    assert.equal(1000000, node[1].tail)
    assert.is_true(#raw.nodes.parent < 100)
  end)

  each("the callee takes the caller's place", function(way)
    local function last() leaf() end
    local function first() return last() end
    local node = recording.of(way, function()
      first()
      leaf()
    end)
    assert.equal("first 1 last 1 (leaf 1) leaf 1", outline(node))
    assert.equal(1, node[2].tail)
  end)

  each("a C function in the last place is an ordinary call", function(way)
    local function g(x) return tostring(x) end
    local node = recording.of(way, function()
      g(1)
      leaf()
    end)
    assert.equal("g 1 (tostring 1) leaf 1", outline(node))
    assert.equal(0, node[1][1].tail)
  end)

  each("an error in a tail call is unwound", function(way)
    local function fails() error("x") end
    local function first() return fails() end
    assert.equal("pcall 1 (first 1 fails 1 (error 1)) leaf 1", outline_of(way, function()
      pcall(first)
      leaf()
    end))
  end)
end)

describe("recursion:", function()
  each("150,000 deep it takes few nodes and counts each call", function(way)
    local function r(n)
      if n == 0 then return 0 end
      return 1 + r(n - 1)
    end
    local node, raw = recording.of(way, function()
      r(150000)
      leaf()
    end)
    assert.equal(150001, (recording.count(node, "r")))
    assert.equal(1, recording.at(node, "leaf").calls)
    assert.is_true(#raw.nodes.parent < 1000, #raw.nodes.parent)
  end)

  each("a stack that overflows is unwound", function(way)
    local function r() return 1 + r() end
    local node, raw = recording.of(way, function()
      assert(not pcall(r))
      leaf()
    end)
    assert.is_true(recording.count(node, "r") > 100000)
    assert.equal(1, recording.at(node, "leaf").calls)
    assert.is_true(#raw.nodes.parent < 1000, #raw.nodes.parent)
  end)

  each("a C stack that overflows is unwound", function(way)
    local depth = 0
    local function r()
      depth = depth + 1
      string.gsub("x", "x", r)
    end
    local node = recording.of(way, function()
      assert(not pcall(r))
      leaf()
    end)
    assert.equal(depth, (recording.count(node, "r")))
    assert.equal(1, recording.at(node, "leaf").calls)
  end)

  each("two functions that call each other have exact counts", function(way)
    local a, b
    function a(n)
      if n > 0 then
        b(n - 1)
        b(n - 1)
      end
    end
    function b(n)
      if n > 0 then a(n - 1) end
    end
    assert.equal("a 1 (b 2 (a 2 (b 4 (a 4 (b 8)))))", outline_of(way, function() a(5) end))
  end)

  each("two functions that call each other 100,000 deep take few nodes", function(way)
    local a, b
    function a(n) return n > 0 and 1 + b(n - 1) or 0 end
    function b(n) return n > 0 and 1 + a(n - 1) or 0 end
    local node, raw = recording.of(way, function() a(99999) end)
    assert.equal(50000, (recording.count(node, "a")))
    assert.equal(50000, (recording.count(node, "b")))
    assert.is_true(#raw.nodes.parent < 1000, #raw.nodes.parent)
  end)
end)

describe("C that calls back:", function()
  each("sort's comparisons stand below it", function(way)
    local compared = 0
    local function less(a, b)
      compared = compared + 1
      return a < b
    end
    local node = recording.of(way, function()
      table.sort({ 3, 1, 2, 5, 4 }, less)
      leaf()
    end)
    assert.equal(("sort 1 (less %d) leaf 1"):format(compared), (outline(node):gsub("table%.", "")))
  end)

  each("gsub's replacements stand below it", function(way)
    local function replace() leaf() end
    assert.equal("string.gsub 1 (replace 3 (leaf 3))", outline_of(way, function()
      string.gsub("abc", ".", replace)
    end))
  end)

  each("an error in a comparison goes through sort", function(way)
    local function less() error("cmp") end
    assert.equal("pcall 1 (table.sort 1 (less 1 (error 1))) leaf 1", outline_of(way, function()
      pcall(table.sort, { 3, 1, 2 }, less)
      leaf()
    end))
  end)

  each("iterators stand below the loop's function", function(way)
    local node = recording.of(way, function()
      for _ in pairs({ 1, 2 }) do leaf() end
      for _ in ("a b"):gmatch("%a") do leaf() end
    end)
    assert.equal(4, recording.at(node, "leaf").calls)
    assert.equal(3, recording.at(node, "next").calls)
  end)
end)

describe("metamethods:", function()
  each("they have their names", function(way)
    local meta = {
      __index = function() leaf() end,
      __newindex = function() end,
      __add = function() return 1 end,
      __eq = function() return true end,
      __lt = function() return true end,
      __le = function() return true end,
      __concat = function() return "" end,
      __len = function() return 0 end,
      __unm = function() return 0 end,
    }
    local a, b = setmetatable({}, meta), setmetatable({}, meta)
    local node = recording.of(way, function()
      local _ = a.x
      a.x = 1
      _ = a + b
      _ = a == b
      _ = a < b
      _ = a <= b
      _ = a .. b
      _ = #a
      _ = -a
    end)
    assert.equal("__index 1 (leaf 1) __newindex 1 __add 1 __eq 1 __lt 1 __le 1 __concat 1 __len 1"
      .. " __unm 1", outline(node))
  end)

  each("__call is a call of what is called", function(way)
    local object = setmetatable({}, { __call = function() leaf() end })
    local node = recording.of(way, function() object() end)
    assert.equal(1, #node)
    assert.equal(1, node[1].calls)
    assert.equal("leaf 1", outline(node[1]))
  end)

  each("__close stands below the function whose variable it closes", function(way)
    local meta = { __close = function() leaf() end }
    local function scope() local _ <close> = setmetatable({}, meta) end
    assert.equal("scope 1 (setmetatable 1 __close 1 (leaf 1)) leaf 1", outline_of(way, function()
      scope()
      leaf()
    end))
  end)

  each("__close is seen when an error closes the variable", function(way)
    local meta = { __close = function() leaf() end }
    local function scope()
      local _ <close> = setmetatable({}, meta)
      error("e")
    end
    local node = recording.of(way, function()
      pcall(scope)
      leaf()
    end)
    assert.equal(1, recording.at(node, "leaf").calls)
    assert.equal("pcall 1", node[1].name .. " " .. node[1].calls)
    assert.equal(2, recording.count(node, "leaf"))
    assert.equal(1, recording.count(node[1], "leaf"))
    assert.equal(2, #node)
  end)

  each("__gc has no events, and the function that was collecting is charged", function(way)
    local finalized = 0
    local meta = { __gc = function()
      finalized = finalized + 1
      leaf()
    end }
    local node = recording.of(way, function()
      for _ = 1, 10 do setmetatable({}, meta) end
      collectgarbage()
      leaf()
    end)
    assert.equal(10, finalized)
    assert.equal("setmetatable 10 collectgarbage 1 leaf 1", outline(node))
  end)

  each("a coroutine that __gc resumes is seen where the collector ran", function(way)
    local function body()
      leaf()
      coroutine.yield()
    end
    local meta = { __gc = function() coroutine.wrap(body)() end }
    local node = recording.of(way, function()
      setmetatable({}, meta)
      collectgarbage()
      leaf()
    end)
    assert.equal(1, recording.at(node, "leaf").calls)
    assert.equal(1, recording.at(node, "collectgarbage", "body", "leaf").calls)
    assert.equal(3, #node)
  end)
end)

describe("many functions:", function()
  each("10,000 loaded chunks are told apart up to a bound", function(way)
    local node, raw = recording.of(way, function()
      for i = 1, 10000 do load("return " .. i)() end
    end)
    local calls = 0
    for _, child in ipairs(node) do
      if child.kind == "main" then calls = calls + child.calls end
    end
    assert.equal(10000, calls)
    assert.is_true(#raw.functions < 700, #raw.functions)
    assert.is_true(#raw.nodes.parent < 700, #raw.nodes.parent)
  end)

  each("10,000 names for chunks as well", function(way)
    local _, raw = recording.of(way, function()
      for i = 1, 10000 do load("return 1", "=" .. i)() end
    end)
    assert.is_true(#raw.functions < 700, #raw.functions)
  end)

  -- The collector frees the prototypes, and new ones come to lie where they lay.
  each("recycled addresses confuse no functions", function(way)
    local ballast = {}
    for i = 1, 100000 do ballast[i] = { i } end
    for _, kind in ipairs({ "incremental", "generational" }) do
      local before = collectgarbage(kind)
      local node = recording.of(way, function()
        for i = 1, 8000 do load("return 1", "=recycled " .. i % 40)() end
      end)
      collectgarbage(before)
      local calls = {}
      for _, child in ipairs(node) do
        if child.kind == "main" then calls[child.source] = child.calls end
      end
      for i = 0, 39 do assert.equal(200, calls["=recycled " .. i], kind) end
    end
    assert.equal(100000, #ballast)
  end)

  each("no closure is kept alive by being recorded", function(way)
    local weak = setmetatable({}, { __mode = "k" })
    local left
    recording.of(way, function()
      for _ = 1, 100 do
        local function short_lived() return weak end
        weak[short_lived] = true
        short_lived()
        coroutine.wrap(short_lived)()
      end
      collectgarbage()
      collectgarbage()
      left = next(weak)
    end)
    assert.is_nil(left)
  end)
end)
