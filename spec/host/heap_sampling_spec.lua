--- perilune.heap: samples of what is live, the use over time, and the arguments of the module.
--- Sizes as in heap_spec.lua.
local heap = require("perilune.heap")
local tracking = require("spec.host.tracking")

local by_line, track = tracking.by_line, tracking.track

local TABLE <const>, ITEM <const>, STRING <const> = 56, 16, 25

describe("sampling", function()
  after_each(function() heap.stop() end)

  local MIXED <const> = [[
    local name, keep = ..., {}
    for i = 1, 60000 do
      local a = {}
      local b = { i, i, i, i }
      local c = name .. i
      keep[i] = { a, b, c }
    end
    return keep]]

  it("estimates what lines hold, constructors too", function()
    local _, exact = track({ mode = "exact" }, MIXED, "exact ")
    local snapshot, sampled = track({ interval = 4096 }, MIXED, "sampled ")
    assert.equal("sampled", snapshot.mode)
    for line = 3, 6 do
      local share = sampled[line].bytes / exact[line].bytes
      assert.is_true(share > 0.85 and share < 1.18, line .. ": " .. share)
      share = sampled[line].blocks / exact[line].blocks
      assert.is_true(share > 0.8 and share < 1.25, line .. ": " .. share)
    end
    for line in pairs(sampled) do assert.is_true(line >= 3 and line <= 6, line) end
  end)

  it("counts large blocks for what they are", function()
    local _, lines = track({ interval = 1024 }, [[
      local keep = {}
      for i = 1, 10 do
        keep[i] = ("x"):rep(100000 + i)
      end
      return keep]])
    local bytes = 10 * (STRING + 100000) + 55
    assert.is_true(lines[3].bytes >= bytes and lines[3].bytes < 1.01 * bytes)
  end)

  it("forgets what is freed or grows", function()
    assert(heap.start({ interval = 512 }))
    local chunk = assert(load([[
      local keep = {}
      for i = 1, 100000 do
        keep[i] = { i }
      end]], "@app.lua"))
    chunk()
    collectgarbage()
    collectgarbage()
    for _, row in pairs(by_line(heap.snapshot():top())) do assert.equal(0, row.bytes) end
  end)

  it("leaves the count of a script's hook as it is", function()
    local function counts_of(options)
      local chunk, counts = assert(load("for i = 1, 100000 do local t = { i } end")), 0
      if options then assert(heap.start(options)) end
      debug.sethook(function() counts = counts + 1 end, "", 10000)
      chunk()
      debug.sethook()
      heap.stop()
      return counts
    end
    local plain = counts_of()
    assert.is_true(plain >= 30)
    for _, options in ipairs({ { interval = 512 }, { interval = 100000 }, { mode = "exact" } }) do
      assert.equal(plain, counts_of(options))
    end
  end)

  it("works in coroutines", function()
    local _, lines = track({ interval = 2048 }, [[
      local keep = {}
      local make = coroutine.wrap(function()
        while true do
          local t = {}
          coroutine.yield(t)
        end
      end)
      for i = 1, 30000 do
        keep[i] = make()
      end
      return keep]])
    local share = lines[4].bytes / (30000 * TABLE)
    assert.is_true(share > 0.85 and share < 1.18, share)
  end)
end)

describe("perilune.heap", function()
  after_each(function() heap.stop() end)

  it("says how it tracks", function()
    assert.is_nil(heap.tracking())
    assert.is_false(heap.stop())
    assert.is_true(heap.start())
    assert.equal("sampled", heap.tracking())
    assert.is_true(heap.stop())
    assert.is_true(heap.start({ mode = "exact" }))
    assert.equal("exact", heap.tracking())
  end)

  it("draws the use of memory over time, with the collector's cycles", function()
    for _ = 1, 2 do collectgarbage() end
    assert(heap.start())
    do
      local keep = {}
      for i = 1, 100000 do keep[i] = { i } end
      assert.equal(100000, #keep)
    end
    for _ = 1, 3 do collectgarbage() end
    for _ = 1, 20000 do local _ = {} end
    local timeline = heap.timeline()
    local points, most, cycles = timeline.points, 0, 0
    assert.is_true(#points > 100 and #points <= 1024)
    for i, point in ipairs(points) do
      assert.is_true(i == 1 or point.time >= points[i - 1].time)
      most = math.max(most, point.bytes)
      cycles = cycles + (point.cycle and 1 or 0)
    end
    assert.is_true(most > points[1].bytes + 100000 * (TABLE + ITEM))
    assert.is_true(points[#points].bytes < most - 100000 * TABLE)
    assert.is_true(timeline.cycles >= 3 and cycles >= 1 and cycles <= timeline.cycles)
  end)

  it("names the argument that is wrong", function()
    for message, options in pairs({
      ['bad argument #1 to \'start\' (there is no option "interval2"; the options: frames, '
        .. "interval, mode)"] = { interval2 = 1 },
      ["bad argument #1 to 'start' (table expected, got 5)"] = 5,
      ["mode 'both' is none of sampled, exact"] = { mode = "both" },
      ["option 'interval' is for mode 'sampled'"] = { mode = "exact", interval = 1 },
      ["option 'interval' is not a number of bytes from 1 to 2^40"] = { interval = 0 },
      ["option 'frames' is not a whole number from 1 to 64"] = { frames = 65 },
    }) do
      local ok, found = pcall(heap.start, options)
      assert.same({ false, message }, { ok, found })
    end
    assert.has_error(function() heap.snapshot() end, "nothing is tracked: call heap.start first")
    assert.has_error(function() heap.timeline() end, "nothing is tracked: call heap.start first")
    assert(heap.start())
    assert.has_error(function() heap.start() end, "memory is tracked already")
    local snapshot = heap.snapshot()
    assert.has_error(function() snapshot:top(1, "file") end,
      "by 'file' is none of line, function, stack")
    assert.has_error(function() snapshot:top(1.5) end, "the number of rows is not a whole number")
    assert.has_error(function() snapshot:compare({}) end,
      "a snapshot is compared with a snapshot")
  end)
end)
