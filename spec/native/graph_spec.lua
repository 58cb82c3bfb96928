local graph = require("perilune.native.graph")
local memory = require("spec.native.memory")

-- Makes nodes in a ring and lets go of them.
local function ring(g, n)
  local ids, pairs = g:nodes(n), {}
  for i = 1, n do
    pairs[2 * i - 1], pairs[2 * i] = ids[i], ids[i % n + 1]
  end
  g:link_all(pairs)
  g:release_all(ids)
end

describe("a native graph", function()
  it("needs at most 16 bytes a node beside the two edges in it", function()
    local g <close> = graph.new({ auto = false })
    g:nodes(1000000)
    assert.is_true(g:stats().bytes / 1000000 <= 16 + 2 * 4, g:stats().bytes)
  end)

  it("gives its memory back when its nodes are freed", function()
    local g <close> = graph.new({ auto = false })
    ring(g, 100000)
    local before, held = g:stats().bytes, memory.kilobytes()
    local report = g:collect()
    assert.equal(100000, report.freed)
    assert.equal(before - g:stats().bytes, report.bytes)
    assert.is_true(g:stats().bytes < before / 10)
    assert.is_true((held - memory.kilobytes()) * 1024 > 0.9 * report.bytes)
  end)

  it("gives the room of further edges back", function()
    local g <close> = graph.new({ auto = false })
    local hub, ids = g:node(), g:nodes(10000)
    local empty = g:stats().bytes
    for _, id in ipairs(ids) do
      g:link(hub, id)
    end
    assert.is_true(g:stats().bytes >= empty + 64 * 1024)
    g:clear(hub)
    assert.is_true(g:stats().bytes < empty + 32 * 1024, g:stats().bytes - empty)
  end)

  it("never gives an id again, however often a place is used", function()
    local g <close> = graph.new({ auto = false })
    local kept, seen = g:node(), {}
    for _ = 1, 100000 do
      local id = g:node()
      assert(not seen[id])
      seen[id] = true
      g:release(id)
      assert(not g:alive(id))
    end
    assert.equal(1, g:count())
    assert.same({ kept }, g:ids())
    assert.equal(0, g:collect().freed)
    for id in pairs(seen) do assert(not g:alive(id)) end
  end)

  it("takes no number that it did not give for a node", function()
    local g <close> = graph.new()
    local id = g:node()
    for bit = 0, 63 do
      local other = id ~ (1 << bit)
      assert.is_false(g:alive(other))
      assert.is_false(pcall(g.release, g, other))
    end
    assert.is_true(g:alive(id))
  end)

  it("collects in both ways alike", function()
    for _, live in ipairs({ 0, 50000 }) do
      local g <close> = graph.new({ auto = false })
      local kept = g:nodes(live)
      ring(g, 300)
      local report = g:collect()
      assert.equal(300, report.freed)
      assert.equal(300, report.candidates)
      assert.equal(live, g:count())
      assert.is_true(live == 0 or g:alive(kept[live]))
    end
  end)

  it("counts the edges of a hub with a hundred thousand parallel ones", function()
    local g <close> = graph.new({ auto = false })
    local a, b = g:node(), g:node()
    local pairs = {}
    for i = 1, 200000, 2 do pairs[i], pairs[i + 1] = a, b end
    g:link_all(pairs)
    assert.equal(100001, g:refcount(b))
    g:release(b)
    g:link(b, a)
    assert.equal(100000, g:refcount(b))
    assert.equal(100000, #g:referrers(b))
    g:release(a)
    assert.equal(2, g:collect().freed)
    assert.equal(0, g:stats().edges)
  end)

  it("counts 100,000 handles on one node", function()
    local g <close> = graph.new()
    local id = g:node()
    for _ = 2, 100000 do g:retain(id) end
    assert.equal(100000, g:handles(id))
    for _ = 2, 100000 do g:release(id) end
    assert.equal(1, g:refcount(id))
  end)

  it("is not moved by a finaliser of Lua's that takes the memory it asked for", function()
    local g <close> = graph.new({ auto = false })
    local extra = {}
    for _ = 1, 200 do
      setmetatable({}, { __gc = function() extra[#extra + 1] = g:node() end })
    end
    collectgarbage("generational")
    local ids = g:nodes(9000)
    collectgarbage("incremental")
    collectgarbage()
    assert.equal(9200, g:count())
    assert.equal(200, #extra)
    local seen = {}
    for _, list in ipairs({ ids, extra }) do
      for _, id in ipairs(list) do
        assert(not seen[id])
        seen[id] = true
      end
    end
  end)

  it("reads no list that a finaliser of Lua's has emptied meanwhile", function()
    local g <close> = graph.new({ auto = false })
    local a, b = g:node(), g:node()
    local list = {}
    for i = 1, 100000, 2 do list[i], list[i + 1] = a, b end
    local function empty()
      for i = #list, 1, -1 do list[i] = nil end
      list.nothing = true
    end
    collectgarbage("incremental", 10, 1000, 40)
    collectgarbage("stop")
    setmetatable({}, { __gc = empty })
    collectgarbage("restart")
    local ok, message = pcall(g.link_all, g, list)
    collectgarbage("incremental", 200, 100, 13)
    collectgarbage("generational")
    assert.is_false(ok)
    assert.matches("item %d+ is no live node", message)
    assert.equal(1 + g:stats().edges, g:refcount(b))
  end)

  it("takes no list that is too long for memory", function()
    local g <close> = graph.new()
    for _, length in ipairs({ 1 << 60, 1 << 61, (1 << 61) + 1, math.maxinteger }) do
      local list = setmetatable({}, { __len = function() return length end })
      assert.has_error(function() g:release_all(list) end)
      assert.has_error(function() g:link_all(list) end)
    end
  end)

  it("lets die at the end of a collection what was made where garbage stood", function()
    local g <close> = graph.new({ auto = false })
    local ids, held = g:nodes(4000), g:node()
    for i, id in ipairs(ids) do g:link(id, ids[i % #ids + 1]) end
    g:link(ids[1], held)
    g:finalizer(function(id)
      if id == ids[1] then g:release(held) end
      if id == held then g:release_all(g:nodes(4000)) end
    end)
    g:release_all(ids)
    assert.equal(4000, g:collect().freed)
    assert.equal(0, g:count())
    assert.equal(4001, g:stats().died)
  end)

  it("makes nodes for a finalizer while others wait for their death", function()
    local g <close> = graph.new({ auto = false })
    local order = {}
    g:finalizer(function(id)
      order[#order + 1] = id
      if #order == 1 then g:nodes(20000) end
    end)
    local ids = g:nodes(3)
    g:release_all(ids)
    table.sort(order)
    assert.same(ids, order)
    assert.equal(20000, g:count())
  end)

  it("takes more room for weak edges when few of them are dead", function()
    local g <close> = graph.new({ auto = false })
    local hub, ids = g:node(), g:nodes(2048)
    for _, id in ipairs(ids) do g:weak(hub, id) end
    local full = g:stats().bytes
    for i = 1, 100 do
      g:release(ids[i])
      ids[i] = g:node()
      g:weak(hub, ids[i])
    end
    assert.is_true(g:stats().bytes > full)
    assert.equal(2048, #select(2, g:referents(hub)))
    local wide = g:stats().bytes
    for i = 1, 2048 do
      g:release(ids[i])
      ids[i] = g:node()
      g:weak(hub, ids[i])
    end
    assert.equal(wide, g:stats().bytes)
    assert.equal(2048, #select(2, g:referents(hub)))
  end)

  it("finds its way past slabs that it has given back", function()
    local slab <const> = 4096
    local g <close> = graph.new({ auto = false })
    local parts = {}
    for i = 1, 5 do parts[i] = g:nodes(slab) end
    local first, last = parts[1][1], parts[5][slab]
    g:link_all({ first, last, last, parts[5][1], parts[5][1], parts[1][2] })
    for i = 2, 4 do g:weak(first, parts[i][1]) end
    for i = 2, 4 do g:release_all(parts[i]) end
    for i = 2, 4 do
      assert.is_false(g:alive(parts[i][1]))
      assert.is_false(g:alive(parts[i][1] + (1 << 32)))
    end
    local left <const> = 2 * slab
    assert.equal(left, #g:ids())
    assert.same({ { last }, {} }, { g:referents(first) })
    assert.same({ last }, g:referrers(parts[5][1]))
    assert.same({}, g:cycles())
    g:link(parts[1][2], first)
    g:release_all({ first, last, parts[5][1], parts[1][2] })
    local all = { table.unpack(parts[1], 3) }
    table.move(parts[5], 2, slab - 1, #all + 1, all)
    for i, id in ipairs(all) do g:link(id, all[i % #all + 1]) end
    local leaf = g:node()
    g:link(all[1], leaf)
    all[#all + 1] = leaf
    g:release_all(all)
    local kept = g:node()
    assert.is_truthy(g:why_alive(kept))
    assert.is_nil((g:why_alive(first)))
    assert.equal(left + 1, g:collect().freed)
    assert.same({ kept }, g:ids())
  end)

  it("puts new nodes where slabs were given back, and between them", function()
    local slab <const> = 4096
    for _, has_finalizer in ipairs { false, true } do
      local g <close> = graph.new({ auto = false })
      local parts, last_words = {}, 0
      for i = 1, 6 do parts[i] = g:nodes(slab) end
      for _, i in ipairs { 2, 3, 5 } do g:release_all(parts[i]) end -- one is kept
      local ids = table.move(parts[6], 1, slab, slab + 1, parts[1])
      for i, id in ipairs(ids) do g:link(id, ids[i % #ids + 1]) end
      g:release_all(ids)
      if has_finalizer then g:finalizer(function() last_words = last_words + 1 end) end
      assert.equal(2 * slab, g:collect().freed)
      assert.same({ slab, has_finalizer and 2 * slab or 0 }, { g:count(), last_words })
      g:nodes(7 * slab)
      local last = g:node()
      assert.equal(8 * slab + 1, #g:ids())
      g:release_all(parts[4]) -- is kept
      g:release(last) -- the next one was to stand beside it
      local new = g:node()
      assert.same({ true, 7 * slab + 1 }, { g:alive(new), #g:ids() })
    end
  end)

  describe("whose numbers for a place are used up", function()
    local SLAB <const>, USES <const> = 4096, 32767

    local function place(id) return id & 0xffffffff end

    -- A graph with one free place among its first ones, which has been used so often.
    local function worn(uses)
      local g = graph.new({ auto = false })
      local ids = g:nodes(SLAB - 1)
      local last = g:node()
      g:release(last)
      for _ = 2, uses do
        local id = g:node()
        assert(place(id) == place(last), "another place")
        g:release(id)
      end
      return g, ids, place(last)
    end

    it("leaves that place alone", function()
      local g <close>, ids, last = worn(USES)
      assert.not_equal(last, place(g:node()))
      assert.equal(#ids + 1, g:count())
      g:release_all(ids)
      assert.equal(1, g:count())
      assert.equal(1, #g:ids())
    end)

    it("leaves the room of a slab alone that it was in", function()
      local g <close>, ids, last = worn(USES)
      local more = g:nodes(SLAB)
      g:release_all(more) -- is kept
      g:release_all(ids)
      for _, id in ipairs(g:nodes(3 * SLAB)) do
        assert(place(id) // SLAB ~= last // SLAB)
      end
    end)

    it("finds that out of the only one that dies", function()
      local g <close>, ids, last = worn(USES - 1)
      local id = g:node()
      assert.equal(last, place(id))
      g:link_all { id, id, id, ids[1] }
      for _, other in ipairs(ids) do g:link(ids[1], other) end -- much that is to be looked at
      g:release(id)
      assert.equal(1, g:collect().freed)
      assert.not_equal(last, place(g:node()))
    end)

    it("sweeps round it, and finds that out while it sweeps", function()
      local g <close>, ids, last = worn(USES - 1)
      ids[#ids + 1] = g:node()
      assert.equal(last, place(ids[#ids]))
      for round = 1, 2 do
        local before = g:count()
        for i, id in ipairs(ids) do g:link(id, ids[i % #ids + 1]) end
        g:release_all(ids)
        assert.equal(before, g:collect().freed)
        assert.equal(0, g:count())
        ids = g:nodes(SLAB + 100)
        for _, id in ipairs(ids) do assert(place(id) ~= last, round) end
      end
    end)
  end)

  it("gives back the room of further edges wherever it stands empty", function()
    local g <close> = graph.new({ auto = false })
    local hubs, to = g:nodes(8000), g:nodes(4)
    local empty = g:stats().bytes
    local function each(from, last, step, fn)
      for i = from, last, step do
        for k = 1, 4 do fn(g, hubs[i], to[k]) end
      end
    end
    each(1, 8000, 1, g.link)
    local full = g:stats().bytes
    assert.is_true(full - empty >= 8000 * 4 * 4)
    each(1, 2000, 200, g.unlink) -- pieces of it have a free block
    each(4001, 8000, 200, g.unlink)
    each(2001, 4000, 1, g.unlink)
    local less = g:stats().bytes
    assert.is_true(less <= full - 1500 * 4 * 4, less)
    each(2001, 4000, 1, g.link)
    each(1, 2000, 200, g.link)
    each(4001, 8000, 200, g.link)
    for i = 1, 8000, 50 do assert.same(to, g:referents(hubs[i])) end
    each(1, 8000, 1, g.unlink)
    assert.is_true(g:stats().bytes < empty + 80 * 1024, g:stats().bytes - empty)
  end)

  it("takes room for further edges where some was given back, and then behind it", function()
    local g <close> = graph.new({ auto = false })
    local MANY <const> = 5000
    local hubs, to = g:nodes(20), g:node()
    local function fill(hub)
      local list = {}
      for i = 1, 2 * MANY, 2 do list[i], list[i + 1] = hub, to end
      g:link_all(list)
    end
    for i = 1, 4 do fill(hubs[i]) end
    g:clear(hubs[2])
    for i = 5, 20 do fill(hubs[i]) end
    for i, hub in ipairs(hubs) do assert.equal(i == 2 and 0 or MANY, #g:referents(hub)) end
    assert.equal(19 * MANY + 1, g:refcount(to))
  end)

  it("refuses a word that is as long as the right one", function()
    local g <close> = graph.new({ auto = false })
    assert.has_error(function() g:debug("saveany") end,
      "bad argument #1 to 'debug' (invalid option 'saveany')")
  end)

  it("refuses what is none to its metamethods and to an object's", function()
    local g <close> = graph.new({ auto = false })
    local own, object = debug.getmetatable(g), g:object()
    assert.has_error(function() own.__tostring({}) end,
      "calling 'tostring' on bad self (perilune.graph expected, got table)")
    assert.has_error(function() object.id({}) end,
      "calling 'id' on bad self (perilune.graph.object expected, got table)")
  end)

  it("finds the last free place behind 65 slabs", function()
    local g <close> = graph.new({ auto = false })
    local slab <const> = 4096
    local ids = g:nodes(65 * slab)
    g:node()
    g:release(ids[1])
    for _ = 1, slab + 1 do g:node() end
    assert.equal(66 * slab + 1, g:count())
    assert.equal(g:count(), #g:ids())
  end)
end)
