--- The checks that read a saved profile and what is written about it.
local dkjson = require("dkjson")
local claims = require("perilune.lab.claims")
local files = require("perilune.lab.files")
local hotspots = require("perilune.lab.hotspots")
local judge = require("perilune.lab.judge")
local raw_profile = require("spec.host.raw_profile")

local SCRIPT <const> = "local function find() end\nlocal function search() end\n"
  .. "local function sum() end\nlocal function rank() end\nlocal function front() end\n"
  .. "local function parse() end\n"

--- Of 2 s, find has 0.8 (in search), sum 0.6 (in rank), table.insert 0.3 (in front).
local function described()
  return { "main chunk", 0.05, 1, kind = "main", line = 0,
    { "search", 0.02, 1, line = 2,
      { "find", 0.7, 50, line = 1, { "ipairs", 0.1, 50, kind = "C" } } },
    { "rank", 0.03, 1, line = 4, { "sum", 0.6, 20, line = 3 } },
    { "front", 0.01, 1, line = 5, { "table.insert", 0.29, 40, kind = "C" } },
    { "table.sort", 0.05, 1, kind = "C", { "parse", 0.1, 9000, line = 6,
      { "type", 0.05, 9000, kind = "C" } } },
  }
end

local function profile_of(raw)
  return { functions = raw.functions, nodes = raw.nodes, script = raw.script }
end

local function spots_of(...) return hotspots.of(profile_of(raw_profile("dir/app.lua", "", ...))) end

local function near(expected, got) assert.near(expected, got, 1e-9) end

describe("hot functions", function()
  local spots

  setup(function() spots = spots_of(described()) end)

  it("are ordered by what they and their C functions did", function()
    local names = {}
    for i, spot in ipairs(spots.list) do names[i] = spot.name end
    assert.same({ "find", "sum", "front", "parse", "rank", "search" }, names)
    near(2, spots.seconds)
  end)

  it("have the time of C functions as their own, and no Lua function's", function()
    near(0.7, spots.named.find.self)
    near(0.8, spots.named.find.own)
    near(0.02, spots.named.search.own)
    near(0.82, spots.named.search.total)
    near(0.05, spots.named["table.sort"].self)
    near(0.15, spots.named.parse.own)
  end)

  it("leave a callback's time to the callback", function()
    near(0.1, spots.named["main chunk"].own)
  end)

  it("count a recursion once", function()
    local recursive = spots_of({ "main chunk", 0, 1, kind = "main", line = 0,
      { "walk", 1, 1, line = 1, { "walk", 2, 1, line = 1, { "visit", 4, 1, line = 2 } } } })
    near(7, recursive.named.walk.total)
    near(3, recursive.named.walk.own)
  end)

  it("are two, and those that come near the second", function()
    local function hottest(second, third)
      return #spots_of({ "main chunk", 0, 1, kind = "main", line = 0, { "a", 5, 1, line = 1 },
        { "b", second, 1, line = 2 }, { "c", third, 1, line = 3 } }):hottest()
    end
    assert.equal(2, hottest(2, 1))
    assert.equal(3, hottest(2, 1.9))
  end)

  it("may be one", function()
    local one = spots_of({ "main chunk", 0, 1, kind = "main", line = 0, { "a", 5, 1, line = 1 } })
    assert.equal(1, #one:hottest())
  end)

  it("are meant by their callers and by the C functions that work for them", function()
    local function means(name, hot)
      return hotspots.stands_for(spots.named[name], spots.named[hot])
    end
    assert.is_true(means("find", "find"))
    assert.is_true(means("search", "find"))
    assert.is_true(means("table.insert", "front"))
    assert.is_false(means("ipairs", "find"))
    assert.is_false(means("find", "search"))
    assert.is_false(means("rank", "find"))
    assert.is_false(means("main chunk", "find"))
  end)
end)

describe("functions named in a text", function()
  local spots

  setup(function() spots = spots_of(described()) end)

  local function read(text)
    local found = {}
    for i, claim in ipairs(claims.read({ text = text, line = 10 }, spots)) do
      found[i] = ("%d %s"):format(claim.line, claim.spot.name)
    end
    return table.concat(found, ", ")
  end

  it("may stand bare, as code, with their line, or as the line alone", function()
    assert.equal("10 find, 11 sum, 12 rank, 13 parse",
      read("1. find: 40 %\n2. `sum` (app.lua:3), 30 %\n- rank()\n* app.lua:6"))
  end)

  it("may be C functions; one without a dot must look like code", function()
    assert.equal("10 table.insert", read("table.insert moves the list"))
    assert.equal("", read("of this type there are many"))
    assert.equal("10 type, 11 type", read("`type` of it\ntype(x)"))
  end)

  it("are the first of each line", function()
    assert.equal("10 find, 11 sum", read("find, called by search: 40 %\nsum, by rank"))
  end)

  it("are several on a line when each has its figure", function()
    assert.equal("10 find, 10 sum", read("find (40 %) and sum (30 %)"))
    assert.equal("10 find", read("find (40 %), which search calls 50 times"))
  end)

  it("go on in indented lines", function()
    local text = "1. find\n   called by search, 40 %\n2. sum\n   0.6 s"
    assert.equal("10 find, 12 sum", read(text))
    assert.truthy(claims.read({ text = text, line = 1 }, spots)[1].text:find("40 %", 1, true))
  end)

  it("may be rows of a table", function()
    assert.equal("12 find, 13 sum",
      read("| what | share |\n|---|---|\n| `find` | 40 % |\n| `sum` | 30 % |"))
  end)

  it("may include the main chunk", function()
    assert.equal("10 main chunk", read("The main chunk"))
    assert.equal("", read("The main reason"))
  end)
end)

