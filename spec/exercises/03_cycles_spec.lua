--- The reference passes on both versions of the graph, and naive fails where a collector is needed;
--- what is wrong fails at the right criterion, with a message that says why.
local criteria = require("spec.exercises.criteria")
local files = require("perilune.lab.files")
local format = require("perilune.format")
local judge = require("perilune.lab.judge")

local exercise3 = criteria.of(3, "cycles")
local fails, passes = criteria.fails, criteria.passes
local FOLDER <const>, REFERENCE <const> = exercise3.folder, exercise3.reference
local SEED <const> = exercise3.seed

local cases = dofile(FOLDER .. "/judge/cases.lua")
local made = dofile(FOLDER .. "/judge/made.lua")
local freed = dofile(FOLDER .. "/judge/freed.lua")

--- A driver that runs here, without a child, on a version of the graph.
local function drive(graph, solution)
  local loaded = package.loaded["perilune.graph"]
  package.loaded["perilune.graph"] = graph
  local driver = dofile(FOLDER .. "/judge/driver.lua")(solution)
  package.loaded["perilune.graph"] = loaded
  return driver
end

--- Whose functions are judged: also the student's, $PERILUNE_SOLUTION or what is started here.
local function solutions()
  local list = { reference = REFERENCE .. "/solution.lua" }
  local own = os.getenv("PERILUNE_SOLUTION") or "03-cycles/solution.lua"
  list.own = files.kind(own) and dofile(own).make_cycles and own or nil
  return list
end

--- The first problem with a function on all plans.
local function problem_of(driver, name, plans)
  for _, plan in ipairs(plans) do
    local problem = freed.problem(name, plan, driver[name](plan), format)
    if problem then return ("%s: %s"):format(plan.label, problem.detail) end
  end
end

for name, file in pairs(solutions()) do
  for _, kind in ipairs({ "script", "native" }) do
    describe(("exercise 3's %s on #%s"):format(name, kind), function()
      local driver

      setup(function()
        driver = drive(require(("perilune.%s.graph"):format(kind)), dofile(file))
      end)

      it("makes cycles that outlive their release", function()
        for _, asked in ipairs(cases.to_make(SEED)) do
          local report = driver.make(asked.n, asked.size, asked.bytes)
          local problem = made.problem(asked, report, format)
          assert.is_nil(problem and problem.detail)
        end
      end)

      it("collects", function()
        assert.is_nil(problem_of(driver, "collect", cases.to_free(SEED)))
        assert.is_nil(problem_of(driver, "collect", cases.heavy(SEED)))
      end)

      it("breaks without a collection", function()
        assert.is_nil(problem_of(driver, "break_cycles", cases.to_free(SEED)))
        assert.is_nil(problem_of(driver, "break_cycles", cases.heavy(SEED)))
      end)
    end)
  end
end

