--- `perilune report`: the page, its way there, and how a browser shows it.
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local browser = require("spec.profiler.browser")
local texts = require("spec.cli.texts")
local uv = require("luv")

local has = texts.has

local HOSTILE <const> = "</p><script>document.title = 'ran'</script>`x`"

--- A verdict that is remembered, with a series of each kind.
local function judged()
  local ratios, points, spans = {}, {}, {}
  for i = 1, 11 do ratios[i] = 6 + i / 10 end
  for i = 1, 4 do
    points[i] = { n = 1000 << i, instructions = 5000 << i, cpu = 1e-4 * 2 ^ i }
  end
  for i = 1, 6 do
    spans[i] = { worker = i % 2 + 1, n = i, start = i * 0.01, stop = i * 0.01 + 0.015 }
  end
  local memory = { { time = 0, bytes = 0 }, { time = 0.1, bytes = 5 << 20 },
    { time = 0.2, bytes = 1 << 20, freed = true } }
  local series = {
    { kind = "pairs", ratios = ratios, ratio = 6.6, low = 6.1, high = 7.1, target = 5, size = 5000,
      clock = "CPU time", naive = 0.15, own = 0.02, growth = 2 },
    { kind = "growth", points = points, exponent = 1, class = "O(n)", by = "instructions",
      low = 0.7, high = 1.3 },
    { kind = "calls", name = "fib", size = 35, calls = 29860703 },
    { kind = "workers", spans = spans },
    { kind = "flight", spans = spans, asked = 2 },
    { kind = "memory", ways = { { name = "collect", points = memory } } },
  }
  local results = { { name = "bad", label = "bad", status = "fail", detail = HOSTILE,
    notes = { "a note" }, hint = "a `hint`" } }
  for i, one in ipairs(series) do
    results[i + 1] = { name = one.kind, label = one.kind, status = "pass", detail = "of the series",
      series = one }
  end
  return {
    exercise = 2, name = "duplicates", title = "Find duplicates", file = "solution.lua",
    seed = "7f3a", results = results, counts = { pass = #series, fail = 1 }, verdict = "failed",
    warnings = { "other programs kept 1.9 of 2 processors busy" },
    environment = { cores = 2, lua = "Lua 5.4.4", processor = "Some <Processor>", time = 0 },
  }
end

describe("perilune report", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  before_each(function() folder = program.folder() end)
  after_each(function() program.remove(folder) end)

  local function run(arguments, variables)
    return program.run({ "report", table.unpack(arguments) }, folder, variables)
  end

  local function path_of(name) return folder .. "/02-duplicates/" .. name end

  local function write(name, text) assert(files.write(path_of(name), text)) end

  --- Starts the exercise with a solution that was judged already.
  local function start(solution)
    assert.equal(0, program.run({ "start", "2" }, folder).code)
    write("solution.lua", solution
      or "return { find_duplicates = function(list) table.sort(list) return {} end }")
    write(".perilune.json", dkjson.encode({
      verdict = "failed", judged = judged(),
      stamp = files.stamp(folder .. "/02-duplicates", { "solution.lua", "answers.md" }),
    }))
  end

  local function refused(part, ...)
    local result = run({ ... })
    assert.equal(2, result.code)
    has(result.err, part)
    assert.equal("", result.out)
  end

  it("needs an exercise that is started", function()
    refused("no exercise is started here: perilune list")
    refused("exercise 2 is not started here: perilune start 2", "2")
    refused("no exercise 'nine'", "nine")
  end)

  it("shows the last verdict, a profile and the machine, without judging", function()
    start()
    local result = run({ "2" })
    assert.equal("", result.err)
    assert.equal(0, result.code)
    has(result.out, "02-duplicates/report.html (")
    assert.falsy(result.out:find("right answers"))
    local page = files.read(path_of("report.html"))
    has(page, "<h1>Exercise 2: Find duplicates</h1>", "6 of 7 passed", "seed 7f3a",
      "Busy machine: other programs kept 1.9 of 2 processors busy", "Some &lt;Processor&gt;",
      "Flame graph", "find_duplicates", "table.sort", "<em>a <code>hint</code></em>",
      "n = 2,000 to n = 16,000: O(n), as n^1.00", "29,860,703")
    assert.falsy(page:find("<script", 1, true))
    assert.falsy(page:find("<!-- %a+ -->"))
    assert.falsy(page:find(folder, 1, true))
    assert.is_true(#page < 150 << 10)
  end)

  it("has numbers in the place of charts where these cannot be drawn", function()
    start()
    local share = folder .. "/share"
    assert(files.make_folder(share))
    assert(files.write(share .. "/web.log", "npm is missing (apt-get install npm)\n"))
    assert(files.write(share .. "/report.html", "<!-- missing -->\n<!-- articles -->"))
    local result = run({ "-o", "page.html" }, { PERILUNE_SHARE = share })
    assert.equal(0, result.code)
    has(result.out, "page.html", "without charts: what draws them is not built: npm is missing")
    local page = files.read(folder .. "/page.html")
    has(page, "There are no charts here", "apt-get install npm", "11 ratios from 6.1x to 7.1x",
      "Ratio of each pair", "6.1x", "VM instructions", 'class="flame"')
    assert.falsy(page:find('class="chart"', 1, true))
  end)

  it("does without Node, and with one that fails", function()
    start()
    local result = run({}, { PATH = folder })
    assert.equal(0, result.code)
    has(result.out, "without charts: ")
    assert(files.write(folder .. "/node", "#!/bin/sh\necho 'Error: no such thing' >&2\nexit 3\n"))
    assert(uv.fs_chmod(folder .. "/node", tonumber("755", 8)))
    result = run({}, { PATH = folder })
    assert.equal(0, result.code)
    has(result.out, "without charts: ")
    has(files.read(path_of("report.html")), "Ratio of each pair")
  end)

  it("judges again where the solution has changed, and remembers", function()
    start("return {}")
    uv.fs_utime(path_of("solution.lua"), os.time() + 5, os.time() + 5)
    local result = run({ "2" })
    assert.equal(0, result.code)
    has(result.out, "FAIL  right answers", "02-duplicates/report.html")
    has(files.read(path_of("report.html")), "returns no function find_duplicates",
      "Where it was measured")
    assert.equal("failed", dkjson.decode(files.read(path_of(".perilune.json"))).verdict)
  end)

  it("says why a solution cannot be profiled", function()
    start("return { find_duplicates = function() error('no `way`') end }")
    assert.equal(0, run({}).code)
    has(files.read(path_of("report.html")), "raises an error: solution.lua:1: no <code>way</code>")
  end)

  it("refuses a place where nothing can be saved, before it works", function()
    start()
    local result = run({ "-o", "none/page.html" })
    assert.equal(1, result.code)
    has(result.err, "cannot save a report in 'none/': there is no such folder")
  end)

  it("saves the profile as well, in the format of its name", function()
    start()
    assert.equal(0, run({ "--profile", "two.folded" }).code)
    has(files.read(folder .. "/two.folded"), "find_duplicates (solution.lua:1);table.sort ")
    refused("no format is known by the name of 'two.xyz'", "--profile", "two.xyz")
    local result = run({ "--profile", "none/two.json" })
    assert.equal(1, result.code)
    has(result.err, "cannot save a profile in 'none/'")
  end)

  it("opens the page", function()
    start()
    local result = run({ "--open" }, { BROWSER = "/bin/cp %s copy" })
    assert.equal(1, result.code)
    has(result.err, "cannot open a browser", "02-duplicates/report.html")
    assert.equal(0, run({ "--open" }, { BROWSER = "/bin/true" }).code)
  end)

  describe("in a browser", function()
    if not browser.find() then
      pending("chromium is missing (apt-get install chromium)")
      return
    end

    --- Names of accessible things of a role, in the page's order.
    local function named(page, role)
      local names = {}
      for _, node in ipairs(page:call("Accessibility.getFullAXTree").nodes) do
        if not node.ignored and node.role.value == role then
          names[#names + 1] = node.name.value
        end
      end
      return names
    end

    local function emulate(page, width, scheme, medium)
      page:call("Emulation.setDeviceMetricsOverride",
        { width = width, height = 800, deviceScaleFactor = 1, mobile = width < 500 })
      page:call("Emulation.setEmulatedMedia", { media = medium or "",
        features = { { name = "prefers-color-scheme", value = scheme } } })
    end

    local function colours(page)
      return page:evaluate([[(() => {
        const { color, backgroundColor } = getComputedStyle(document.body);
        return color + " on " + backgroundColor;
      })()]])
    end

    it("needs nothing beside it, runs nothing, and can be read without eyes and mouse", function()
      start()
      if run({}).out:find("without charts", 1, true) then
        pending("the charts are not built")
        return
      end
      local page <close> = browser.open("file://" .. path_of("report.html"):gsub(" ", "%%20"))
      page:wait("document.readyState == 'complete'")
      emulate(page, 1000, "light")
      local light = colours(page)
      local images = named(page, "image")
      assert.equal(8, #images) -- a flame graph, and growth twice
      for _, name in ipairs(images) do assert.matches("%w", name) end
      local headings = named(page, "heading")
      assert.equal("Exercise 2: Find duplicates", headings[1])
      assert.equal("Where it was measured", headings[#headings])
      assert.equal(headings[2], page:evaluate("document.querySelector('nav a').textContent"))
      emulate(page, 375, "dark")
      assert.are_not.equal(light, colours(page))
      assert.equal(375, page:evaluate("document.documentElement.scrollWidth"))
      assert.equal(8, #named(page, "image"))
      assert.is_true(#named(page, "rowheader") > 7)
      emulate(page, 800, "dark", "print")
      assert.equal("rgb(0, 0, 0) on rgb(255, 255, 255)", colours(page))
      assert.equal("Exercise 2: Find duplicates", page:evaluate("document.title"))
      assert.same({}, page.errors)
      assert.equal(1, #page.requests)
    end)
  end)
end)
