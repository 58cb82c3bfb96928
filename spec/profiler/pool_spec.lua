--- Profiles of programs with a pool: what its workers did is part of them.
local dkjson = require("dkjson")
local pool = require("perilune.native.pool")
local pools = require("spec.contract.pools")
local profiler = require("perilune.profiler")

local WORK <const> = "spec/profiler/pool_work.lua"

describe("a profile of a pool's workers", function()
  local work, processes

  before_each(function()
    work = dofile(WORK)
    processes = pools.count_processes()
  end)
  after_each(function()
    profiler.stop(0)
    pools.assert_none_left(processes)
  end)

  local function items(n)
    local list = {}
    for i = 1, n do list[i] = i end
    return list
  end

  -- Rows of the file's functions, by name.
  local function rows_of(profile)
    local rows = {}
    for _, row in ipairs(profile:stats()) do
      if row.source == "@" .. WORK or row.name == "(workers)" then rows[row.name] = row end
    end
    return rows
  end

  local function workers_of(tree)
    for _, child in ipairs(tree.children) do
      if child.name == "(workers)" then return child end
    end
  end

  for _, mode in ipairs({ "calls", "lines", "memory" }) do
    it("counts every call exactly (" .. mode .. ")", function()
      local p <close> = pool.new({ workers = 2 })
      assert(profiler.start({ mode = mode }))
      p:map(work.three, items(40), { chunksize = 1 })
      local profile = profiler.stop()
      local rows = rows_of(profile)
      assert.equal(40, rows.three.calls)
      assert.equal(120, rows.leaf.calls)
      assert.equal(profile.workers.recorded, rows["(workers)"].calls)
      assert.equal(profile.processes, profile.workers.recorded + 1)
      assert.is_true(profile.workers.recorded == 1 or profile.workers.recorded == 2)
      assert.is_nil(profile.workers.killed)
    end)
  end

  it("has workers that were there before, and those that come later", function()
    local p <close> = pool.new({ workers = 2 })
    p:submit(work.three, 1):result()
    assert(profiler.start())
    local late <close> = pool.new({ workers = 1 })
    p:map(work.three, items(10))
    late:map(work.three, items(5))
    local profile = profiler.stop()
    assert.equal(15, rows_of(profile).three.calls)
    assert.is_true(profile.workers.recorded >= 2)
  end)

  it("has all that is done after its start, by workers that have no room to hear of it", function()
    local p <close> = pool.new({ workers = 2 })
    local text, futures = ("x"):rep(1 << 20), {}
    for i = 1, 6 do futures[i] = p:submit(work.length, text) end
    assert(profiler.start())
    for i = 7, 20 do futures[i] = p:submit(work.three, i) end
    for _, future in ipairs(futures) do future:result() end
    for _ = 1, 3 do p:submit(work.length, text) end
    local profile = profiler.stop()
    assert.equal(14, rows_of(profile).three.calls)
    assert.is_nil(profile.workers.killed or profile.workers.late)
  end)

  it("ends with the profile: the next one begins anew", function()
    local p <close> = pool.new({ workers = 1 })
    for round = 1, 2 do
      assert(profiler.start())
      p:map(work.three, items(7 * round))
      assert.equal(7 * round, rows_of(profiler.stop()).three.calls)
      p:map(work.three, items(3))
    end
    assert(profiler.start())
    local profile = profiler.stop()
    assert.is_nil(rows_of(profile).three)
  end)

  it("stands below one node, and adds up", function()
    local p <close> = pool.new({ workers = 2 })
    assert(profiler.start())
    p:map(work.three, items(30), { chunksize = 1 })
    local profile = profiler.stop()
    local tree = profile:tree()
    local node = workers_of(tree)
    assert.equal("zone", node.kind)
    local three, total
    total = node.self
    for _, child in ipairs(node.children) do -- beside it, what a worker is told of new globals
      if child.name == "three" then three = child end
      total = total + child.total
    end
    assert.equal(30, three.calls)
    assert.equal(90, three.children[1].calls)
    local sum = 0
    for _, row in ipairs(profile:stats()) do sum = sum + row.self end
    assert.is_true(math.abs(sum - tree.total) <= 1e-9)
    assert.is_true(math.abs(total - node.total) <= 1e-9)
  end)

  it("leaves the owner's waiting its own", function()
    local p <close> = pool.new({ workers = 1 })
    assert(profiler.start())
    p:submit(work.spin, 0.02):result()
    local profile = profiler.stop()
    local wait
    for _, row in ipairs(profile:stats()) do
      if row.name == "perilune.pool.crew:wait" then wait = row end
    end
    assert.is_true(wait.calls > 0 and wait.wait > 0)
    assert.equal(1, rows_of(profile).spin.calls)
  end)

  it("has workers that are replaced, of a pool that is shut down", function()
    assert(profiler.start())
    do
      local p <close> = pool.new({ workers = 2, max_tasks_per_worker = 3, init = work.prepare })
      p:map(work.three, items(20))
    end
    local profile = profiler.stop()
    local rows = rows_of(profile)
    assert.equal(20, rows.three.calls)
    assert.equal(profile.workers.recorded, rows.prepare.calls)
    assert.equal(60 + 5 * rows.prepare.calls, rows.leaf.calls)
    assert.is_true(profile.workers.recorded >= 7)
  end)

  it("says how many workers were killed", function()
    local p <close> = pool.new({ workers = 1 })
    assert(profiler.start())
    p:map(work.three, items(5))
    p:submit(work.leave):error()
    p:map(work.three, items(6))
    work.begin_forever(p):cancel({ kill = true })
    p:map(work.three, items(7))
    local profile = profiler.stop()
    assert.equal(7, rows_of(profile).three.calls)
    assert.same({ 1, 2 }, { profile.workers.recorded, profile.workers.killed })
    assert.matches("\nnote: 2 workers were killed: what they did is missing\n", profile:text())
    local read = dkjson.decode(profile:encode("json"))
    assert.equal(2, read.workers.killed)
  end)

  it("says so, too, where nothing else is left", function()
    assert(profiler.start())
    local p = pool.new({ workers = 1 })
    p:submit(work.leave):error()
    local profile = profiler.stop()
    p:close()
    assert.same({ recorded = 0, idle = 0, killed = 1 }, profile.workers)
    assert.matches("\nnote: 1 worker was killed: what it did is missing\n", profile:text())
    assert.is_nil(rows_of(profile)["(workers)"])
  end)

  it("waits for tasks that run, not for those that do not", function()
    local p <close> = pool.new({ workers = 1 })
    assert(profiler.start())
    local futures = {}
    for i = 1, 20 do futures[i] = p:submit(work.spin, 0.005) end
    local profile = profiler.stop()
    local row = rows_of(profile).spin
    assert.is_true((row and row.calls or 0) < 20)
    for _, future in ipairs(futures) do assert.is_true(future:result() > 0) end
    assert.equal(20, p:stats().completed)
  end)

  it("does not wait for ever", function()
    local p <close> = pool.new({ workers = 1 })
    assert(profiler.start())
    p:map(work.three, items(3))
    local future = work.begin_forever(p)
    local profile = profiler.stop(0.01)
    assert.equal(1, profile.workers.late)
    assert.matches("\nnote: 1 worker was still busy: what it did is missing\n", profile:text())
    future:cancel({ kill = true })
    assert.same({ 4 }, { p:submit(math.max, 4):result() })
  end)

  it("has tasks of workers that an error's close ends", function()
    assert(profiler.start())
    pools.raised(function()
      local p <close> = pool.new({ workers = 1 })
      p:map(work.three, items(9))
      error("the block's", 0)
    end)
    local profile = profiler.stop()
    assert.equal(9, rows_of(profile).three.calls)
    assert.is_nil(profile.workers.killed)
  end)

  it("has those of a pool that is collected", function()
    assert(profiler.start())
    do
      local p = pool.new({ workers = 1 })
      p:map(work.three, items(8))
    end
    collectgarbage()
    collectgarbage()
    local profile = profiler.stop()
    assert.equal(8, rows_of(profile).three.calls)
  end)

  it("tells of a worker that recorded for itself", function()
    local p <close> = pool.new({ workers = 1 })
    assert.is_true(p:submit(work.record):result())
    assert(profiler.start())
    p:map(work.three, items(3))
    local profile = profiler.stop()
    assert.same({ recorded = 0, idle = 0, refused = 1 }, profile.workers)
    assert.equal("a worker was not recorded: it was not the owner's recording", profile.notes[1])
  end)

  it("has workers of workers", function()
    local p <close> = pool.new({ workers = 1 })
    assert(profiler.start())
    p:map(work.share, { 4, 3 })
    local profile = profiler.stop()
    local rows = rows_of(profile)
    assert.equal(2, rows.share.calls)
    assert.equal(7, rows.leaf.calls)
    assert.equal(3, rows["(workers)"].calls)
    assert.equal(3, profile.workers.recorded)
    assert.equal(4, profile.processes)
  end)

  it("has samples of workers", function()
    local p <close> = pool.new({ workers = 2 })
    assert(profiler.start({ mode = "sample", interval = 0.0005 }))
    p:map(work.spin, { 0.02, 0.02 }, { chunksize = 1 })
    local profile = profiler.stop()
    local row = rows_of(profile).spin
    assert.is_true(row.total_samples > 0)
    assert.is_nil(profile.workers.killed)
  end)

  it("counts their lines and their bytes", function()
    local p <close> = pool.new({ workers = 2 })
    assert(profiler.start({ mode = "lines" }))
    p:map(work.three, items(25))
    local counts = {}
    for _, line in ipairs(profiler.stop():lines()) do
      if line.source == "@" .. WORK then counts[line.line] = line.count end
    end
    assert.equal(25, counts[10])
    assert.equal(75, counts[6])
    assert(profiler.start({ mode = "memory" }))
    p:map(work.allocate, items(25))
    local row = rows_of(profiler.stop()).allocate
    assert.equal(25, row.calls)
    assert.is_true(row.total_bytes >= 25 * 1000)
  end)

  it("refuses a patience that is none", function()
    for _, wrong in ipairs({ "1", -1, 0 / 0, {} }) do
      assert.has_error(function() profiler.stop(wrong) end,
        "the patience is not a number of seconds")
    end
    assert.is_nil((profiler.stop(math.huge)))
  end)

  it("can be written in each format, and read", function()
    local p <close> = pool.new({ workers = 2 })
    assert(profiler.start())
    p:map(work.three, items(10))
    local profile = profiler.stop()
    for _, format in ipairs({ "text", "speedscope", "collapsed", "callgrind", "pstats" }) do
      assert.matches("three", assert(profile:encode(format)))
    end
    local path = os.tmpname()
    assert(profile:save(path, "json"))
    local read = assert(profiler.load(path))
    os.remove(path)
    assert.equal(10, rows_of(read).three.calls)
    assert.equal(profile.workers.recorded, read.workers.recorded)
    local both = profile:merge(read)
    assert.equal(20, rows_of(both).three.calls)
    assert.equal(2 * read.workers.recorded, both.workers.recorded)
  end)
end)
