--- What a pool's workers hold is part of perilune.heap's snapshots.
local heap = require("perilune.heap")
local pool = require("perilune.native.pool")
local pools = require("spec.contract.pools")

local WORK <const> = "spec/profiler/pool_work.lua"
local ITEM <const> = 58 -- the line on which work.keep makes one
local BYTES <const> = 56 + 16 -- of a table, and its list of one

describe("memory of a pool's workers", function()
  local work, processes

  before_each(function()
    work = dofile(WORK)
    processes = pools.count_processes()
  end)
  after_each(function()
    heap.stop()
    pools.assert_none_left(processes)
  end)

  -- The collector may make the worker's stack smaller, or larger again, on that line.
  local STACK <const> = 8192 -- bytes
  local function near(expected, got, slack)
    assert.is_true(math.abs(got - expected) <= slack, ("%d, not %d"):format(got, expected))
  end

  local function row_of(rows)
    for _, row in ipairs(rows) do
      if row.source == "@" .. WORK and row.line == ITEM and row.workers then return row end
    end
  end

  -- A task in each worker.
  local function in_both(p, fn, ...)
    local futures = { p:submit(fn, ...), p:submit(fn, ...) }
    for _, future in ipairs(futures) do future:result() end
  end

  it("is told by place, apart from the program's own", function()
    local p <close> = pool.new({ workers = 2 })
    in_both(p, work.spin, 0.01)
    assert(heap.start({ mode = "exact" }))
    local own = { {} }
    p:map(work.keep, { 100, 200, 300, 400 }, { chunksize = 1 })
    local snapshot = heap.snapshot()
    local row = row_of(snapshot:top())
    -- The collector may have made the stack of each worker smaller there.
    assert.is_true(row.blocks >= 2000 and row.blocks <= 2002)
    assert.is_true(row.bytes >= 1000 * BYTES)
    assert.is_true(row.total_blocks >= 2000 and row.total_blocks <= 2002)
    assert.equal(WORK .. ":" .. ITEM, row.place)
    assert.is_true(row.workers == 1 or row.workers == 2)
    assert.equal(2, snapshot.workers.count)
    assert.is_nil(snapshot.workers.killed)
    assert.is_true(snapshot.workers.used > row.bytes)
    assert.equal(1, #own)
  end)

  it("is compared from one snapshot to the next, without garbage", function()
    local p <close> = pool.new({ workers = 1 })
    assert(heap.start({ mode = "exact" }))
    p:submit(work.keep, 5000):result()
    local before = heap.snapshot()
    p:submit(work.keep, 3000):result()
    local after = heap.snapshot()
    local row = row_of(after:compare(before))
    near(3000 * BYTES, row.bytes_diff, STACK)
    near(6000, row.blocks_diff, 2)
    p:submit(work.keep, -1):result()
    row = row_of(heap.snapshot():compare(after))
    near(-8000 * BYTES, row.bytes_diff, STACK)
    near(0, row.bytes, STACK)
    near(16000, row.total_blocks, 4)
  end)

  it("has what workers had that were replaced or have ended", function()
    assert(heap.start({ mode = "exact" }))
    local p <close> = pool.new({ workers = 1, max_tasks_per_worker = 1 })
    p:map(work.keep, { 10, 30, 20 })
    p:shutdown()
    local snapshot = heap.snapshot()
    local row = row_of(snapshot:top(nil, "line", "total_blocks"))
    near(120, row.total_blocks, 6)
    assert.equal(0, row.bytes)
    assert.equal(1, row.workers)
    assert.equal(1, snapshot.workers.count)
    assert.equal(0, snapshot.workers.used)
    assert.is_nil(row_of(snapshot:top()))
  end)

  it("is at the peak what the worker held that held most", function()
    assert(heap.start({ mode = "exact" }))
    local p <close> = pool.new({ workers = 1, max_tasks_per_worker = 1 })
    p:map(work.keep, { 1000, 30000, 2000 })
    p:shutdown()
    local row = row_of(heap.snapshot():top(nil, "line", "peak_blocks"))
    assert.is_true(row.peak_blocks > 58000 and row.peak_blocks <= 60002)
  end)

  it("says how many workers were killed", function()
    local p <close> = pool.new({ workers = 1 })
    assert(heap.start({ mode = "exact" }))
    p:submit(work.keep, 10):result()
    p:submit(work.leave):error()
    p:submit(work.keep, 20):result()
    local snapshot = heap.snapshot()
    assert.equal(1, snapshot.workers.killed)
    assert.equal(40, row_of(snapshot:top()).total_blocks)
  end)

  it("does not wait for ever", function()
    local p <close> = pool.new({ workers = 1 })
    assert(heap.start({ mode = "exact" }))
    p:submit(work.keep, 10):result()
    local future = work.begin_forever(p)
    local snapshot = heap.snapshot(0.01)
    assert.equal(1, snapshot.workers.late)
    assert.equal(0, snapshot.workers.count)
    future:cancel({ kill = true })
    assert.equal(1, heap.snapshot().workers.killed)
  end)

  it("is tracked while the program tracks", function()
    local p <close> = pool.new({ workers = 1, memory_limit = 64 << 20 })
    assert(heap.start({ mode = "sampled", interval = 1 }))
    p:submit(work.keep, 10):result()
    assert.equal("sampled", p:submit(heap.tracking):result())
    heap.stop()
    assert.is_nil(p:submit(heap.tracking):result())
    assert(heap.start({ mode = "exact" }))
    assert.equal("exact", p:submit(heap.tracking):result())
    assert.is_nil(row_of(heap.snapshot():top()))
  end)

  it("is none of the program's", function()
    local used = heap.used()
    local p <close> = pool.new({ workers = 1 })
    assert(heap.start({ mode = "exact" }))
    p:submit(work.keep, 5000):result()
    heap.snapshot()
    collectgarbage()
    collectgarbage()
    for _, row in ipairs(heap.snapshot():top()) do
      assert.is_falsy(row.source:find("perilune/heap/", 1, true), row.place)
      assert.is_falsy(row.source:find("perilune/recording", 1, true), row.place)
    end
    assert.is_true(heap.used() - used < 64 << 20)
  end)

  it("refuses a patience that is none", function()
    assert(heap.start())
    assert.has_error(function() heap.snapshot("1") end, "the patience is not a number of seconds")
    assert.has_error(function() heap.snapshot(-1) end, "the patience is not a number of seconds")
    assert.is_nil(heap.snapshot(math.huge).workers)
  end)

  it("is not there without workers", function()
    local p <close> = pool.new({ workers = 1 })
    assert(heap.start({ mode = "exact" }))
    assert.is_nil(heap.snapshot().workers)
    p:submit(work.keep, -1):result()
    assert.equal(1, heap.snapshot().workers.count)
  end)
end)
