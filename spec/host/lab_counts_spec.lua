--- Kinds of checks that count calls, and that compare written figures with what was counted.
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")

describe("the judge", function()
  local folder

  before_each(function() folder = assert(files.scratch()) end)
  after_each(function() files.remove_tree(folder) end)

  local function write(name, text) assert(files.write(folder .. "/" .. name, text)) end

  --- The results of checks on a solution, with the arguments `n` of one call.
  local function run(text, ...)
    write("solution.lua", text)
    local exercise = {
      number = 7, name = "double", folder = folder, title = "Double",
      functions = { "double" }, naive = { file = "naive.lua", name = "double" },
      generate = function(n) return n end,
      expected = function(n) return 2 * n end,
      checks = { ... }, hints = {},
    }
    return judge.run(exercise, folder .. "/solution.lua", { seed = 1 }).results
  end

  local function fails(part, result)
    local text = table.concat({ result.detail, table.unpack(result.notes or {}) }, "\n")
    assert.equal("fail", result.status)
    assert.truthy(text:find(part, 1, true), ("no %q in\n%s"):format(part, text))
  end

  local RECURSIVE <const> = [[
local function double(n) return n == 0 and 0 or 2 + double(n - 1) end
return { double = double }]]
  local LOADS <const> = { name = "loads", label = "loads", kind = "loads", hint = "write it" }
  local CALLS <const> = {
    name = "calls", label = "calls", kind = "calls", size = 9,
    judge = function(counted, format)
      return counted.most > 10 and format.plural(counted.total, "call") or nil
    end,
  }

  it("passes a file that returns its functions", function()
    local result = run(RECURSIVE, LOADS)[1]
    assert.equal("pass", result.status)
    assert.equal("1 function", result.detail)
  end)

  it("fails a file that does not, once for all", function()
    local waits = { name = "after", label = "after", kind = "calls", needs = { "loads" } }
    for text, part in pairs({
      ["return {"] = "does not parse: solution.lua:1:",
      ["return 1"] = "solution.lua returns number",
      ["return {}"] = "returns no function double",
      ["error('at once')"] = "raises an error: solution.lua:1: at once",
      ["os.exit(0)"] = "ends its process",
    }) do
      local results = run(text, LOADS, waits)
      fails(part, results[1])
      assert.equal("wait", results[2].status)
    end
  end)

  it("shows a solution's file without its folder, however long that is", function()
    local name = ("a folder with a long name"):rep(4, " ")
    assert(files.make_folder(folder .. "/" .. name))
    for _, place in ipairs({ "", name .. "/" }) do
      local path = folder .. "/" .. place .. "solution.lua"
      assert(files.write(path, "return { double = function() error('100% wrong') end }"))
      local exercise = {
        number = 7, name = "double", folder = folder, title = "Double", functions = { "double" },
        generate = function(n) return n end, checks = { CALLS }, hints = {},
      }
      local result = judge.run(exercise, path, { seed = 1 }).results[1]
      assert.equal("raises an error: solution.lua:1: 100% wrong", result.detail)
    end
  end)

  it("counts the calls of a solution's functions", function()
    local result = run(RECURSIVE, CALLS)[1]
    assert.equal("pass", result.status)
    assert.equal("10 calls at n = 9", result.detail)
  end)

  it("shows where the calls are that are too many", function()
    local check = setmetatable({ size = 20 }, { __index = CALLS })
    local result = run(RECURSIVE, check)[1]
    fails("21 calls", result)
    assert.same({ "21 calls of the function at solution.lua:1" }, result.notes)
  end)

  it("counts no calls that give a wrong result", function()
    fails("18 was expected, not 9", run("return { double = function(n) return n end }", CALLS)[1])
  end)

  it("takes what a check explains about an error for its hint", function()
    local check = setmetatable({ explain = function(message)
      return message:find("nobody") and "ask somebody else"
    end }, { __index = CALLS })
    local text = "return { double = function() error('%s') end }"
    assert.equal("ask somebody else", run(text:format("nobody is here"), check)[1].hint)
    assert.equal("correct that, then check again", run(text:format("no"), check)[1].hint)
  end)

  it("may time each call in a process of its own", function()
    write("naive.lua", "return { double = function(n) return 2 * n end }")
    local once = [[
      local called
      return { double = function(n)
        if called then error("the second call") end
        called = true
        return 2 * n
      end }]]
    local check = { name = "faster", label = "faster", kind = "faster", size = 9, target = 1e-6 }
    fails("the second call", run(once, check)[1])
    check.fresh = true
    local result = run(once, check)[1]
    assert.equal("pass", result.status)
    assert.same({}, result.notes)
  end)

  describe("about figures", function()
    local FIGURES <const> = {
      { key = "slow", heading = "Slow", kind = "seconds" },
      { key = "fast", heading = "Fast", kind = "seconds" },
      { key = "ratio", heading = "Speed-up", kind = "ratio", quotient = { "slow", "fast" },
        near = function(measures) return measures.calls.most end,
        tolerance = 2, far = "look again" },
      { key = "calls", heading = "Calls", kind = "number",
        exact = function(measures) return measures.calls.most end },
    }
    local FACTS <const> = { name = "facts", label = "facts", kind = "facts", figures = FIGURES }

    local function figures(slow, fast, ratio, calls)
      write("answers.md", ("## Slow\n%s\n## Fast\n%s\n## Speed-up\n%s\n## Calls\n%s\n"):format(
        slow, fast, ratio, calls))
      return run(RECURSIVE, CALLS, FACTS)[2]
    end

    it("passes those that agree with each other and with what it counted", function()
      local result = figures("1 s", "90 ms", "11x", "10")
      assert.equal("pass", result.status)
      assert.equal("speed-up 11.0x, measured here 10.0x; calls 10", result.detail)
    end)

    it("fails a count that differs by one", function()
      fails("answers.md:8: 11 under 'Calls'; counted here: 10", figures("1 s", "0.1 s", "10", "11"))
    end)

    it("fails a quotient that is none", function()
      fails("answers.md:6: speed-up 15.0x, but 1.00 s / 100 ms is 10.0x",
        figures("1.00 s", "100 ms", "15x", "10"))
    end)

    it("fails a ratio that is far from the measured one, and tells why it may be", function()
      fails("answers.md:6: 100x; measured here: 10.0x; look again",
        figures("1 s", "10 ms", "100x", "10"))
    end)

    it("fails one that is not there", function()
      fails("'Calls' is not filled in", figures("1 s", "100 ms", "10x", "<!-- how many? -->"))
      fails("no time with a unit", figures("1", "100 ms", "10x", "10"))
    end)

    it("tells all that is wrong", function()
      local result = figures("1.00 s", "100 ms", "15x", "11")
      assert.equal(1, #result.notes)
      fails("11 under 'Calls'", result)
    end)
  end)
end)
