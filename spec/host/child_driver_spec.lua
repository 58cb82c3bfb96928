--- What a judge's own file can do in a child, and what a solution can not do to it; and how calls
--- are counted.
local child = require("perilune.child")
local files = require("perilune.lab.files")

local DRIVER <const> = [[
local pcall = pcall
local calls = 0
local function probe(...)
  calls = calls + 1
  return ...
end
return function(solution)
  local driven = { own = solution.own }
  function driven.hand()
    local ok, message = pcall(solution.own, probe)
    return calls, ok, ok and "" or message
  end
  return driven
end]]

describe("a driver", function()
  local folder

  before_each(function() folder = assert(files.scratch()) end)
  after_each(function() files.remove_tree(folder) end)

  local function write(name, text)
    assert(files.write(folder .. "/" .. name, text))
    return folder .. "/" .. name
  end

  --- A child whose solution's function `own` has the body `text`.
  local function start(text, options)
    local given = { cpu = 10, wall = 20, driver = write("driver.lua", DRIVER) }
    for name, value in pairs(options or {}) do given[name] = value end
    given.file = write("solution.lua",
      ("local function own(...) %s end return { own = own, other = 1 }"):format(text))
    return child.start(given)
  end

  it("hands the solution a function and sees its calls", function()
    local c <close> = assert(start("local fn = ... fn(1) fn(2)"))
    assert.same({ true, 2, true, "" }, { c:invoke("hand") })
  end)

  it("leaves the names of the solution's functions", function()
    local c <close> = assert(start(""))
    assert.same({ "own" }, c:functions())
  end)

  it("is out of the solution's reach", function()
    local reaches = {
      "debug.getinfo(2, 'f')", "debug.getlocal(2, 1)", "debug.setlocal(2, 1, 9)",
      "debug.getupvalue(..., 1)", "debug.setupvalue(..., 1, 9)", "debug.getregistry()",
      "debug.sethook(print, 'l')", "debug.upvaluejoin(print, 1, print, 1)",
      "debug.setmetatable(nil, {})", "require('debug').getinfo(2)",
    }
    for _, expression in ipairs(reaches) do
      local c <close> = assert(start("return " .. expression))
      local _, calls, ok, message = c:invoke("hand")
      assert.equal(0, calls)
      assert.is_false(ok, expression)
      assert.truthy(message:find("reaches the judge's own code", 1, true))
    end
  end)

  it("does not look at what the solution makes of the libraries", function()
    local c <close> = assert(start([[
      pcall = function() return true, "forged" end
      _G.pcall, error, table.unpack = pcall, pcall, pcall
      local fn = ...
      fn()]]))
    assert.same({ true, 1, true, "" }, { c:invoke("hand") })
    assert.same({ true, 2, true, "" }, { c:invoke("hand") })
  end)

  it("leaves a traceback", function()
    local c <close> = assert(start("return debug.traceback('here')"))
    local _, text = c:invoke("own")
    assert.truthy(text:find("^here\nstack traceback:"))
  end)

  it("may be wrong itself", function()
    local function fails(text, part)
      local c, message, code = start("", { driver = write("wrong.lua", text) })
      assert.is_nil(c)
      assert.equal("error", code)
      assert.truthy(message:find(part, 1, true), message)
    end
    fails("local x = = 1", "wrong.lua:1: unexpected symbol")
    fails("return 1", "function expected")
    fails("return function() end", "table expected")
    fails("return function() error('why') end", "wrong.lua:1: why")
  end)

  it("must be named by a string", function()
    assert.has_error(function() start("", { driver = 1 }) end,
      "bad argument #1 to 'start' (option 'driver' is no string)")
  end)

  describe("with modules that are refused late", function()
    local OPTIONS <const> = {
      late = true, forbidden = { ["perilune.hashset"] = "it is what you write" },
    }

    --- A solution that makes something of the module when it is loaded.
    local function load(expression)
      local options = { file = write("late.lua", ([[
        local hashset = require("perilune.hashset")
        local made = hashset.new({ 1 })
        return { own = function() return %s end }]]):format(expression)) }
      for name, value in pairs(OPTIONS) do options[name] = value end
      return assert(child.start(options))
    end

    it("loads a file that requires one and calls its functions", function()
      local c <close> = load("7")
      assert.same({ true, 7 }, { c:invoke("own") })
    end)

    it("refuses the use of what they made", function()
      local c <close> = load("made()")
      local got, message, code = c:invoke("own")
      assert.is_nil(got)
      assert.equal("error", code)
      assert.truthy(message:find("late.lua:3: 'perilune.hashset' is off limits: it is what you",
        1, true), message)
    end)

    it("gives the module to its driver", function()
      local driver = write("sized.lua", [[
        local hashset = require("perilune.hashset")
        return function() return { size = function() return #hashset.new({ 1, 2 }) end } end]])
      local c <close> = assert(start("", { driver = driver, late = true,
        forbidden = OPTIONS.forbidden }))
      assert.same({ true, 2 }, { c:invoke("size") })
    end)
  end)
end)

describe("counted calls", function()
  local folder

  before_each(function() folder = assert(files.scratch()) end)
  after_each(function() files.remove_tree(folder) end)

  --- What is counted in one call of `run(n)`.
  local function count(text, n)
    local path = folder .. "/solution.lua"
    assert(files.write(path, text))
    local c <close> = assert(child.start({ file = path, cpu = 20, wall = 40 }))
    assert(c:put(n))
    return assert(c:calls("run")), (c:take())
  end

  local function by_line(counted)
    local calls = {}
    for _, one in ipairs(counted.functions) do calls[one.line] = one.calls end
    return calls
  end

  it("are those of each function of the file, by line", function()
    local counted, result = count([[
      local function leaf(x)
        return x
      end
      local function run(n)
        return n == 0 and 0 or leaf(1) + run(n - 1)
      end
      return { run = run }]], 10)
    assert.equal(10, result)
    assert.same({ [1] = 10, [4] = 11 }, by_line(counted))
    assert.equal(0, counted.others)
    assert.is_true(counted.cpu >= 0 and counted.wall > 0)
  end)

  it("are exact where there are many", function()
    local counted = count([[
      local function run(n) if n < 2 then return n end return run(n - 1) + run(n - 2) end
      return { run = run }]], 27)
    assert.same({ [1] = 635621 }, by_line(counted))
  end)

  it("are those of tail calls, coroutines and errors too", function()
    local counted = count([[
      local function run(n)
        if n > 0 then return run(n - 1) end
        local function inner() error("x") end
        for _ = 1, 3 do coroutine.wrap(function() pcall(inner) end)() end
        return 0
      end
      return { run = run }]], 5)
    assert.same({ [1] = 6, [3] = 3, [4] = 3 }, by_line(counted))
  end)

  it("do not depend on how many closures a function has", function()
    local counted = count([[
      local function run(n)
        for i = 1, n do
          local function made() return i end
          made() made()
        end
        collectgarbage()
        return n
      end
      return { run = run }]], 1000)
    assert.same({ [1] = 1, [3] = 2000 }, by_line(counted))
  end)

  it("keep no function alive afterwards", function()
    local path = folder .. "/solution.lua"
    assert(files.write(path, [[
      local made = setmetatable({}, { __mode = "v" })
      return {
        run = function()
          made[1] = function() end
          made[1]()
        end,
        left = function() collectgarbage() return made[1] ~= nil end,
      }]]))
    local c <close> = assert(child.start({ file = path }))
    assert(c:put())
    assert.equal(1, by_line(assert(c:calls("run")))[4])
    assert.same({ true, false }, { c:invoke("left") })
  end)

  it("tell code from elsewhere apart, and no C function", function()
    local counted = count([[
      local other = load("return function() return 1 end", "=elsewhere")()
      return { run = function(n) for _ = 1, n do other() math.floor(1) end end }]], 7)
    assert.same({ [2] = 1 }, by_line(counted))
    assert.equal(7, counted.others)
  end)

  it("leave the script's own hook alone, and do not count it", function()
    local counted, result = count([[
      local events = 0
      return { run = function(n)
        debug.sethook(function() events = events + 1 end, "c")
        for _ = 1, n do (function() end)() end
        debug.sethook()
        return events
      end }]], 3)
    assert.same({ [2] = 1, [4] = 3 }, by_line(counted))
    assert.equal(4, result)
  end)

  it("name a function that is not there", function()
    local path = folder .. "/solution.lua"
    assert(files.write(path, "return {}"))
    local c <close> = assert(child.start({ file = path }))
    local got, message, code = c:calls("run")
    assert.same({ nil, "no function 'run'", "missing" }, { got, message, code })
  end)
end)
