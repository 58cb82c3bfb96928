--- What a report's page shows, in words and numbers.
local figures = require("perilune.lab.page.figures")
local html = require("perilune.lab.page.html")
local page = require("perilune.lab.page")

local function result(series, label) return { label = label or "a check", series = series } end

local function pairs_series()
  return { kind = "pairs", ratios = { 6, 7, 8 }, ratio = 7, low = 6, high = 8, target = 5,
    clock = "CPU time", size = 5000, naive = 0.1, own = 0.01, growth = 2 }
end

local function growth_series(by)
  return { kind = "growth", exponent = 1, class = "O(n)", by = by, low = 0.7, high = 1.3, points = {
    { n = 10, instructions = 100, cpu = 0.1 }, { n = 20, instructions = 200, cpu = 0.2 } } }
end

describe("the figures of a report", function()
  it("are none where nothing was measured", function()
    assert.same({}, figures.of({ { label = "a check" }, result({ kind = "unknown" }) }))
  end)

  it("tell of pairs their median, its interval and what is asked", function()
    local figure = figures.of({ result(pairs_series(), "5x faster") })[1]
    assert.equal("5x faster: pair by pair", figure.title)
    assert.equal("3 ratios from 6.0x to 8.0x. Median 7.0x [6.0, 8.0]; 5x is asked.", figure.label)
    assert.same({ { 1, "6x" }, { 2, "7x" }, { 3, "8x" } }, figure.table.rows)
  end)

  it("show growth by what decided, and its time beside the given version's where it is known",
    function()
      local list = figures.of({ result(growth_series("instructions")) })
      assert.equal(1, #list)
      assert.equal("Growth: VM instructions by size", list[1].title)
      list = figures.of({ result(pairs_series()), result(growth_series("instructions")) })
      assert.equal(3, #list)
      assert.equal("Growth: CPU time by size", list[3].title)
      assert.same({ n = 5000, work = 0.1, growth = 2 }, list[3].drawing.other)
      list = figures.of({ result(growth_series("cpu")) })
      assert.equal("Growth: CPU time by size", list[1].title)
    end)

  it("show all calls that were counted in one", function()
    local function calls(name, count)
      return result({ kind = "calls", name = name, size = 35, calls = count })
    end
    local list = figures.of({ calls("fib", 29860703), calls("fib_memo", 36) })
    assert.equal(1, #list)
    assert.equal("fib(35): 29,860,703 calls; fib_memo(35): 36 calls.", list[1].label)
  end)

  it("show versions on a scale on which none hides another", function()
    local rows = { { name = "naive", seconds = 10, from = {} },
      { name = "mine", problem = "wrong" },
      { name = "native", seconds = 1 } }
    local figure = figures.versions("10 numbers", { unit = "numbers", rows = rows })
    assert.equal("naive: ~ 10.0 s; native: 1.00 s.", figure.label)
    assert.equal("10 numbers. ~ is extrapolated.", figure.caption)
    assert.is_false(figure.drawing.log)
    assert.same({ "mine", "wrong" }, figure.table.rows[2])
    rows[3].seconds = 0.001
    assert.is_true(figures.versions("10 numbers", { unit = "numbers", rows = rows }).drawing.log)
    assert.is_nil(figures.versions("none", { unit = "numbers", rows = { rows[2] } }))
  end)
end)

describe("the page of a report", function()
  it("has text as text", function()
    assert.equal("&lt;b&gt; &amp; &quot;c&quot; <code>a&lt;b</code>",
      html.prose('<b> & "c" `a<b`'))
  end)

  it("names several solutions, and no place twice", function()
    local models = {}
    for i = 1, 2 do
      models[i] = {
        file = "solution.lua", figures = {}, recorded = { series = {}, problem = "no <profile>" },
        judged = { exercise = i, title = "T & " .. i, seed = "1", results = {}, counts = {},
          verdict = "passed", environment = { cores = 1, lua = "Lua", time = 0 } },
      }
    end
    local text = page.render(models, { title = "Both", again = "perilune demo" },
      "<!-- title --> <!-- cover --> <!-- articles --> <!-- again -->")
    local ids = {}
    for id in text:gmatch(' id="([^"]*)"') do
      assert.is_nil(ids[id], id)
      ids[id] = true
    end
    for place in text:gmatch('href="#([^"]*)"') do assert.is_true(ids[place], place) end
    assert.truthy(text:find("<h1>Both</h1>", 1, true))
    assert.truthy(text:find("<h2>Exercise 2: T &amp; 2</h2>", 1, true))
    assert.truthy(text:find("no &lt;profile&gt;", 1, true))
  end)
end)
