--- perilune.heap: what is live is attributed to the lines that allocated it.
--
-- Sizes are those of Lua 5.4 with 8-byte pointers (lobject.h): a table 56, its list 16 an item, its
-- hash 24 a node; a string 25 and its bytes; a Lua closure 32 and 8 an upvalue, each of these 40; a
-- thread 208, its stack 720.
local heap = require("perilune.heap")

local TABLE <const>, ITEM <const>, NODE <const>, STRING <const> = 56, 16, 24, 25

--- What one kind of row is, by line of the chunk `app.lua`.
local function by_line(rows)
  local found = {}
  for _, row in ipairs(rows) do
    if row.source == "@app.lua" then found[row.line] = row end
  end
  return found
end

--- Runs a chunk while memory is tracked, and takes a snapshot of what it returns.
---@return Snapshot
---@return table<integer, SnapshotRow> by line
local function track(options, text, ...)
  local chunk = assert(load(text, "@app.lua"))
  collectgarbage()
  collectgarbage("stop")
  assert(heap.start(options))
  local kept = table.pack(chunk(...))
  collectgarbage()
  collectgarbage() -- what the first has finalised
  local snapshot = heap.snapshot()
  heap.stop()
  collectgarbage("restart")
  return snapshot, by_line(snapshot:top()), kept
end

local function exactly(text, ...)
  return track({ mode = "exact" }, text, ...)
end

local function holds(row, bytes, blocks)
  assert.is_table(row)
  assert.same({ bytes, blocks }, { row.bytes, row.blocks })
end

