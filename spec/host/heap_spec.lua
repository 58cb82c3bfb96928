--- perilune.heap: what is live is attributed to the lines that allocated it.
--
-- Sizes are those of Lua 5.4 with 8-byte pointers (lobject.h): a table 56, its list 16 an item, its
-- hash 24 a node; a string 25 and its bytes; a Lua closure 32 and 8 an upvalue, each of these 40; a
-- thread 208, its stack 720.
local heap = require("perilune.heap")
local tracking = require("spec.host.tracking")

local TABLE <const>, ITEM <const>, NODE <const>, STRING <const> = 56, 16, 24, 25

local by_line, track = tracking.by_line, tracking.track

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

  it("has functions by the names that their text gives them, whoever calls them", function()
    local kept = {}
    local function keep(n) kept[n] = ("x"):rep(10000) .. n end
    local function pass_on(n) return keep(n) end
    heap.start({ mode = "exact" })
    pcall(pass_on, 1)
    local before = heap.snapshot()
    assert.equal("keep", before:top(1, "function")[1].name)
    for _, row in ipairs(heap.snapshot():top()) do
      assert.is_nil(row.source:find("perilune/profile/", 1, true), "what reads names counts")
    end
    pcall(pass_on, #kept + 1)
    heap.stop()
    assert.equal("keep", before:top(1, "function")[1].name)
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
