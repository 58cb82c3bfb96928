--- The slow script and its repairs print the same; what a student writes about it is judged by the
--- reference's own profile.
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local repairs = require("perilune.lab.repairs")

local FOLDER <const> = exercises .. "/01-profiling"
local REFERENCE <const> = FOLDER .. "/reference"

local entry = { number = 1, name = "profiling", id = "01-profiling", folder = FOLDER }
local exercise = manifest.load(entry)
local orders = dofile(FOLDER .. "/orders.lua")
local run = dofile(FOLDER .. "/run.lua").run

local function versions()
  local own = "01-profiling/" .. exercise.compare.own
  return repairs.versions(exercise, files.kind(own) and own or nil)
end

--- A version's output on the data in a folder.
local function print_of(version, folder)
  return run(version.text, folder .. "/slow_script.lua", version.file)
end

describe("orders.csv", function()
  it("is what its generator makes", function()
    assert.equal(files.read(FOLDER .. "/orders.csv"), orders(9000))
  end)

  it("may be made longer, shorter or otherwise", function()
    local _, lines = orders(20):gsub("\n", "")
    assert.equal(21, lines)
    assert.not_equal(orders(20), orders(20, 2))
  end)
end)

describe("the script", function()
  local folder, given

  setup(function()
    folder = files.scratch()
    given = versions()[1]
    assert(files.write(folder .. "/orders.csv", orders(400, 7)))
  end)
  teardown(function() files.remove_tree(folder) end)

  --- The orders of that file, each once, found without the script.
  local function expected()
    local kept, cents, ledger = {}, 0, 0
    for id, rest in files.read(folder .. "/orders.csv"):gmatch("(%d+),(2025[^\n]+)") do
      local customer, quantity, price = rest:match("(C%d+),(%d+),(%d+)")
      if not kept[id] then
        kept[id], kept[#kept + 1] = true, id
        cents = cents + quantity * price
        ledger = ledger + #("2025-01-01 %s %s %s x %.2f\n"):format(
          id, customer, quantity, price / 100)
      end
    end
    return #kept, cents, ledger
  end

  it("reports each order once", function()
    local count, cents, ledger = expected()
    local printed = print_of(given, folder)
    assert.equal(("%d orders, %.2f in all"):format(count, cents / 100), printed:match("^[^\n]*"))
    assert.equal(ledger, tonumber(printed:match("Ledger: (%d+) bytes")))
  end)

  it("ranks the customers and lists the latest orders", function()
    local printed, before = print_of(given, folder), math.huge
    local ranking = printed:match("Best customers\n(.-)Latest")
    for spent in ranking:gmatch("C%d+ +([%d.]+)") do
      assert.is_true(tonumber(spent) <= before)
      before = tonumber(spent)
    end
    local latest, previous = printed:match("Latest orders\n(.-)Orders by"), "9999"
    for date in latest:gmatch("%d+-%d+-%d+") do
      assert.is_true(date <= previous)
      previous = date
    end
  end)

  for i, version in ipairs(versions()) do
    if i > 1 then
      it(("prints the same with: %s"):format(version.name), function()
        assert.equal(print_of(given, folder), print_of(version, folder))
      end)
    end
  end

  --- Calls by the name of a local function of the given script, or of table.insert.
  local function calls_of(version, data)
    local counts, names, number = { ["table.insert"] = 0 }, {}, 0
    for line in version.text:gmatch("([^\n]*)\n") do
      number = number + 1
      names[number] = line:match("^local function ([%w_]+)")
      counts[names[number] or ""] = 0
    end
    debug.sethook(function()
      local info = debug.getinfo(2, "Sf")
      local name = info.func == table.insert and "table.insert"
        or info.source == "@" .. version.file and names[info.linedefined] or ""
      counts[name] = (counts[name] or 0) + 1
    end, "c")
    print_of(version, data)
    debug.sethook()
    return counts
  end

  it("makes fewer calls with each repair", function()
    local kept = expected()
    local function calls(name, fn)
      for _, version in ipairs(versions()) do
        if version.name == name then return calls_of(version, folder)[fn] end
      end
    end
    assert.equal(400, calls_of(given, folder).contains)
    assert.equal(0, calls("a set, not a list", "contains"))
    assert.equal(2, calls("the sum once", "revenue"))
    assert.equal(kept, calls("dates parsed once", "parse_date"))
    assert.equal(kept, calls_of(given, folder)["table.insert"])
    assert.equal(0, calls("filled from the end", "table.insert"))
  end)

  it("is repaired in five places", function()
    local given_text, text = given.text, given.text
    local list = dofile(REFERENCE .. "/repairs.lua")
    assert.equal(5, #list)
    for _, repair in ipairs(list) do
      text = repairs.apply(text, files.read(REFERENCE .. "/fast_script.lua"), repair["function"])
    end
    assert.equal(print_of(given, folder), print_of({ text = text, file = "x.lua" }, folder))
    assert.not_equal(given_text, text)
  end)
end)

describe("finding each order once #core", function()
  for _, name in ipairs({ "list", "table", "script", "native" }) do
    it("keeps the first of each with: " .. name, function()
      local find = dofile(("%s/core/%s.lua"):format(REFERENCE, name)).without_repeats
      assert.same({}, find({}))
      assert.same({ "b", "a", "c" }, find({ "b", "a", "b", "c", "a" }))
      local list = exercise.compare.core.generate(500, 3)
      assert.same(exercise.compare.core.expected(list), find(list))
    end)
  end
end)

describe("answers to exercise 1", function()
  local folder

  before_each(function()
    folder = assert(files.scratch()) .. "/with a blank"
    assert(files.make_folder(folder))
  end)
  after_each(function() files.remove_tree(files.folder(folder)) end)

  local function copy(name)
    assert(files.write(folder .. "/" .. name, assert(files.read(REFERENCE .. "/" .. name))))
  end

  local function judged() return judge.run(exercise, folder .. "/answers.md", { seed = 1 }) end

  --- The reference's answers with each text replaced by another.
  local function change(changes)
    local text = assert(files.read(REFERENCE .. "/answers.md"))
    for old, new in pairs(changes) do
      local first, last = text:find(old, 1, true)
      text = text:sub(1, assert(first, old) - 1) .. new .. text:sub(last + 1)
    end
    assert(files.write(folder .. "/answers.md", text))
    copy("slow.profile.json")
  end

  local function statuses(report)
    local list = {}
    for i, result in ipairs(report.results) do list[i] = result.status end
    return table.concat(list, " ")
  end

  it("pass as the reference gives them", function()
    local report = judge.run(exercise, REFERENCE .. "/answers.md", { seed = 1 })
    assert.equal("pass pass pass reader", statuses(report))
    assert.equal("passed", report.verdict)
  end)

  it("need a profile", function()
    copy("answers.md")
    assert.equal("fail wait wait wait", statuses(judged()))
  end)

  it("are not there at the start", function()
    assert(files.write(folder .. "/answers.md", files.read(FOLDER .. "/starter/answers.md")))
    copy("slow.profile.json")
    local report = judged()
    assert.equal("pass fail wait wait", statuses(report))
    assert.truthy(report.results[2].detail:find("'Bottlenecks' is not filled in", 1, true))
  end)

  it("may name the callers of what is slow", function()
    change({ ["`contains` (slow_script.lua:25)"] = "drop_repeated",
      ["`revenue` (slow_script.lua:62)"] = "rank_customers" })
    assert.equal("pass pass pass reader", statuses(judged()))
  end)

  it("may name a function by its line alone", function()
    change({ ["`contains` (slow_script.lua:25)"] = "slow_script.lua:25" })
    assert.equal("pass pass pass reader", statuses(judged()))
  end)

  it("fail with what is called most, or looks worst", function()
    for _, name in ipairs({ "`tonumber`", "string.byte", "control_sum", "parse_date", "earlier",
      "ledger_text", "weekday_grid", "newest_first", "table.insert" }) do
      change({ ["`revenue` (slow_script.lua:62)"] = name })
      local report = judged()
      assert.equal("pass fail wait wait", statuses(report))
      assert.truthy(report.results[2].detail:find("^answers.md:8: "), report.results[2].detail)
    end
  end)

  it("fail with figures that are twice too large", function()
    change({ ["0.61 s, 40 %"] = "1.22 s, 80 %" })
    assert.equal("pass pass fail reader", statuses(judged()))
    change({ ["1.53 s"] = "3.1 s" })
    assert.equal("pass pass fail reader", statuses(judged()))
  end)

  it("fail with too few sentences", function()
    change({ ["four times as many when the file is twice as long. `revenue`"] = "and revenue",
      ["each time. One call"] = "each time; one call" })
    local report = judged()
    assert.equal("pass pass pass fail", statuses(report))
    assert.equal("answers.md:12: 1 sentence under 'Why'; 3 to 4 are asked",
      report.results[4].detail)
  end)
end)
