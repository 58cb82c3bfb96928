-- What functions are called, and which of them are one.
local profiler = require("perilune.profiler")
local recording = require("spec.profiler.recording")
local source = require("perilune.profile.source")

-- Busted's environment calls functions for each global.
local coroutine, debug, ipairs, pcall = coroutine, debug, ipairs, pcall
local require, xpcall = require, xpcall

local handlers = {}

local function busy(n) return n + 1 end
local function passing_on(n) return busy(n) end
local function apply(fn, n) return (fn(n)) end
local function made() return apply end
local failing <const> = function(n) return n.x.y end

function handlers.get(n) return (busy(n)) end
handlers.post = function(n) return (busy(n)) end

local function outer(n) return function(a, b) return a + b + n end end

--- Calls of each name that functions of this file have.
local function calls_of(subject)
  assert(profiler.start())
  subject()
  local calls = {}
  for _, row in ipairs(profiler.stop():stats()) do
    if row.kind == "Lua" then calls[row.name] = (calls[row.name] or 0) + row.calls end
  end
  return calls
end

describe("a function goes", function()
  it("by the name that its text gives it, whatever its callers call it", function()
    local calls = calls_of(function()
      apply(passing_on, 1)
      pcall(handlers.get, 1)
      coroutine.wrap(handlers.post)(1)
      xpcall(failing, debug.traceback, 1)
      made()(busy, 1)
    end)
    assert.equal(4, calls.busy)
    assert.equal(2, calls.apply)
    assert.same({ 1, 1, 1, 1, 1 },
      { calls.passing_on, calls.get, calls.post, calls.failing, calls.made })
    assert.is_nil(calls.fn)
    assert.equal(0, calls.anonymous or 0) -- but for callers of the start
  end)

  it("by its caller's name where its text gives none", function()
    local calls = calls_of(function()
      local twice = (function(n) return 2 * n end)
      apply((twice), 1)
      twice(2)
    end)
    assert.equal(2, calls.fn)
  end)

  local path
  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  local function name_of(line)
    local file <close> = assert(io.open(path, "w"))
    file:write(line)
    file:flush()
    return source.namer()({ source = "@" .. path, line = 1 })
  end

  for line, name in pairs({
    ["local function one(a)"] = "one",
    ["function a.b.two()"] = "two",
    ["function A:three (x)"] = "three",
    ["local four = function()"] = "four",
    ["local five <const> = function(x)"] = "five",
    ["  six = function() end, 2"] = "six",
    ["f { a = 1, seven = function() end }"] = "seven",
    ["t.eight=function()"] = "eight",
  }) do
    it("by what is written: " .. line, function() assert.equal(name, name_of(line)) end)
  end

  for _, line in ipairs({
    "", "return function(x)", "map(list, function(x)", "x = functions(1)",
    "local a, b = function() end", "local f = wrap(function(n)",
    "local function f(g) return function(...) return g(...) end end",
  }) do
    it("by no name that might be another's: " .. line, function()
      assert.is_nil(name_of(line))
    end)
  end
end)

describe("a C function goes", function()
  local function c_calls_of(subject)
    assert(profiler.start())
    subject()
    local calls = {}
    for _, row in ipairs(profiler.stop():stats()) do
      if row.kind == "C" then calls[row.name] = row.calls end
    end
    return calls
  end

  it("by one name for all wrapped coroutines, which Lua tells by their callers alone", function()
    local calls = c_calls_of(function()
      for _ in coroutine.wrap(function() coroutine.yield(1) end) do busy(1) end
      local generator = coroutine.wrap(busy)
      generator(1)
    end)
    assert.equal(3, calls["wrapped coroutine"])
    assert.is_nil(calls.generator)
  end)

  it("by its place among the searchers of require", function()
    local calls = c_calls_of(function() pcall(require, "spec.profiler.no_such_module") end)
    assert.equal(1, calls["package.searchers[2]"])
    assert.is_nil(calls.anonymous)
  end)
end)

describe("functions on one line", function()
  recording.each(recording.EXACT, "are not one", function(way)
    local node = recording.of(way, function()
      local add = outer(1)
      for i = 1, 5 do add(i, i) end
    end)
    assert.same({ 1, 5 }, { node[1].calls, node[2].calls })
  end)
end)
