--- What exercise 5 gives to the student and to the judge: numbers, the record of calls, pictures,
--- a server.
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local loop = require("spec.host.loop")
local program = require("spec.cli.program")

local FOLDER <const> = exercises .. "/05-concurrency"

describe("exercise 5's numbers", function()
  local numbers = dofile(FOLDER .. "/numbers.lua")
  local factors = dofile(FOLDER .. "/judge/factors.lua")

  it("are the same for the same seed, and others for others", function()
    assert.same(numbers(10, 7), numbers(10, 7))
    assert.not_same(numbers(10, 7), numbers(10, 8))
    assert.same({}, numbers(0))
  end)

  it("are large, and most of them products of two large primes", function()
    local list, semiprimes = numbers(100), 0
    for i, found in ipairs(factors(list)) do
      assert.is_true(list[i] >= 1 and list[i] <= 10 ^ 12)
      semiprimes = semiprimes + (#found == 2 and found[1] > 400000 and 1 or 0)
    end
    assert.is_true(semiprimes >= 80, semiprimes)
  end)

  it("may be smaller", function()
    for _, n in ipairs(numbers(20, 1, 10)) do assert.is_true(n <= 100) end
  end)
end)

describe("the record of calls", function()
  local calls = dofile(FOLDER .. "/judge/calls.lua")
  local OWN <const> = 1

  local function sum_up(...)
    local list = {}
    for i, call in ipairs({ ... }) do
      list[i] = { process = call[1], n = i, began = call[2], ended = call[3], cpu = 0.5 }
    end
    return calls.sum_up(list, OWN)
  end

  it("tells who was at work at once, and for how long", function()
    local sum = sum_up({ 2, 0, 4 }, { 3, 1, 2 }, { 3, 3, 5 }, { 4, 3.5, 4 }, { OWN, 0, 9 })
    assert.same({ count = 5, own = 1, workers = 3, most = 3, busy = 5, shared = 2, cpu = 2.5,
      wall = 16.5 }, sum)
  end)

  it("counts no two at once where one begins as the other ends", function()
    local sum = sum_up({ 2, 0, 1 }, { 3, 1, 2 }, { 2, 2, 3 })
    assert.equal(1, sum.most)
    assert.equal(0, sum.shared)
    assert.equal(2, sum.workers)
  end)

  it("counts a process once, whatever it claims", function()
    local sum = sum_up({ 2, 0, 4 }, { 2, 1, 3 }, { 3, 3.5, 4 })
    assert.equal(2, sum.most)
    assert.equal(0.5, sum.shared)
    assert.equal(4, sum.busy)
  end)

  it("reads what was written, and nothing else", function()
    local path = os.tmpname()
    calls.clear(path)
    assert.same({}, calls.read(path))
    files.write(path, "12 35 1.5 2.25 0.5\n12 35 1.5\nx\n")
    assert.same({ { process = 12, n = 35, began = 1.5, ended = 2.25, cpu = 0.5 } },
      calls.read(path))
    os.remove(path)
  end)
end)

describe("the lanes", function()
  local chart = dofile(FOLDER .. "/chart.lua")
  local has_unicode = (os.getenv("LC_ALL") or os.getenv("LC_CTYPE") or os.getenv("LANG") or "")
    :upper():find("UTF%-?8")

  --- Lanes of one second, each with spans of the same length.
  local function lanes_of(workers, spans)
    local lanes = {}
    for i = 1, workers do
      lanes[i] = { label = "worker " .. i, note = "13 tasks", spans = {} }
      for j = 1, spans do
        lanes[i].spans[j] = { start = (j - 1) / spans, stop = j / spans }
      end
    end
    return lanes
  end

  it("fit in 80 columns, one line a worker", function()
    for workers = 1, 8 do
      local lines = chart.text(lanes_of(workers, 50), 1, 80)
      assert.equal(workers + 1, #lines)
      for _, line in ipairs(lines) do assert.is_true(utf8.len(line) <= 80, line) end
      assert.matches("^worker 1  .*  13 tasks$", lines[1])
      assert.matches("^          0 s +1.00 s$", lines[#lines])
    end
  end)

  it("tell long tasks apart, and show what is idle", function()
    local lane = { label = "w", note = "n", spans = {
      { start = 0, stop = 0.25 }, { start = 0.25, stop = 0.5 }, { start = 0.75, stop = 1 } } }
    local expected = has_unicode and "w  ██▓▓  ██  n" or "w  ##==  ##  n"
    assert.equal(expected, chart.text({ lane }, 1, 14)[1])
  end)

  it("show by height how much of a column's time is filled", function()
    local lane = { label = "w", note = "", spans = { { start = 0, stop = 0.5 } } }
    assert.equal(has_unicode and "w  ▄" or "w  :", chart.text({ lane }, 1, 6)[1])
    lane.spans = {}
    assert.equal("w", chart.text({ lane }, 1, 6)[1])
  end)

  it("are a picture too", function()
    local svg = chart.svg(lanes_of(2, 3), 2)
    assert.matches("^<svg xmlns=", svg)
    assert.matches("</svg>\n$", svg)
    assert.equal(7, select(2, svg:gsub("<rect", "")))
    assert.equal(6, select(2, svg:gsub("<text", "")))
  end)

  it("that are high show how many there are at once", function()
    local lane = { label = "w", note = "n", height = 4, spans = {
      { start = 0, stop = 0.5 }, { start = 0, stop = 0.5 }, { start = 0, stop = 0.25 },
      { start = 0, stop = 0.25 }, { start = 0.75, stop = 0.76 } } }
    local expected = has_unicode and "w  ██▄▄  ▁   n" or "w  ##::  .   n"
    assert.equal(expected, chart.text({ lane }, 1, 14)[1])
    local svg = chart.svg({ lane }, 1)
    assert.equal(1, select(2, svg:gsub("<rect", "")))
    assert.matches('<path d="M90 96H90.00V76.00H90.00V56.00H90.00V36.00H90.00V16.00H', svg)
    assert.matches('V96.00Z" fill="var%(%-%-a%)"/>', svg)
  end)
end)

describe("exercise 5's server", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local clock = require("perilune.clock")
  local fetch = require("perilune.fetch")
  local server = dofile(FOLDER .. "/server.lua")
  local urls = dofile(FOLDER .. "/urls.lua")

  before_each(loop.remember)
  after_each(loop.check)

  it("answers URLs after a while, and tells what it was asked", function()
    local site <close> = assert(server.start({ latency = 0.02, size = 5 }))
    assert.same({}, site:requests())
    local began = clock.now()
    local results = fetch.all(urls.list(3, site.url), { concurrency = 2 })
    local ended = clock.now()
    for i, result in ipairs(results) do assert.equal("/moon", result.body, i) end
    local requests = site:requests()
    assert.equal(3, #requests)
    assert.equal(2, server.most(requests))
    assert.equal("/moon/3", requests[3].target)
    for _, request in ipairs(requests) do
      assert.equal(200, request.status)
      assert.is_true(request.came >= began and request.answered <= ended)
    end
    assert.same({}, site:requests())
  end)

  it("keeps its record however long nobody reads it", function()
    local site <close> = assert(server.start({ latency = 0 }))
    assert.equal(3000, fetch.all(urls.list(3000, site.url)).n)
    assert.equal(3000, #site:requests())
  end)

  it("ends when it is closed, twice over", function()
    local site = assert(server.start({}))
    site:close()
    site:close()
    assert.equal("connect", fetch.get(site.url, { proxy = "" }).error.code)
  end)

  it("ends with who has started it, whatever ended that", function()
    local code = ([[
      local site = assert(dofile(%q).start({}))
      print(site.url)
      io.stdout:flush()
      require("luv").kill(require("luv").os_getpid(), "sigkill")]]):format(FOLDER .. "/server.lua")
    local result = program.run({ "-e", code }, "/")
    assert.equal(128 + 9, result.code)
    local url, patience = result.out:match("^http:%S+"), clock.now() + 10
    repeat
      local answer = fetch.get(url, { proxy = "" })
    until answer.error or clock.now() > patience
    assert.is_false(fetch.get(url, { proxy = "" }).ok)
  end)

  it("counts two at once only where they overlap", function()
    local function most(...)
      local list = {}
      for i, times in ipairs({ ... }) do list[i] = { came = times[1], answered = times[2] } end
      return server.most(list)
    end
    assert.equal(0, most())
    assert.equal(1, most({ 0, 1 }, { 1, 2 }, { 2, 3 }))
    assert.equal(3, most({ 0, 4 }, { 1, 3 }, { 2, 5 }, { 4.5, 5 }))
  end)
end)
