--- Exercise 5 as a student meets it, with numbers that take a fifth of the time, and few URLs.
local dkjson = require("dkjson")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local shorter = require("spec.cli.shorter")
local texts = require("spec.cli.texts")

local has = texts.has

local FOLDER <const> = exercises .. "/05-concurrency"
local server = dofile(FOLDER .. "/server.lua")

describe("exercise 5 #course", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder, own, variables

  --- Runs in the student's own folder.
  local function run(...) return program.run({ ... }, own, variables) end

  local function above(...) return program.run({ ... }, folder, variables) end

  before_each(function()
    folder = program.folder()
    own = folder .. "/05-concurrency"
    variables = { PERILUNE_EXERCISES = shorter(folder), LC_ALL = "C.UTF-8" }
    assert.equal(0, above("start", "5").code)
  end)
  after_each(function() program.remove(folder) end)

  local function solve(...) texts.solve(FOLDER, own, ...) end

  --- Changes one place of a file of the student's.
  local function change(name, old, new)
    local text, count = files.read(own .. "/" .. name):gsub(old, new)
    assert.equal(1, count, name)
    assert(files.write(own .. "/" .. name, text))
  end

  it("starts with what its page names", function()
    for _, name in ipairs({ "README.md", "answers.md", "solution.lua", "solution_spec.lua",
      "naive.lua", "numbers.lua", "urls.lua", "lanes.lua", "flight.lua", "chart.lua",
      "server.lua" }) do
      assert.equal("file", files.kind(own .. "/" .. name), name)
    end
    assert.is_nil(files.kind(own .. "/judge"))
    has(above("list").out, "Concurrency", "started", "perilune watch 5")
  end)

  it("fails as it is started, and says where to begin", function()
    local result = run("check")
    assert.equal(1, result.code)
    has(result.out, "ok    solution ", "FAIL  factor_all ", "solution.lua:10:",
      "factor_all is not written yet", "FAIL  fetch_all ", "solution.lua:26: fetch_all is not",
      "wait  at work at once", "next: write it")
  end)

  it("shows commands that work", function()
    solve("solution.lua")
    local list, printed = texts.commands(FOLDER), {}
    assert.equal(6, #list)
    local site <close> = assert(server.start({ latency = 0.01 }))
    change("urls.lua", "http://127%.0%.0%.1:8080/", site.url)
    for i, arguments in ipairs(list) do
      local result = run(table.unpack(arguments))
      assert.equal("", result.err)
      printed[i] = result.out
    end
    assert.matches("^549755813888\t39\t%S+\n999999000001\t1\t%S+\n999966000289\t2\t", printed[1])
    assert.equal(100, select(2, printed[2]:gsub("%d+\t[%d ]+\n", "")))
    assert.matches("^[%d.e-]+\t[%d.e-]+\n$", printed[3])
    assert.matches("^pool\t%S+\nloop\t%S+\n$", printed[4])
    assert.equal("1\t/moon/1\n\n2\t/moon/2\n\n3\tfalse\n4\t/moon/4\n\n5\t/moon/5\n\n", printed[5])
    assert.matches("^1\t%S+\t%S+\n10\t%S+\t%S+\n100\t%S+\t%S+\n$", printed[6])
  end)

  it("draws who did what when", function()
    solve("solution.lua")
    local result = run("lanes.lua", "2", "lanes.svg")
    assert.equal("", result.err)
    has(result.out, "100 numbers, 2 workers\n", "\none after another ", "\npooled ", "\nspeed-up ",
      "\nno pool   █", "\nworker 1 ", "\nworker 2 ", "█")
    local tasks = 0
    for count in result.out:gmatch(" (%d+) tasks ") do tasks = tasks + tonumber(count) end
    assert.equal(100, tasks)
    for line in result.out:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 80, line) end
    assert.matches("^<svg ", files.read(own .. "/lanes.svg"))
    has(run("--impl", "script", "lanes.lua", "2").out, "\nworker 1 ", " 100 tasks ")
  end)

  it("draws how many requests were in flight when, whatever proxy there is", function()
    solve("solution.lua")
    change("urls.lua", "count = 100", "count = 30")
    change("urls.lua", "latency = 0.05", "latency = 0.01")
    variables.http_proxy = "http://127.0.0.1:1"
    local result = run("flight.lua", "10", "flight.svg")
    assert.equal("", result.err)
    has(result.out, "30 URLs, each answered after 10 ms; up to 10 requests in flight\n",
      "\nideal            0.030 s\n", "\nspeed-up ", "\none by one ", " ▁▁▁▁▁", "  most   1\n",
      "\nat once     ", "  most  10\n")
    assert.matches("\none by one +%S+ s +%S+ ms +1\n", result.out)
    assert.matches("\nat once +%S+ s +%S+ ms +10\n", result.out)
    for line in result.out:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 80, line) end
    assert.matches("^<svg .*<path ", files.read(own .. "/flight.svg"))
  end)

  it("says how it is drawn where it is asked for none, or for words", function()
    solve("solution.lua")
    for _, how in ipairs { "lanes.lua [WORKERS", "flight.lua [IN_FLIGHT" } do
      for _, count in ipairs { "0", "x", "1.5" } do
        local result = run(how:match("%S+"), count)
        assert.same({ "", 2 }, { result.out, result.code })
        has(result.err, "usage: perilune " .. how)
      end
    end
  end)

  it("tells of bodies that are missing or differ", function()
    solve("solution.lua")
    change("urls.lua", "count = 100", "count = 3")
    assert(files.write(own .. "/solution.lua", files.read(own .. "/solution.lua")
      :gsub("in ipairs%(fetch.all%(urls", "in ipairs(fetch.all({ urls[1] }")))
    has(run("flight.lua", "2").out, "The bodies are not the same.", "2 of 3 have no body.")
  end)

  it("is judged beside a proxy that takes no requests", function()
    solve("solution.lua", "answers.md")
    variables.http_proxy, variables.all_proxy = "http://127.0.0.1:1", "http://127.0.0.1:1"
    local result = run("check")
    assert.equal("", result.err)
    has(result.out, "ok    fetch_all ", "ok    fetch_all_concurrent ", "ok    in flight at once ",
      "ok    failures ", "ok    figures, fetching ", "ok    which for which ", "read  summary ")
    assert.is_nil(result.out:find("FAIL", 1, true), result.out)
  end)

  it("draws nothing of a pool that nobody uses", function()
    assert(files.write(own .. "/solution.lua", [[
      local function none(numbers) local l = {} for i = 1, #numbers do l[i] = {} end return l end
      return { factor_all = none, factor_all_pooled = function() return {} end }]]))
    has(run("lanes.lua").out, "factor_all_pooled gave no task to a pool of perilune.pool.")
  end)

  it("compares naive, the student's, script and native, of both kinds of work", function()
    solve("solution.lua")
    local result = above("compare", "5", "--json")
    assert.equal(0, result.code)
    local compared = dkjson.decode(result.out)
    assert.equal(2, #compared)
    for part, each in ipairs(compared) do
      local names = {}
      for i, row in ipairs(each.rows) do
        names[i] = row.name
        assert.is_number(row.seconds)
        assert.is_number(row.cpu)
        assert.equal(part == 2 and i == 1, row.from ~= nil)
      end
      assert.same({ "naive", "yours", "script", "native" }, names)
    end
  end)

  it("is shown by the demonstration", function()
    variables.TMPDIR = folder
    local result = above("demo", "5")
    assert.equal("", result.err)
    has(result.out, "10 numbers up to 1e12, a worker for each processor, median wall time of 5",
      "wall time       CPU time       vs naive      vs script", "\n  naive ", "\n  script ",
      "\n  native ", "10 URLs that are answered after 10 ms, all at once, median wall time of 5",
      "extrapolated as n from", "ok    at work at once", "ok    CPU time",
      "ok    in flight at once", "ok    failures", "ok    which for which", "2 for a reader",
      "perilune start 5")
  end)

  it("has tests to begin with, which the worked solution passes", function()
    solve("solution.lua")
    local result = run("test")
    has(result.out, "5 of 5 passed")
    assert.equal(0, result.code)
  end)
end)
