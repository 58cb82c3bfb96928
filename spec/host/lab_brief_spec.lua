--- A verdict on speed where nobody looks at figures: the given version runs on less where that
--- decides.
local bench = require("perilune.bench")
local faster = require("perilune.lab.checks.faster")

local CHECK <const> = { name = "faster", size = 100, least = 25, target = 5, at = 1000 }

local Child = {}
Child.__close = function() end

--- Time without clocks: naive takes n^2, the solution what is said, of each n that it is given.
local function new_session(own_seconds, brief)
  local session = {
    brief = brief, measures = {}, drawn = {}, naive_ran = {},
    exercise = { naive = { name = "naive", growth = 2 } }, bench = bench,
  }
  function session.naive() return setmetatable({ is_naive = true }, Child) end
  function session.solution() return setmetatable({}, Child) end
  function session.name_of() return "own" end
  function session.difference() end
  function session.failed(_, message, code)
    return { status = "fail", detail = message, code = code }
  end
  function session:arguments(n, offset)
    if n == CHECK.size then table.insert(self.drawn, offset) end
    return { n = n }
  end
  function session:call(child, _, arguments)
    if child.is_naive then
      table.insert(self.naive_ran, arguments.n)
      return arguments.n ^ 2
    end
    return own_seconds(arguments.n)
  end
  return session
end

local function times(list)
  local counts = {}
  for _, n in ipairs(list) do counts[n] = (counts[n] or 0) + 1 end
  return counts
end

describe("a verdict on speed alone", function()
  it("passes by the given version on less", function()
    local session = new_session(function() return 25 ^ 2 / 6 end, true)
    local result = faster(CHECK, session)
    assert.equal("pass", result.status)
    assert.truthy(result.detail:find("at n = 100 beside n = 25", 1, true), result.detail)
    assert.same({ [25] = 12 }, times(session.naive_ran))
    assert.same({ size = 25, naive = 625, own = 25 ^ 2 / 6, ratio = 6 }, session.measures.faster)
    assert.same({ "naive at 1,000: about 11 days 13 h (grows as n^2)" }, result.notes)
  end)

  it("is that on the whole where less does not decide", function()
    local session = new_session(function() return 100 ^ 2 / 6 end, true)
    local result = faster(CHECK, session)
    assert.equal("pass", result.status)
    assert.same({ [25] = 1, [100] = 11 }, times(session.naive_ran))
    assert.equal(100, session.measures.faster.size)
  end)

  it("fails as it does with figures", function()
    local result = faster(CHECK, new_session(function() return 100 ^ 2 / 4 end, true))
    assert.equal("fail", result.status)
    assert.truthy(result.detail:find("at n = 100;", 1, true), result.detail)
  end)

  it("draws other data for each pair, whichever they are of", function()
    local calls = 0
    local session = new_session(function() -- fast at first
      calls = calls + 1
      return calls <= 5 and 1 or 100 ^ 2 / 4
    end, true)
    assert.equal("fail", faster(CHECK, session).status)
    for i, offset in ipairs(session.drawn) do assert.equal(i, offset) end
  end)

  it("tells the failure of the first call", function()
    local session = new_session(function() return nil, "it raises", "error" end, true)
    local result = faster(CHECK, session)
    assert.same({ "it raises", "error" }, { result.detail, result.code })
    assert.equal(1, #session.drawn)
  end)

  it("is measured in full where figures are looked at", function()
    local session = new_session(function() return 1 end, false)
    faster(CHECK, session)
    assert.same({ [100] = 11 }, times(session.naive_ran))
  end)
end)
