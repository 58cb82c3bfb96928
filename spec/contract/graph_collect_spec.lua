--- Collections of cycles, by hand and by themselves, in every implementation of perilune.graph.
local graphs = require("spec.contract.graphs")
local kinds = require("spec.contract.kinds")

for kind, graph in kinds("graph") do
  describe("graph collections " .. kind, function()
    local g

    before_each(function() g = graph.new { auto = false } end)
    after_each(function() g:close() end)

    describe("by hand", function()
      it("free a cycle that no handle leads to", function()
        local ids = graphs.garbage_ring(g, 3)
        assert.equal(3, graphs.count_alive(g, ids))
        local report = g:collect()
        assert.is_false(report.automatic)
        assert.equal(3, report.freed)
        assert.equal(0, report.resurrected)
        assert.equal(0, report.uncollectable)
        assert.is_true(report.candidates >= 1 and report.candidates <= 3)
        assert.is_true(report.edges >= 3)
        assert.equal(0, g:count())
        assert.equal(0, g:stats().edges)
      end)

      it("free edges to oneself, and parallel ones", function()
        local a, b = g:node(), g:node()
        g:link_all { a, a, a, b, a, b, b, a, b, b }
        g:release_all { a, b }
        assert.equal(2, g:collect().freed)
      end)

      it("leave what a handle leads to", function()
        local ring = graphs.ring(g, g:nodes(4))
        local holder = g:node()
        g:link(holder, ring[2])
        g:release_all(ring)
        assert.equal(0, g:collect().freed)
        assert.equal(5, g:count())
        for i, id in ipairs(ring) do assert.equal(i == 2 and 2 or 1, g:refcount(id)) end
        g:release(holder)
        assert.equal(4, g:collect().freed)
      end)

      it("free what garbage leads to, and leave what leads to garbage", function()
        local ring, tail, live = graphs.ring(g, g:nodes(3)), g:nodes(3), g:node()
        g:link(ring[1], tail[1])
        graphs.chain(g, tail)
        g:link(ring[2], live)
        g:link(live, tail[3])
        g:release_all(ring)
        g:release_all(tail)
        assert.equal(5, g:collect().freed)
        assert.same(graphs.sorted { live, tail[3] }, graphs.sorted(g:ids()))
        assert.equal(1, g:refcount(live))
        assert.equal(1, g:refcount(tail[3]))
      end)

      it("see no reference in a weak edge", function()
        local ring, holder = graphs.ring(g, g:nodes(3)), g:node()
        g:weak(holder, ring[1])
        g:weak(ring[1], holder)
        g:release_all(ring)
        assert.equal(3, g:collect().freed)
        assert.equal(1, g:count())
      end)

      it("look at nothing where no node has lost a reference", function()
        graphs.ring(g, g:nodes(100))
        local report = g:collect()
        assert.equal(0, report.candidates)
        assert.equal(0, report.edges)
      end)

      it("look at a survivor once", function()
        local ring = graphs.ring(g, g:nodes(10))
        local last = table.remove(ring)
        g:release_all(ring)
        assert.is_true(g:collect().edges >= 10)
        assert.equal(0, g:collect().edges)
        g:release(last)
        assert.equal(10, g:collect().freed)
      end)

      it("free cycles that hold one another", function()
        local rings = {}
        for i = 1, 10 do
          rings[i] = graphs.ring(g, g:nodes(5))
          if i > 1 then g:link(rings[i - 1][3], rings[i][1]) end
        end
        for _, ring in ipairs(rings) do g:release_all(ring) end
        g:retain(rings[6][2])
        assert.equal(25, g:collect().freed)
        g:release(rings[6][2])
        assert.equal(25, g:collect().freed)
      end)

      it("free a cycle whose nodes lose their references one by one", function()
        local ring = graphs.ring(g, g:nodes(6))
        for _, id in ipairs(ring) do
          assert.equal(0, g:collect().freed)
          g:release(id)
        end
        assert.equal(6, g:collect().freed)
      end)

      it("free a cycle that is closed after its handles have gone", function()
        local a, b, c = g:node(), g:node(), g:node()
        graphs.chain(g, { a, b, c })
        g:release_all { b, c }
        g:link(c, b)
        g:unlink(a, b)
        assert.equal(2, g:collect().freed)
        assert.same({ a }, g:ids())
      end)

      it("let die by count what only garbage held weakly or once", function()
        local ring, leaf = graphs.ring(g, g:nodes(2)), g:node()
        g:link(ring[1], leaf)
        g:release(leaf)
        g:release_all(ring)
        g:collect()
        assert.equal(0, g:count())
        local stats = g:stats()
        assert.equal(3, stats.died + stats.freed)
      end)
    end)

    describe("candidates", function()
      local function candidates() return g:stats().candidates end

      it("are nodes that lost a reference and may be on a cycle", function()
        local a, b, c = g:node(), g:node(), g:node()
        g:link(a, b)
        g:link(b, c)
        assert.equal(0, candidates())
        g:release(c)
        assert.equal(0, candidates())
        g:release(b)
        assert.equal(1, candidates())
        g:retain(a)
        g:release(a)
        assert.equal(1, candidates())
      end)

      it("are counted once, and no longer when they die", function()
        local a, b, c = g:node(), g:node(), g:node()
        g:link_all { a, b, a, b, a, b, b, c }
        g:release(b)
        g:unlink(a, b)
        g:unlink(a, b)
        assert.equal(1, candidates())
        g:unlink(a, b)
        assert.is_false(g:alive(b))
        assert.equal(0, candidates())
      end)

      it("are made by the death of others", function()
        local a, b, c = g:node(), g:node(), g:node()
        g:link_all { a, b, c, b, b, c }
        g:release(b)
        g:collect()
        assert.equal(0, candidates())
        g:release(a)
        assert.equal(1, candidates())
      end)

      it("are none after a collection", function()
        local ring = graphs.ring(g, g:nodes(5))
        g:release_all { ring[1], ring[2] }
        assert.equal(2, candidates())
        g:collect()
        assert.equal(0, candidates())
      end)
    end)

    describe("by itself", function()
      it("begin at the threshold", function()
        local small <close> = graph.new { threshold = 10 }
        for _ = 1, 3 do graphs.garbage_ring(small, 3) end
        assert.equal(9, small:count())
        assert.equal(9, small:stats().candidates)
        graphs.garbage_ring(small, 3)
        assert.equal(0, small:count())
        local stats = small:stats()
        assert.equal(1, stats.automatic)
        assert.equal(1, stats.collections)
        assert.equal(12, stats.freed)
      end)

      it("bound the garbage", function()
        local small <close> = graph.new { threshold = 100 }
        for _ = 1, 2000 do
          graphs.garbage_ring(small, 5)
          assert.is_true(small:count() <= 105)
        end
        assert.is_true(small:stats().automatic >= 95)
      end)

      it("follow every way to lose a reference", function()
        local small <close> = graph.new { threshold = 1 }
        local function loop()
          local a = small:node()
          small:link(a, a)
          return a
        end
        local holder, other = small:node(), small:node()
        small:link(other, other)
        local a, b, c, d = loop(), loop(), loop(), loop()
        small:release(a)
        assert.is_false(small:alive(a))
        for _, id in ipairs { b, c, d } do small:link(holder, id) end
        small:release_all { b, c, d }
        assert.equal(5, small:count())
        small:unlink(holder, b)
        assert.is_false(small:alive(b))
        small:clear(holder)
        assert.is_false(small:alive(c))
        assert.is_false(small:alive(d))
        local e = loop()
        small:link(holder, e)
        small:release(e)
        small:release(holder)
        assert.same({ other }, small:ids())
      end)

      it("wait until they are allowed", function()
        local small <close> = graph.new { threshold = 1, auto = false }
        assert.is_false(small:auto())
        graphs.garbage_ring(small, 3)
        assert.equal(3, small:count())
        assert.is_false(small:auto(true))
        assert.is_true(small:auto())
        graphs.garbage_ring(small, 3)
        assert.equal(0, small:count())
        assert.is_true(small:auto(false))
        graphs.garbage_ring(small, 3)
        assert.equal(3, small:count())
      end)

      it("wait for a quarter of what the last one went through in vain", function()
        local small <close> = graph.new { threshold = 10 }
        local live = graphs.ring(small, small:nodes(1001))
        for i = 1, 10 do small:release(live[i]) end
        local stats = small:stats()
        assert.equal(1, stats.automatic)
        assert.equal(0, stats.freed)
        assert.equal(1001 // 4, stats.threshold)
        assert.equal(10, small:threshold())
        for i = 11, 259 do small:release(live[i]) end
        assert.equal(1, small:stats().automatic)
        small:release(live[260])
        assert.equal(2, small:stats().automatic)
      end)

      it("come at the threshold again when garbage was found, or after one by hand", function()
        local small <close> = graph.new { threshold = 10 }
        local live = graphs.ring(small, small:nodes(1001))
        for i = 1, 10 do small:release(live[i]) end
        assert.equal(250, small:stats().threshold)
        small:collect()
        assert.equal(10, small:stats().threshold)
        for i = 11, 20 do small:release(live[i]) end
        assert.equal(250, small:stats().threshold)
        for i = 21, 1001 do small:release(live[i]) end
        assert.is_true(small:collect().freed == 1001 or small:count() == 0)
        for _ = 1, 4 do graphs.garbage_ring(small, 3) end
        assert.equal(10, small:stats().threshold)
      end)

      it("go by a new threshold", function()
        local small <close> = graph.new { threshold = 2.0 }
        assert.equal(2, small:threshold(4))
        assert.equal("integer", math.type(small:threshold()))
        assert.equal(4, small:threshold())
        assert.equal(4, small:stats().threshold)
        graphs.garbage_ring(small, 3)
        assert.equal(3, small:count())
        assert.equal(4, small:threshold(1))
        small:release(small:node())
        assert.equal(0, small:count())
      end)
    end)

    describe("callbacks", function()
      it("are told what begins and what has ended", function()
        local events = {}
        g:on("start", function(info) events[#events + 1] = { "start", info } end)
        g:on("stop", function(report) events[#events + 1] = { "stop", report } end)
        graphs.garbage_ring(g, 3)
        local report = g:collect()
        assert.equal("start", events[1][1])
        assert.same({ automatic = false, candidates = 3 }, events[1][2])
        assert.equal("stop", events[2][1])
        assert.same(report, events[2][2])
        assert.equal(2, #events)
      end)

      it("are told whose idea it was", function()
        local small <close> = graph.new { threshold = 1 }
        local ideas = {}
        small:on("start", function(info) ideas[#ideas + 1] = info.automatic end)
        small:on("stop", function(report) ideas[#ideas + 1] = report.automatic end)
        graphs.garbage_ring(small, 2)
        small:collect()
        assert.same({ true, true, false, false }, ideas)
      end)

      it("are one an event, and can be taken away", function()
        local calls = {}
        g:on("start", function() calls[#calls + 1] = "old" end)
        g:on("start", function() calls[#calls + 1] = "new" end)
        g:collect()
        g:on("start")
        g:on("stop", nil)
        g:collect()
        assert.same({ "new" }, calls)
      end)

      it("may use the graph, but not collect or close it", function()
        local answers, made = {}, nil
        local function busy()
          answers[#answers + 1] = table.pack(g:collect())
          answers[#answers + 1] = table.pack(pcall(g.close, g))
          made = graphs.garbage_ring(g, 2)
        end
        g:on("start", busy)
        g:on("stop", busy)
        graphs.garbage_ring(g, 3)
        local report = g:collect()
        assert.equal(5, report.freed)
        assert.same(graphs.sorted(made), graphs.sorted(g:ids()))
        for i = 1, 3, 2 do
          assert.same({ n = 3, nil, "a collection is under way", "busy" }, answers[i])
          assert.is_false(answers[i + 1][1])
          assert.truthy(answers[i + 1][2]:find("the graph is in use", 1, true))
        end
        assert.equal(4, #answers)
      end)

      it("start nothing by themselves", function()
        local small <close> = graph.new { threshold = 1 }
        local starts = 0
        small:on("start", function()
          starts = starts + 1
          if starts < 10 then graphs.garbage_ring(small, 2) end
        end)
        graphs.garbage_ring(small, 2)
        assert.equal(1, starts)
        assert.equal(0, small:count())
      end)

      it("let what they release die before the call returns", function()
        local a, b = g:node(), g:node()
        g:link(a, b)
        g:release(b)
        g:on("stop", function() g:release(a) end)
        g:collect()
        assert.equal(0, g:count())
      end)

      it("may fail", function()
        g:on("start", function() error("sorry") end)
        g:on("stop", function() error({}) end)
        graphs.garbage_ring(g, 3)
        assert.equal(3, g:collect().freed)
        g:on("stop")
        g:on("start")
        assert.equal(0, g:collect().freed)
      end)
    end)

    describe("saveall", function()
      it("saves garbage, with a handle each, instead of freeing it", function()
        g:debug("saveall")
        local ids = graphs.garbage_ring(g, 3)
        local report = g:collect()
        assert.equal(0, report.freed)
        assert.equal(3, report.uncollectable)
        assert.same(graphs.sorted(ids), graphs.sorted(g:garbage()))
        for _, id in ipairs(ids) do
          assert.equal(1, g:handles(id))
          assert.equal(2, g:refcount(id))
        end
        assert.equal(0, g:collect().uncollectable)
        local more = graphs.garbage_ring(g, 2)
        assert.equal(2, g:collect().uncollectable)
        assert.equal(5, #g:garbage())
        assert.equal(2, graphs.count_alive(g, more))
      end)

      it("lets go of all when it ends", function()
        g:debug("saveall")
        local ids = graphs.garbage_ring(g, 3)
        local tail = g:node()
        g:link(ids[1], tail)
        g:release(tail)
        g:collect()
        g:clear(ids[1])
        g:debug()
        assert.same({}, g:garbage())
        assert.equal(0, g:count())
        graphs.garbage_ring(g, 3)
        assert.equal(3, g:collect().freed)
      end)

      it("keeps what is still on a cycle for the next collection", function()
        g:debug("saveall")
        graphs.garbage_ring(g, 3)
        g:collect()
        g:debug()
        assert.equal(3, g:count())
        assert.equal(3, g:collect().freed)
      end)

      it("has a handle of its own, which is not for others to release", function()
        g:debug("saveall")
        local a = g:node()
        g:link(a, a)
        g:release(a)
        g:collect()
        assert.same({ a }, g:garbage())
        assert.same({ a }, g:roots())
        assert.same({ a }, g:why_alive(a))
        assert.equal(1, g:handles(a))
        graphs.refuses("bad argument #1 to 'release' (the node has no handle)",
          function() g:release(a) end)
        graphs.refuses("bad argument #1 to 'release_all' (item 1 has no handle to release)",
          function() g:release_all({ a }) end)
        do
          local object <close> = g:hold(a)
          g:release(object)
        end
        assert.equal(1, g:handles(a))
        g:clear(a)
        assert.is_true(g:alive(a))
        g:debug()
        assert.is_false(g:alive(a))
      end)

      it("leaves deaths by count alone", function()
        g:debug("saveall")
        g:release(g:node())
        assert.equal(0, g:count())
        assert.same({}, g:garbage())
      end)
    end)
  end)
end
