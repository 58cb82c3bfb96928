--- Finalizers in collections, and what they may do, in every implementation of perilune.graph.
local graphs = require("spec.contract.graphs")
local kinds = require("spec.contract.kinds")

for kind, graph in kinds("graph") do
  describe("graph finalizers " .. kind, function()
    local g, called

    local function watch(act) graphs.watch(g, called, act) end

    local function calls() return graphs.sorted(called) end

    before_each(function() g, called = graph.new { auto = false }, {} end)
    after_each(function() g:close() end)

    describe("in a collection", function()
      it("are called for all garbage before any is freed", function()
        local ids = graphs.ring(g, g:nodes(3))
        local counts = {}
        watch(function() counts[#counts + 1] = graphs.count_alive(g, ids) end)
        g:release_all(ids)
        assert.equal(3, g:collect().freed)
        assert.same(graphs.sorted(ids), calls())
        assert.same({ 3, 3, 3 }, counts)
      end)

      it("can keep a node, with all that it leads to", function()
        local ring, tail, other = graphs.ring(g, g:nodes(3)), g:nodes(2), graphs.ring(g, g:nodes(2))
        graphs.chain(g, { ring[2], tail[1], tail[2] })
        g:link(other[1], ring[1])
        watch(function(id)
          if id == ring[1] then g:retain(id) end
        end)
        for _, ids in ipairs { ring, tail, other } do g:release_all(ids) end
        local report = g:collect()
        assert.equal(5, report.resurrected)
        assert.equal(2, report.freed)
        assert.equal(7, #called)
        assert.equal(2, g:refcount(ring[1]))
        assert.equal(5, g:stats().resurrected)
        g:release(ring[1])
        report = g:collect()
        assert.equal(5, report.freed)
        assert.equal(0, report.resurrected)
        assert.equal(7, #called)
      end)

      it("can keep a node by an edge from a live one, or from a new one", function()
        local keeper, a, b, c = g:node(), g:node(), g:node(), g:node()
        local made
        for _, id in ipairs { a, b, c } do
          g:link(id, id)
          g:release(id)
        end
        watch(function(id)
          if id == a then g:link(keeper, a) end
          if id == b then
            made = g:node()
            g:link(made, b)
          end
        end)
        local report = g:collect()
        assert.equal(2, report.resurrected)
        assert.equal(1, report.freed)
        assert.same(graphs.sorted { keeper, a, b, made }, graphs.sorted(g:ids()))
        assert.equal(2, g:refcount(a))
        assert.equal(2, g:refcount(b))
        g:release_all { keeper, made }
        assert.equal(2, g:collect().freed)
        assert.equal(5, #called)
      end)

      it("can keep a node by a cycle, until the next collection", function()
        local a, keeper = g:node(), nil
        g:link(a, a)
        g:release(a)
        watch(function(id)
          if keeper then return end
          keeper = g:node()
          g:link(id, keeper)
          g:release(keeper)
          g:link(keeper, id)
        end)
        assert.equal(1, g:collect().resurrected)
        assert.same(graphs.sorted { a, keeper }, graphs.sorted(g:ids()))
        assert.equal(2, g:collect().freed)
      end)

      it("can keep a node though they are taken away", function()
        local ring = graphs.garbage_ring(g, 3)
        watch(function(id)
          g:retain(id)
          g:finalizer(nil)
        end)
        assert.equal(3, g:collect().resurrected)
        assert.equal(1, #called)
        assert.same(graphs.sorted(ring), graphs.sorted(g:ids()))
        assert.same(called, g:roots())
      end)

      it("find no handle that leads to garbage", function()
        local ring = graphs.garbage_ring(g, 3)
        local paths = 0
        watch(function()
          for _, id in ipairs(ring) do
            if g:why_alive(id) then paths = paths + 1 end
          end
        end)
        assert.equal(3, g:collect().freed)
        assert.equal(0, paths)
      end)

      it("cannot keep a node by an edge from garbage", function()
        local ring = graphs.ring(g, g:nodes(3))
        watch(function(id)
          for _, other in ipairs(ring) do g:link(other, id) end
        end)
        g:release_all(ring)
        local report = g:collect()
        assert.equal(3, report.freed)
        assert.equal(0, report.resurrected)
        assert.equal(0, g:count())
        assert.equal(0, g:stats().edges)
      end)

      it("may take the garbage apart", function()
        local ring = graphs.ring(g, g:nodes(3))
        watch(function(id) g:clear(id) end)
        g:release_all(ring)
        assert.equal(3, g:collect().freed)
        assert.same(graphs.sorted(ring), calls())
        assert.equal(0, g:count())
      end)

      it("may take a live node's reference to another, which dies with a call", function()
        local keeper, leaf = g:node(), g:node()
        g:link(keeper, leaf)
        g:release(leaf)
        local a = g:node()
        g:link(a, a)
        g:release(a)
        watch(function(id)
          if id == a then g:release(keeper) end
        end)
        assert.equal(1, g:collect().freed)
        assert.same(graphs.sorted { a, keeper, leaf }, calls())
        assert.equal(0, g:count())
      end)

      it("come before the calls of those that die of the collection", function()
        local ring, made = graphs.ring(g, g:nodes(2)), {}
        watch(function(id)
          if id == ring[1] then
            made[1] = g:node()
            g:link(id, made[1])
            g:release(made[1])
          end
        end)
        g:release_all(ring)
        assert.equal(2, g:collect().freed)
        assert.equal(made[1], called[3])
        assert.equal(0, g:count())
      end)

      it("may link garbage to live nodes, which stay", function()
        local live, a = g:node(), g:node()
        g:link(a, a)
        g:release(a)
        watch(function(id)
          g:link(id, live)
          g:weak(live, id)
        end)
        assert.equal(1, g:collect().freed)
        assert.same({ live }, g:ids())
        assert.equal(1, g:refcount(live))
        assert.same({ {}, {} }, { g:referents(live) })
      end)

      it("may fail", function()
        graphs.garbage_ring(g, 3)
        watch(function() error("sorry") end)
        assert.equal(3, g:collect().freed)
        assert.equal(3, #called)
      end)

      it("are busy", function()
        local answers = {}
        graphs.garbage_ring(g, 2)
        watch(function()
          answers[#answers + 1] = table.pack(g:collect())
          answers[#answers + 1] = (pcall(g.close, g))
        end)
        assert.equal(2, g:collect().freed)
        local busy = { n = 3, nil, "a collection is under way", "busy" }
        assert.same({ busy, false, busy, false }, answers)
      end)

      it("may make garbage for the next one", function()
        graphs.garbage_ring(g, 2)
        watch(function()
          if g:count() < 6 then graphs.garbage_ring(g, 2) end
        end)
        assert.equal(2, g:collect().freed)
        assert.equal(4, g:count())
        assert.equal(4, g:collect().freed)
        assert.equal(6, #called)
      end)

      it("see what was saved, once", function()
        g:debug("saveall")
        local ids = graphs.garbage_ring(g, 3)
        watch()
        assert.equal(3, g:collect().uncollectable)
        g:debug()
        assert.equal(3, g:collect().freed)
        assert.same(graphs.sorted(ids), calls())
      end)
    end)
  end)
end