describe("the memory tracker", function()
  after_each(function()
    heap.stop()
    collectgarbage("restart")
  end)

  it("counts each table that a constructor makes on its line", function()
    local _, lines = exactly([[
      local keep = {}
      for i = 1, 60000 do
        local t = {}
        keep[i] = t
      end
      return keep]])
    holds(lines[3], 60000 * TABLE, 60000)
    holds(lines[4], 65536 * ITEM, 1)
  end)

  it("counts lists and hashes with the constructor that makes them", function()
    local _, lines = exactly([[
      local keep = {}
      for i = 1, 100 do
        local t = { i, i, i, i, x = i, y = i }
        keep[i] = t
      end
      return keep]])
    holds(lines[3], 100 * (TABLE + 4 * ITEM + 2 * NODE), 300)
  end)

  it("tells constructors apart that follow each other without another instruction", function()
    local _, lines = exactly([[
      local keep = ...
      for i = 1, 1000 do
        local a = {}
        local b = {}
        local c
        if i % 4 == 0 then c = {}
        else c = {} end
        keep[i] = a keep[i + 1000] = b keep[i + 2000] = c
      end
      return keep]], table.pack(table.unpack({}, 1, 4000)))
    for line, blocks in pairs({ [3] = 1000, [4] = 1000, [6] = 250, [7] = 750 }) do
      holds(lines[line], blocks * TABLE, blocks)
    end
  end)

  it("counts strings, and the buffers that they are built in as long as they live", function()
    local _, lines = exactly([[
      local keep = {}
      keep[1] = ("x"):rep(100000)
      keep[2] = keep[1] .. "and more"
      keep[3] = table.concat({ keep[1], "twice", keep[1] })
      return keep]])
    holds(lines[2], STRING + 100000, 1)
    holds(lines[3], STRING + 100008, 1)
    holds(lines[4], STRING + 200005 + 4 * ITEM, 2)
    assert.is_true(lines[4].total_bytes > 300000)
  end)

  it("counts closures, with their upvalues, where their text ends", function()
    local _, lines = exactly([[
      local keep = ...
      for i = 1, 500 do
        local n, m = i, i
        keep[i] = function()
          n = n + m
        end
      end
      return keep]], table.pack(table.unpack({}, 1, 500)))
    holds(lines[6], 500 * (32 + 2 * 8 + 2 * 40), 1500)
  end)

  it("counts coroutines where they are made, and what they run where it runs", function()
    local _, lines = exactly([[
      local keep = ...
      local function body()
        local t = {}
        coroutine.yield(t)
        return t
      end
      for i = 1, 100 do
        keep[i] = coroutine.create(body)
        coroutine.resume(keep[i])
      end
      return keep]], table.pack(table.unpack({}, 1, 100)))
    holds(lines[8], 100 * (208 + 720), 200)
    holds(lines[3], 100 * TABLE, 100)
    assert.equal(0, lines[9].bytes % 100)
  end)

  it("counts what finalisers allocate on their lines", function()
    local _, lines = exactly([[
      local keep = ...
      local n = 0
      local mt = { __gc = function()
        local t = {}
        n = n + 1
        keep[n] = t
      end }
      for i = 1, 50 do setmetatable({}, mt) end
      collectgarbage()
      assert(n == 50)
      return keep]], table.pack(table.unpack({}, 1, 50)))
    holds(lines[4], 50 * TABLE, 50)
  end)

  it("gives a block that grows to the line that has made it so large", function()
    local _, lines = exactly([[
      local list = {}
      for i = 1, 4 do list[i] = i end
      list[5] = 5
      return list]])
    holds(lines[1], TABLE, 1)
    assert.is_nil(lines[2])
    holds(lines[3], 8 * ITEM, 1)
  end)

  it("takes off what is freed, and keeps the whole that was allocated", function()
    local chunk = assert(load([[
      local keep = {}
      for i = 1, 1000 do
        local t = {}
        keep[i % 10 + 1] = t
      end
      return keep]], "@app.lua"))
    assert(heap.start({ mode = "exact" }))
    local held = { chunk() }
    collectgarbage()
    local row = by_line(heap.snapshot():top())[3]
    holds(row, 10 * TABLE, 10)
    assert.equal(10, #held[1])
    assert.same({ 1000 * TABLE, 1000 }, { row.total_bytes, row.total_blocks })
    held[1] = nil
    collectgarbage()
    assert.is_nil(by_line(heap.snapshot():top())[3])
    local ever = by_line(heap.snapshot():top(nil, "line", "total_blocks"))[3]
    assert.same({ 0, 1000 }, { ever.bytes, ever.total_blocks })
  end)

  it("remembers what was live when most was", function()
    assert(heap.start({ mode = "exact" }))
    local chunk = assert(load([[
      local big = {}
      for i = 1, 20000 do
        big[i] = { i }
      end
      big = nil
      collectgarbage()
      return { {} }]], "@app.lua"))
    local keep = chunk()
    local snapshot = heap.snapshot()
    local rows = snapshot:top(1, "line", "peak_bytes")
    assert.equal(3, rows[1].line)
    assert.is_true(rows[1].peak_bytes > 0.95 * 20000 * (TABLE + ITEM))
    assert.is_true(snapshot.peak_used <= snapshot.peak)
    assert.is_nil(by_line(snapshot:top())[3])
    assert.is_table(keep)
  end)

  it("tells bytes by type", function()
    local snapshot = exactly([[
      local keep = ...
      for i = 1, 100 do
        keep[i] = { ("%d of many"):format(i), function() return i end, coroutine.create(print) }
        table.insert(keep[i], i)
        table.insert(keep[i], i)
      end
      keep.file = io.tmpfile()
      return keep]], table.pack(table.unpack({}, 1, 128)))
    local types = snapshot.types
    assert.same({ 100 * 208, 100 }, { types.thread.bytes, types.thread.blocks })
    assert.equal(100 * (32 + 8 + 40), types["function"].bytes)
    assert.is_true(types.userdata.blocks == 1)
    -- A list of three items has grown to one of 3, then of 8.
    assert.is_true(types.table.bytes >= 100 * (TABLE + 8 * ITEM))
    assert.is_true(types.string.bytes >= 100 * (STRING + 9))
    assert.is_true(types.other.bytes >= 100 * 720)
  end)

  it("groups by function and by stack", function()
    local snapshot = track({ mode = "exact", frames = 3 }, [[
      local keep = ...
      local function leaf(n)
        local t = { n }
        return t
      end
      local function one(n) local t = leaf(n) return t end
      local function two(n) local t = leaf(n) return t end
      for i = 1, 10 do keep[i] = one(i) end
      for i = 1, 20 do keep[i + 10] = two(i) end
      return keep]], table.pack(table.unpack({}, 1, 30)))
    local by_function = snapshot:top(1, "function")[1]
    assert.same({ "leaf", 2, "app.lua:2", 60 },
      { by_function.name, by_function.line, by_function.place, by_function.blocks })
    local stacks = {}
    for _, row in ipairs(snapshot:top(nil, "stack")) do
      if row.line == 3 then
        stacks[#stacks + 1] = { row.blocks, row.stack[1].place, row.stack[2].place,
          row.stack[2].name, row.stack[3].place }
      end
    end
    assert.same({
      { 40, "app.lua:3", "app.lua:7", "two", "app.lua:9" },
      { 20, "app.lua:3", "app.lua:6", "one", "app.lua:8" },
    }, stacks)
  end)

  it("keeps so many lines of a stack, however deep it is", function()
    local snapshot = track({ mode = "exact", frames = 4 }, [[
      local function dig(n)
        if n == 0 then
          local t = {}
          return t
        end
        local t = dig(n - 1)
        return t
      end
      return dig(1000)]])
    local rows = snapshot:top(nil, "stack")
    for _, row in ipairs(rows) do assert.is_true(#row.stack <= 4) end
    local leaf = rows[#rows]
    assert.same({ 3, 6, 6, 6 }, { leaf.line, leaf.stack[2].line, leaf.stack[3].line,
      leaf.stack[4].line })
  end)

  it("compares snapshots", function()
    local make = assert(load([[
      local keep, n, m = ...
      for i = 1, n do
        local t = {}
        keep[#keep + 1] = t
      end
      for i = 1, m do
        keep[#keep] = nil
      end]], "@app.lua"))
    local held = { {} }
    assert(heap.start({ mode = "exact" }))
    make(held[1], 100, 0)
    local old = heap.snapshot()
    make(held[1], 50, 120)
    collectgarbage()
    local rows = by_line(heap.snapshot():compare(old))
    assert.same({ -70 * TABLE, -70, 30 },
      { rows[3].bytes_diff, rows[3].blocks_diff, rows[3].blocks })
    held[1] = nil
    collectgarbage()
    rows = by_line(heap.snapshot():compare(old))
    assert.same({ -100, 0 }, { rows[3].blocks_diff, rows[3].blocks })
    assert.same({}, old:compare(old))
  end)

  it("does not see its own snapshots", function()
    assert(heap.start({ mode = "exact" }))
    local first = heap.snapshot()
    local mine = { {} }
    local seen = table.pack(mine, heap.snapshot(), heap.snapshot():top(), heap.timeline())
    seen[5] = heap.snapshot():compare(first)
    assert.is_true(#seen[3] > 0)
    for _, row in ipairs(heap.snapshot():compare(first)) do
      assert.is_nil(row.source:find("perilune/", 1, true), row.place)
    end
  end)

  it("follows a hook of the script's, the profiler, and sees what they see", function()
    local profiler = require("perilune.profiler")
    local lines = 0
    profiler.start({ mode = "memory" })
    debug.sethook(function() lines = lines + 1 end, "l")
    local _, rows = exactly([[
      local keep = ...
      for i = 1, 100 do
        local t = {}
        keep[i] = t
      end
      return keep]], table.pack(table.unpack({}, 1, 100)))
    debug.sethook()
    profiler.stop()
    holds(rows[3], 100 * TABLE, 100)
    assert.is_true(lines > 300)
  end)

  it("tells functions apart that lie where others lay", function()
    local made, counts = {}, {}
    assert(heap.start({ mode = "exact" }))
    for i = 1, 300 do
      made[i] = assert(load(("\n"):rep(i % 50) .. "return {}", "@app.lua"))()
      if i % 7 == 0 then collectgarbage() end
    end
    assert.equal(300, #made)
    for line, row in pairs(by_line(heap.snapshot():top())) do counts[line] = row.blocks end
    for line = 1, 50 do assert.equal(6, counts[line]) end
  end)

  it("attributes what is left of what random work has kept", function()
    local seed = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
    local sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
    local state = seed
    local function random(n)
      state = (state * 6364136223846793005 + 1442695040888963407)
      return (state >> 33) % n + 1
    end
    local makers = assert(load([[
      return {
        function() return {} end,
        function(i) return "a string " .. i .. (" "):rep(40) end,
        function() return coroutine.create(print) end,
        function(i) return function() return i end end,
        function() local t = { {} } return t[1] end,
      }]], "@app.lua"))()
    local kept, live = {}, {}
    collectgarbage("stop") -- or finalisers of others take call records on lines of ours
    assert(heap.start({ mode = "exact" }))
    for i = 1, sanitized and 5000 or 50000 do
      local at, kind = random(500), random(#makers)
      local old = kept[at]
      if old then live[old.kind] = live[old.kind] - 1 end
      kept[at] = { kind = kind, value = makers[kind](i) }
      live[kind] = (live[kind] or 0) + 1
      if i % 1000 == 0 then collectgarbage() end
    end
    collectgarbage()
    local lines, expected, found = by_line(heap.snapshot():top()), {}, {}
    for kind, blocks in ipairs({ 1, 1, 2, 2, 1 }) do
      expected[kind] = live[kind] * blocks
      found[kind] = lines[kind + 1].blocks
    end
    assert.same(expected, found, "seed " .. seed)
  end)
end)

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
    local _, exact = exactly(MIXED, "exact ")
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
      ["unknown option 'interval2'"] = { interval2 = 1 },
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
