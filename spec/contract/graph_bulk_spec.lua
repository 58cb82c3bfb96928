--- Graphs in bulk, in every implementation of perilune.graph.
local blame = require("spec.contract.blame")
local graphs = require("spec.contract.graphs")
local heap = require("perilune.heap")
local ints = require("perilune.ints")
local kinds = require("spec.contract.kinds")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
-- More calls deep than the stack of Lua, of a million slots, has room for.
local LONG <const> = SANITIZED and 100000 or 250000

for kind, graph in kinds("graph") do
  describe("graph in bulk " .. kind, function()
    local g

    before_each(function() g = graph.new { auto = false } end)
    after_each(function() g:close() end)

    describe("nodes", function()
      it("refuses more nodes than there are numbers", function()
        assert.has_error(function() g:nodes(1 << 31) end, "too many nodes")
        assert.has_error(function() g:nodes((1 << 31) - 1) end, "too many nodes")
        assert.equal(0, g:count())
      end)

      it("makes many with a handle each", function()
        local ids = g:nodes(1000)
        assert.equal(1000, #ids)
        assert.equal(1000, g:count())
        for _, id in ipairs(ids) do assert.equal(1, g:handles(id)) end
        assert.same(graphs.sorted(ids), graphs.sorted(g:ids()))
        assert.same(graphs.sorted(ids), graphs.sorted(g:roots()))
        assert.equal(3, #g:nodes(3.0))
      end)

      it("refuses what is no number of nodes", function()
        local text = "bad argument #1 to 'nodes' (n must be an integer from 0 on)"
        graphs.refuses(text, function() g:nodes(-1) end)
        graphs.refuses(text, function() g:nodes(1.5) end)
        graphs.refuses(text, function() g:nodes("3") end)
        graphs.refuses(text, function() g:nodes() end)
        assert.equal(0, g:count())
      end)
    end)

    describe("link_all", function()
      it("links pairs", function()
        local a, b = g:node(), g:node()
        g:link_all { a, b, b, a, a, a, a + 0.0, b }
        assert.equal(3, g:refcount(a))
        assert.equal(3, g:refcount(b))
        assert.equal(4, g:stats().edges)
        g:link_all {}
        assert.equal(4, g:stats().edges)
      end)

      it("takes a vector of integers, and a list with metamethods", function()
        local ids = g:nodes(3)
        g:link_all(ints.from { ids[1], ids[2], ids[2], ids[3] })
        g:link_all(ints.new(0))
        g:link_all(setmetatable({}, {
          __len = function() return 2 end,
          __index = function(_, i) return ids[4 - i] end,
        }))
        assert.same({ ids[2] }, (g:referents(ids[1])))
        assert.same({ ids[3] }, (g:referents(ids[2])))
        assert.same({ ids[2] }, (g:referents(ids[3])))
      end)

      it("links nothing where an item is wrong", function()
        local a, b = g:node(), g:node()
        local dead = g:node()
        g:release(dead)
        local object = g:object()
        local text = "bad argument #1 to 'link_all' (item %d is no live node)"
        for i, item in pairs { [1] = dead, [2] = "x", [3] = 0.5, [4] = false, [5] = object } do
          local list = { a, b, a, b, a, b }
          list[i] = item
          assert.equal(text:format(i), blame.message(g.link_all, g, list))
        end
        assert.equal(text:format(2), blame.message(g.link_all, g, { a, nil, b, a }))
        assert.equal(text:format(2), blame.message(g.link_all, g, ints.from { a, -1 }))
        graphs.refuses("bad argument #1 to 'link_all' (odd number of items)",
          function() g:link_all({ a, b, a }) end)
        assert.equal(0, g:stats().edges)
      end)

      it("reads a list that changes the graph, and still links live nodes alone", function()
        local a, b = g:node(), g:node()
        local list = setmetatable({}, {
          __len = function() return 2 end,
          __index = function(_, i)
            if i == 2 then g:release(a) end
            return i == 1 and a or b
          end,
        })
        assert.equal("bad argument #1 to 'link_all' (item 1 is no live node)",
          blame.message(g.link_all, g, list))
        assert.equal(1, g:refcount(b))
      end)

      it("refuses what is no list", function()
        local text = "bad argument #1 to '%s' (table expected, got %s)"
        for _, name in ipairs { "link_all", "release_all" } do
          assert.equal(text:format(name, "number"), blame.message(g[name], g, 5))
          assert.equal(text:format(name, "string"), blame.message(g[name], g, "ab"))
          assert.equal(text:format(name, "perilune.graph"), blame.message(g[name], g, g))
          assert.equal(text:format(name, "perilune.graph.object"),
            blame.message(g[name], g, g:object()))
        end
      end)
    end)

    describe("release_all", function()
      it("releases each id as often as it occurs", function()
        local a, b = g:node(), g:node()
        g:retain(a)
        g:retain(a)
        g:release_all { a, b, a }
        assert.equal(1, g:handles(a))
        assert.is_false(g:alive(b))
        g:release_all {}
        g:release_all(ints.from { a })
        assert.equal(0, g:count())
      end)

      it("releases nodes that hold one another in any order", function()
        for _, order in ipairs { { 1, 2, 3 }, { 3, 2, 1 }, { 2, 3, 1 } } do
          local ids = graphs.chain(g, g:nodes(3))
          g:release_all { ids[order[1]], ids[order[2]], ids[order[3]] }
          assert.equal(0, g:count())
        end
      end)

      it("releases nothing where an item is wrong", function()
        local a, b, dead = g:node(), g:node(), g:node()
        g:release(dead)
        g:link(a, b)
        g:release(b)
        local dead_text = "bad argument #1 to 'release_all' (item %d is no live node)"
        local text = "bad argument #1 to 'release_all' (item %d has no handle to release)"
        assert.equal(dead_text:format(2), blame.message(g.release_all, g, { a, dead }))
        assert.equal(dead_text:format(2), blame.message(g.release_all, g, { a, "x", b }))
        assert.equal(text:format(2), blame.message(g.release_all, g, { a, b }))
        assert.equal(text:format(2), blame.message(g.release_all, g, ints.from { a, a }))
        graphs.refuses(text:format(2), function() g:release_all({ a, b }) end)
        assert.equal(1, g:handles(a))
        g:link(b, a)
        assert.is_false(pcall(g.release_all, g, { a, b }))
        assert.equal(0, g:stats().candidates)
      end)
    end)

    it("lets a long chain die", function()
      local ids = graphs.chain(g, g:nodes(LONG))
      local head = ids[1]
      ids[1] = table.remove(ids)
      g:release_all(ids)
      assert.equal(LONG, g:count())
      g:release(head)
      assert.equal(0, g:count())
      assert.equal(LONG, g:stats().died)
    end)

    it("collects a ring of 100,000", function()
      graphs.garbage_ring(g, 100000)
      assert.equal(100000, g:count())
      local report = g:collect()
      assert.equal(100000, report.freed)
      assert.is_true(report.edges >= 100000)
      assert.equal(0, g:count())
    end)

    it("finds the way along a ring of 30,000, and its cycle", function()
      local ids = graphs.ring(g, g:nodes(30000))
      for i = 2, #ids do g:release(ids[i]) end
      assert.equal(30000, #g:why_alive(ids[#ids]))
      g:release(ids[1])
      assert.is_nil(g:why_alive(ids[1]))
      local cycles = g:cycles("garbage")
      assert.equal(1, #cycles)
      assert.equal(30000, #cycles[1])
      g:close()
    end)

    it("collects though it has run out of memory before", function()
      for room = 0, 400000, 40000 do
        local small <close> = graph.new { auto = false }
        local live = small:node()
        small:link(graphs.garbage_ring(small, 5000)[1], live)
        collectgarbage()
        heap.limit(heap.used() + room)
        pcall(small.collect, small)
        heap.limit(0)
        small:collect()
        assert.same({ live }, small:ids())
        assert.equal(1, small:refcount(live))
      end
    end)

    it("stands a hub with 20,000 edges", function()
      local hub, ids, pairs = g:node(), g:nodes(20000), {}
      for _, id in ipairs(ids) do
        for _, end_point in ipairs { hub, id, id, hub } do pairs[#pairs + 1] = end_point end
      end
      g:link_all(pairs)
      assert.equal(20001, g:refcount(hub))
      g:release_all(ids)
      assert.equal(0, g:collect().freed)
      for i = 1, 100 do g:unlink(hub, ids[#ids + 1 - i]) end
      assert.equal(19901, g:count())
      g:release(hub)
      assert.equal(19901, g:count())
      assert.equal(19901, g:collect().freed)
    end)

    it("stands a hub that others hold and drop", function()
      local hub = g:node()
      g:link(hub, hub)
      for _ = 1, 20000 do
        local a = g:node()
        g:link(a, hub)
        g:release(a)
      end
      assert.equal(2, g:refcount(hub))
      assert.equal(0, g:collect().freed)
      assert.equal(20000, g:stats().died)
    end)
  end)
end