describe("naive", function()
  local naive = dofile(FOLDER .. "/naive.lua")
  local script = require("perilune.script.graph")

  it("frees broken cycles, and cannot collect", function()
    local driver = drive(naive, dofile(REFERENCE .. "/solution.lua"))
    assert.equal("a pair: collect ran no collection: g:collect() is what frees cycles",
      problem_of(driver, "collect", cases.to_free(SEED)))
    assert.is_nil(problem_of(driver, "break_cycles", cases.to_free(SEED)))
    assert.same({ made = 20, freed = 0, left = 20 }, driver.leak(4, 5, 10))
  end)

  it("lets a long chain die", function()
    local g = naive.new()
    local first = g:node()
    local last = first
    for _ = 2, 100000 do
      local node = g:node()
      g:link(last, node)
      g:release(node)
      last = node
    end
    g:release(first)
    assert.equal(0, g:count())
  end)

  --- What a call raises, with the line of ours that is blamed.
  local function blames(message, fn)
    local ok, raised = pcall(fn)
    assert.is_false(ok)
    assert.truthy(raised:find("03_cycles_spec%.lua:%d+: " .. message .. "$"), raised)
  end

  it("names the caller's mistakes", function()
    local g = naive.new()
    local a, b = g:node(), g:node()
    g:link(a, b)
    g:release(b)
    blames("node 2 has no handle", function() g:release(b) end)
    assert.is_false(g:unlink(b, a))
    assert.is_true(g:unlink(a, b))
    assert.is_false(g:alive(b))
    blames("2 is no live node", function() g:link(a, b) end)
  end)

  local MOVES <const> = {
    function(g, a, b) g:link(a, b) end,
    function(g, a, b) g:unlink(a, b) end,
    function(g, a) g:clear(a) end,
    function(g, a) g:retain(a) end,
    function(g, a) pcall(g.release, g, a) end,
  }

  --- Makes a move on nodes i and j of a graph, or new ones where they are dead.
  local function move(g, nodes, make, i, j)
    for _, k in ipairs({ i, j }) do
      if not nodes[k] or not g:alive(nodes[k]) then nodes[k] = g:node() end
    end
    make(g, nodes[i], nodes[j])
  end

  --- References of each node, false for a dead one.
  local function counts(g, nodes)
    local list = {}
    for i, node in pairs(nodes) do list[i] = g:alive(node) and g:refcount(node) end
    return list
  end

  it("counts as the script version does", function()
    local seed = os.time()
    math.randomseed(seed)
    local one, other = naive.new(), script.new({ auto = false })
    local nodes, others = {}, {}
    for i = 1, 1000 do
      local make, a, b = MOVES[math.random(#MOVES)], math.random(20), math.random(20)
      move(one, nodes, make, a, b)
      move(other, others, make, a, b)
      assert.same(counts(other, others), counts(one, nodes), ("seed %d, move %d"):format(seed, i))
    end
    assert.equal(other:count(), one:count())
    assert.is_true(one:count() > 0)
  end)
end)

describe("plain tables", function()
  local tables = dofile(FOLDER .. "/tables.lua")

  for _, mode in ipairs({ "incremental", "generational" }) do
    it("are freed in cycles in the mode: " .. mode, function()
      local before = collectgarbage("incremental")
      local found = tables.measure(mode, 50, 4, 1000)
      assert.equal("incremental", collectgarbage(before))
      assert.equal(200, found.full.made)
      assert.equal(0, found.full.left)
      assert.is_true(found.full.held > 200 * 1000)
      assert.is_true(found.full.freed > 200 * 1000)
      assert.equal(200, found.finalized.called)
      assert.equal(0, found.finalized.weak)
      assert.is_true(found.finalized.first < 10 * 1000)
      assert.is_true(found.finalized.second > 200 * 1000)
    end)
  end

  it("that are old are not freed by young collections", function()
    local found = tables.measure("generational", 50, 4, 10)
    assert.equal(1, found.young)
    assert.equal(found.patience, found.old)
  end)
end)

describe("exercise 3", function()
  before_each(function() exercise3:open() end)
  after_each(function() exercise3:close() end)

  it("passes its worked solution, and a reader decides the rest", function()
    local judged = judge.run(exercise3.exercise, REFERENCE .. "/solution.lua", { seed = SEED })
    for _, result in ipairs(judged.results) do
      local expected = result.name == "why" and "reader" or "pass"
      assert.equal(expected, result.status, result.name .. ": " .. result.detail)
    end
    assert.truthy(judged.results[3].detail:find("naive leaves 10,000 of them", 1, true))
  end)

  it("is not solved by its starter, nor by naive", function()
    local judged = judge.run(exercise3.exercise, FOLDER .. "/starter/solution.lua", { seed = SEED })
    assert.equal(1, judged.counts.pass)
    fails("make_cycles is not written yet", judged.results[2])
    fails("collect is not written yet: a graph of 2 nodes", judged.results[4])
    fails("break_cycles is not written yet: a graph of 2 nodes", judged.results[6])
    judged = judge.run(exercise3.exercise, FOLDER .. "/naive.lua", { seed = SEED })
    assert.equal(#judged.results - 1, judged.counts.wait)
    fails("returns no function make_cycles (it returns: new)", judged.results[1])
  end)

  describe("answers.md", function()
    local MEASURES <const> = {
      leak = { nodes = 10000, freed = 0 }, collect_memory = { cycles = 1000, fell = 10.2 * 2 ^ 20 },
      break_memory = { fell = 10.1 * 2 ^ 20, collections = 0 },
      tables = { held = 11.3 * 2 ^ 20, left = 0, called = 10000 },
    }

    --- The figures' result for the reference's answers with one text replaced.
    local function figures(old, new)
      local text = assert(files.read(REFERENCE .. "/answers.md"))
      local first, last = text:find(old, 1, true)
      exercise3:write("answers.md", text:sub(1, assert(first) - 1) .. new .. text:sub(last + 1))
      local alone = exercise3:only("figures")
      alone.checks[2] = alone.checks[1]
      alone.checks[1] = { name = "all", label = "all", decide = function(_, session)
        session.measures = MEASURES
        return { status = "pass", detail = "" }
      end }
      local path = exercise3:write("solution.lua", "return {}")
      return judge.run(alone, path, { seed = SEED }).results[2]
    end

    --- One section's first line replaced.
    local function under(heading, line)
      local text = assert(files.read(REFERENCE .. "/answers.md"))
      local old = text:match("(## " .. heading .. "\n[^\n]+)")
      return figures(old, ("## %s\n%s"):format(heading, line))
    end

    it("agrees with itself and with what was measured", function()
      passes(figures("# Exercise 3", "# Exercise three"))
      passes(under("Memory before", "11,430 KB, or so"))
    end)

    it("fails at a count that is another one here", function()
      fails("1,001 under 'Cycles found'; counted here: 1,000", under("Cycles found", "1,001"))
      fails("1 under 'Collections that breaking took'; counted here: 0",
        under("Collections that breaking took", "1"))
    end)

    it("fails when memory fell by another amount", function()
      fails("9.90 MiB, 1.00 MiB below 10.9 MiB; measured here: 10.2 MiB",
        under("Memory after collecting", "9.9 MiB"))
      fails("11.9 MiB, -1.00 MiB below 10.9 MiB; measured here: 10.1 MiB",
        under("Memory after breaking", "11.9 MiB"))
      fails("110 MiB; measured here: 11.3 MiB", under("Memory of the plain tables", "110 MiB"))
    end)

    it("fails at a size without a unit", function()
      fails("no size with a unit (KiB, MiB) under 'Memory before': \"11429478\"",
        under("Memory before", "11429478"))
    end)
  end)
end)