local PROFILE <const> = { name = "profile", label = "profile", kind = "profile",
  profile = "app.profile.json", script = "app.lua", command = "profile it",
  calls = { { "find", 50 }, { "front", 1 } } }
local BOTTLENECKS <const> = { name = "bottlenecks", label = "bottlenecks", kind = "bottlenecks",
  profile = "profile", heading = "Bottlenecks", needs = { "profile" } }
local SHARES <const> = { name = "shares", label = "shares", kind = "shares", profile = "profile",
  bottlenecks = "bottlenecks", heading = "Run time", tolerance = 1.25, run_tolerance = 1.5,
  needs = { "bottlenecks" } }

describe("answers about a profile", function()
  local folder

  before_each(function()
    folder = files.scratch()
    assert(files.write(folder .. "/app.lua", SCRIPT))
  end)
  after_each(function() files.remove_tree(folder) end)

  local function run(text)
    assert(files.write(folder .. "/answers.md", text or ""))
    local exercise = {
      number = 7, name = "app", folder = folder, title = "App", solution = "answers.md",
      functions = {}, checks = { PROFILE, BOTTLENECKS, SHARES }, hints = {},
    }
    return judge.run(exercise, folder .. "/answers.md", { seed = 1 }).results
  end

  local function save(text) assert(files.write(folder .. "/app.profile.json", text)) end

  local function record(change)
    local raw = raw_profile("some where/app.lua", files.hash(SCRIPT), described())
    if change then change(raw) end
    save(dkjson.encode(raw))
  end

  local function fails(result, detail)
    assert.equal(detail, result.detail)
    assert.equal("fail", result.status)
  end

  it("have a hash that other programs compute as well", function()
    assert.equal("fnv1a:cbf29ce484222325", files.hash(""))
    assert.equal("fnv1a:85944171f73967e8", files.hash("foobar"))
  end)

  describe("need a profile that", function()
    local function refused(detail)
      local result = run()[1]
      fails(result, detail)
      assert.same({ "profile it" }, result.notes)
    end

    it("is of the script and whole", function()
      record()
      local result = run()[1]
      assert.equal("pass", result.status)
      assert.equal("of the given script: 2.00 s in 6 Lua functions; each call was recorded",
        result.detail)
    end)

    it("is there", function() refused("there is no app.profile.json beside answers.md") end)

    it("is not empty", function()
      save("")
      refused("app.profile.json is empty")
    end)

    it("is not something else", function()
      save('{"results": []}')
      refused("app.profile.json cannot be read: no profile of perilune's json format")
    end)

    it("is not cut off", function()
      save('{"format": "perilune-profile", "version": 1,')
      local result = run()[1]
      assert.equal("fail", result.status)
      assert.truthy(result.detail:find("^app%.profile%.json cannot be read: no JSON: %C+$"))
    end)

    it("has times", function()
      record(function(raw) raw.mode = "memory" end)
      refused("app.profile.json is a profile of memory; times are asked")
    end)

    it("is of that script", function()
      record(function(raw) raw.script.path = "x/other.lua" end)
      refused("app.profile.json is a profile of other.lua, not of app.lua")
    end)

    it("tells its script", function()
      record(function(raw) raw.script = nil end)
      refused("app.profile.json does not tell which script it is of")
    end)

    it("is of the script as it was given", function()
      record(function(raw) raw.script.hash = files.hash("print(1)") end)
      refused("app.profile.json is a profile of another app.lua than the given one")
    end)

    it("is of a run that came to its end", function()
      record(function(raw)
        for i, fn in ipairs(raw.nodes["function"]) do
          if raw.functions[fn].name == "front" then raw.nodes.calls[i] = 0 end
        end
      end)
      refused("app.profile.json is of no whole run: front was called never, not once")
    end)

    it("holds functions of the script", function()
      record(function(raw)
        for _, fn in ipairs(raw.functions) do fn.source = "@else.lua" end
      end)
      refused("app.profile.json holds no function of app.lua")
    end)

    it("has samples enough, when they were taken", function()
      local function sampled(samples)
        return function(raw)
          raw.mode, raw.samples, raw.interval = "sample", samples, 0.001
          for i in ipairs(raw.nodes.calls) do raw.nodes.calls[i] = 0 end
        end
      end
      record(sampled(12))
      refused("app.profile.json has only 12 samples; 100 are needed")
      record(sampled(2000))
      assert.equal("of the given script: 2.00 s in 6 Lua functions; 2,000 samples", run()[1].detail)
    end)
  end)

  describe("name two functions, which", function()
    local function named(text)
      record()
      return run("# A\n\n## Bottlenecks\n" .. text)[2]
    end

    it("hold most of the time", function()
      local result = named("1. `find` 40 %\n2. `sum` 30 %\n")
      assert.equal("pass", result.status)
      assert.equal("find 40 %, sum 30 %: together 70 % of 2.00 s", result.detail)
    end)

    it("may be their callers", function()
      assert.equal("rank (its sum) 30 %, search (its find) 40 %: together 70 % of 2.00 s",
        named("rank\nsearch").detail)
    end)

    it("may have others behind them", function()
      assert.equal("pass", named("find\nsum\nfront\nparse").status)
    end)

    it("stand first", function()
      fails(named("find\n\nfront: 15 %\nsum"),
        "answers.md:6: front did 15 % of the work itself, and two others more")
    end)

    it("are none of the library's", function()
      fails(named("table.insert\nsum"),
        "answers.md:4: table.insert is a C function, whose work counts for its callers: "
          .. "see --callers")
    end)

    it("are not those that are called most", function()
      fails(named("parse\nfind"),
        "answers.md:4: parse did 7.5 % of the work itself, and two others more")
    end)

    it("are not the main chunk", function()
      fails(named("the main chunk\nfind"), "answers.md:4: the main chunk is the whole script; "
        .. "name the functions that it calls")
    end)

    it("are two", function()
      fails(named("find: 40 %"),
        "answers.md:4: find is the only function named; two are asked, each on its own line")
    end)

    it("are two bottlenecks", function()
      fails(named("find\nsearch"),
        "answers.md:5: find and search are one bottleneck: name another")
    end)

    it("are there", function()
      fails(named("the loop that takes long"),
        'answers.md:4: no function of the profile is named: "the loop that takes long"')
      fails(named("<!-- here -->"), "answers.md:3: 'Bottlenecks' is not filled in")
    end)
  end)

  describe("have figures that", function()
    local function figures(run_time, find, sum)
      record()
      local text = "## Run time\n%s\n## Bottlenecks\nfind %s\nsum %s\n"
      return run(text:format(run_time, find, sum))[3]
    end

    it("agree with the profile", function()
      local result = figures("2.1 s", "40 %", "0.6 s")
      assert.equal("pass", result.status)
      assert.equal("run time 2.10 s, and 2 functions as in the profile", result.detail)
    end)

    it("may be of the function itself, with its C functions, or in all", function()
      for _, share in ipairs({ "35 %", "40 %", "0.7 s", "800 ms", "0,8 s, 40 percent" }) do
        assert.equal("pass", figures("2 s", share, "30 %").status)
      end
    end)

    it("may be rounded", function()
      assert.equal("pass", figures("about 2 s", "0.8 s (roughly 40 %)", "a third, 33 %").status)
    end)

    it("have a share or a time for each", function()
      fails(figures("2 s", "40 %", "a lot"), "answers.md:5: no share (%) or time (s, ms) for sum")
    end)

    it("have a run time", function()
      fails(figures("two seconds", "40 %", "30 %"),
        "answers.md:2: no time with a unit (s, ms) under 'Run time': \"two seconds\"")
    end)

    it("have the run time of the profile", function()
      fails(figures("4 s", "40 %", "30 %"),
        "answers.md:2: run time 4.00 s; the profiled run took 2.00 s")
      fails(figures("1 s", "40 %", "30 %"),
        "answers.md:2: run time 1.00 s; the profiled run took 2.00 s")
    end)

    it("have the profile's shares", function()
      fails(figures("2 s", "80 %", "30 %"),
        "answers.md:4: 80 % for find; the profile says 40 % itself, 40 % in all")
    end)

    it("have the profile's times", function()
      fails(figures("2 s", "40 %", "0.3 s"),
        "answers.md:5: 300 ms for sum; the profile says 600 ms itself, 600 ms in all")
    end)

    it("agree with each other", function()
      fails(figures("2.9 s", "35 %, 0.7 s", "37 %, 0.48 s"),
        "answers.md:5: 480 ms is 16.6 % of the run time 2.90 s, not 37 %")
    end)

    it("are all told when several are wrong", function()
      local result = figures("9 s", "90 %", "1 %")
      assert.equal(2, #result.notes)
    end)
  end)
end)
