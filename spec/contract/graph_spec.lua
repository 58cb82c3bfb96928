--- Nodes, edges and counts, in every implementation of perilune.graph.
local graphs = require("spec.contract.graphs")
local kinds = require("spec.contract.kinds")

local edges, sorted = graphs.edges, graphs.sorted

for kind, graph in kinds("graph") do
  describe("graph " .. kind, function()
    local g

    before_each(function() g = graph.new() end)
    after_each(function() g:close() end)

    describe("an empty graph", function()
      it("has nothing", function()
        assert.equal(0, g:count())
        assert.same({}, g:ids())
        assert.same({}, g:roots())
        assert.same({}, g:garbage())
        assert.same({}, g:cycles())
        assert.same({}, g:counts())
        assert.same({}, g:growth())
        assert.same({}, g:nodes(0))
        assert.equal("perilune.graph: 0 nodes", tostring(g))
      end)

      it("collects nothing", function()
        local report = g:collect()
        assert.is_false(report.automatic)
        for _, name in ipairs { "candidates", "edges", "freed", "resurrected", "uncollectable" } do
          assert.equal(0, report[name], name)
        end
        assert.equal("integer", math.type(report.pause_ns))
        assert.is_true(report.pause_ns >= 0)
      end)
    end)

    describe("a node", function()
      it("has one handle, the caller's", function()
        local a = g:node()
        assert.equal("integer", math.type(a))
        assert.is_true(g:alive(a))
        assert.equal(1, g:refcount(a))
        assert.equal(1, g:handles(a))
        assert.same({ a }, g:ids())
        assert.same({ a }, g:roots())
        assert.equal("perilune.graph: 1 node", tostring(g))
      end)

      it("dies with its last handle", function()
        local a = g:node()
        g:retain(a)
        g:release(a)
        assert.is_true(g:alive(a))
        g:release(a)
        assert.is_false(g:alive(a))
        assert.equal(0, g:count())
        assert.equal(1, g:stats().died)
      end)

      it("has an id that no other one gets", function()
        local seen = {}
        for _ = 1, 3 do
          local ids = g:nodes(100)
          for _, id in ipairs(ids) do
            assert.is_nil(seen[id])
            seen[id] = true
          end
          g:release_all(ids)
        end
        assert.equal(0, g:count())
      end)

      it("may be named by a float with the id's value", function()
        local a, b = g:node(), g:node()
        g:link(a + 0.0, b + 0.0)
        assert.equal(2, g:refcount(b + 0.0))
        assert.is_true(g:alive(a + 0.0))
        assert.same({ b }, (g:referents(a + 0.0)))
        assert.equal("integer", math.type(g:referents(a)[1]))
        assert.equal("integer", math.type(g:why_alive(b + 0.0)[1]))
        g:release_all { b + 0.0 }
        assert.equal(0, g:handles(b))
      end)

      it("is not alive where there never was one", function()
        local a = g:node()
        for _, id in ipairs { 0, -1, -a, a + 1, a ~ (1 << 40), 1 << 53, math.maxinteger,
          math.mininteger, 2.0 ^ 62, -0.0 } do
          assert.is_false(g:alive(id), id)
        end
      end)

      it("keeps a value of any type", function()
        local values = { 0, -1.5, "", "a", true, false, {}, print, coroutine.create(print), g,
          io.stdout }
        for _, value in ipairs(values) do
          local a = g:node(value)
          assert.equal(value, g:value(a))
        end
        local a = g:node(0 / 0)
        assert.is_true(g:value(a) ~= g:value(a))
        assert.is_nil(g:value(g:node()))
        assert.is_nil(g:value(g:node(nil)))
      end)

      it("changes its value", function()
        local a, b = g:node("old"), g:node()
        g:set_value(a, "new")
        g:set_value(b, false)
        assert.equal("new", g:value(a))
        assert.is_false(g:value(b))
        g:set_value(a, nil)
        assert.is_nil(g:value(a))
        assert.equal(2, g:count())
      end)

      it("lets go of its value when it dies, or gets another", function()
        local alive = setmetatable({}, { __mode = "k" })
        local function watched()
          local value = {}
          alive[value] = true
          return value
        end
        local function left()
          collectgarbage()
          local n = 0
          for _ in pairs(alive) do n = n + 1 end
          return n
        end
        local a, b, c = g:node(watched()), g:node(watched()), g:node(watched())
        assert.equal(3, left())
        g:set_value(a, 1)
        assert.equal(2, left())
        g:release(b)
        assert.equal(1, left())
        g:link(c, c)
        g:release(c)
        assert.equal(1, left())
        g:collect()
        assert.equal(0, left())
      end)

      it("has a label or none", function()
        local a = g:node()
        assert.is_nil(g:label(a))
        g:set_label(a, "account")
        assert.equal("account", g:label(a))
        g:set_label(a, "")
        assert.equal("", g:label(a))
        g:set_label(a, "a\0b" .. ("long"):rep(50))
        assert.equal("a\0b" .. ("long"):rep(50), g:label(a))
        g:set_label(a)
        assert.is_nil(g:label(a))
      end)
    end)

    describe("an edge", function()
      it("is a reference", function()
        local a, b = g:node(), g:node()
        g:link(a, b)
        assert.equal(2, g:refcount(b))
        assert.equal(1, g:handles(b))
        assert.equal(1, g:refcount(a))
        assert.same({ b }, (g:referents(a)))
        g:release(b)
        assert.is_true(g:alive(b))
        assert.same({ a }, g:roots())
        g:release(a)
        assert.equal(0, g:count())
      end)

      it("counts again where there is one already", function()
        local a, b = g:node(), g:node()
        for _ = 1, 3 do g:link(a, b) end
        assert.equal(4, g:refcount(b))
        assert.same({ b, b, b }, (g:referents(a)))
        assert.equal(3, g:stats().edges)
        assert.is_true(g:unlink(a, b))
        assert.equal(3, g:refcount(b))
        g:release(b)
        g:unlink(a, b)
        assert.is_true(g:alive(b))
        g:unlink(a, b)
        assert.is_false(g:alive(b))
        assert.equal(0, g:stats().edges)
      end)

      it("may lead to its own node", function()
        local a = g:node()
        g:link(a, a)
        g:link(a, a)
        assert.equal(3, g:refcount(a))
        g:release(a)
        assert.is_true(g:alive(a))
        assert.is_true(g:unlink(a, a))
        assert.is_true(g:alive(a))
        assert.is_true(g:unlink(a, a))
        assert.is_false(g:alive(a))
      end)

      it("goes with its source, of which the target may die", function()
        local a, b, c, d = g:node(), g:node(), g:node(), g:node()
        graphs.chain(g, { a, b, c })
        g:link(a, d)
        g:release_all { b, c }
        g:release(a)
        assert.same({ d }, g:ids())
        assert.equal(1, g:refcount(d))
        assert.equal(3, g:stats().died)
        assert.equal(0, g:stats().edges)
      end)

      it("is not there to remove", function()
        local a, b = g:node(), g:node()
        g:link(a, b)
        assert.is_false(g:unlink(b, a))
        assert.is_false(g:unlink(a, a))
        g:unlink(a, b)
        assert.is_false(g:unlink(a, b))
        assert.equal(1, g:refcount(b))
      end)

      it("is found among many", function()
        local a, ids, times = g:node(), g:nodes(200), {}
        for i = 0, 999 do
          local b = ids[i * 7 % 200 + 1]
          g:link(a, b)
          times[b] = (times[b] or 0) + 1
        end
        for i = 0, 999 do
          local b = ids[i * 11 % 200 + 1]
          assert.is_true(g:unlink(a, b))
          times[b] = times[b] - 1
          assert.equal(1 + times[b], g:refcount(b))
        end
        assert.same({}, (g:referents(a)))
      end)
    end)

    describe("a weak edge", function()
      it("is no reference", function()
        local a, b = g:node(), g:node()
        g:weak(a, b)
        assert.equal(1, g:refcount(b))
        assert.equal(0, g:stats().edges)
        local strong, weak = g:referents(a)
        assert.same({}, strong)
        assert.same({ b }, weak)
      end)

      it("is gone when its target dies", function()
        local a, b, c = g:node(), g:node(), g:node()
        g:weak(a, b)
        g:weak(a, c)
        g:weak(a, b)
        g:release(b)
        assert.is_false(g:alive(b))
        assert.same({ c }, (select(2, g:referents(a))))
        assert.is_true(g:unlink(a, c))
        assert.same({}, (select(2, g:referents(a))))
      end)

      it("is gone when its target is collected", function()
        local a = g:node()
        local ring = graphs.garbage_ring(g, 3)
        for _, id in ipairs(ring) do g:weak(a, id) end
        g:weak(ring[1], ring[2])
        g:weak(ring[1], a)
        g:collect()
        assert.same({ {}, {} }, { g:referents(a) })
        assert.same({ {}, {} }, { g:referrers(a) })
      end)

      it("goes with its source", function()
        local a, b = g:node(), g:node()
        g:weak(a, b)
        g:release(a)
        assert.same({ {}, {} }, { g:referrers(b) })
        g:release(b)
        assert.equal(0, g:count())
      end)

      it("may be one of several, beside strong ones and to its own node", function()
        local a, b = g:node(), g:node()
        g:weak(a, b)
        g:weak(a, b)
        g:link(a, b)
        g:weak(a, a)
        local strong, weak = edges(g, a)
        assert.same({ b }, strong)
        assert.same(sorted { a, b, b }, weak)
        assert.is_true(g:unlink(a, b))
        assert.equal(1, g:refcount(b))
        strong, weak = edges(g, a)
        assert.same({}, strong)
        assert.same(sorted { a, b, b }, weak)
        g:unlink(a, b)
        g:unlink(a, a)
        assert.same({ b }, (select(2, g:referents(a))))
        g:unlink(a, b)
        assert.is_false(g:unlink(a, b))
        g:weak(a, a)
        g:release(a)
        assert.is_false(g:alive(a))
      end)

      it("comes and goes in numbers", function()
        local hubs, ids = g:nodes(2), g:nodes(2000)
        for _, id in ipairs(ids) do
          g:weak(hubs[1], id)
          g:weak(id, hubs[2])
        end
        assert.equal(2000, #select(2, g:referents(hubs[1])))
        assert.equal(2000, #select(2, g:referrers(hubs[2])))
        for i = 1, 2000, 2 do g:release(ids[i]) end
        assert.equal(1000, #select(2, g:referents(hubs[1])))
        assert.equal(1000, #select(2, g:referrers(hubs[2])))
        g:release(hubs[2])
        assert.same({}, select(2, g:referents(ids[2])))
        g:release(hubs[1])
        assert.same({}, select(2, g:referrers(ids[2])))
      end)
    end)

    describe("clear", function()
      it("removes all edges out of a node and tells how many were strong", function()
        local a, b, c = g:node(), g:node(), g:node()
        g:link(a, b)
        g:link(a, b)
        g:link(a, c)
        g:link(a, a)
        g:weak(a, c)
        g:link(c, a)
        g:release(b)
        assert.equal(4, g:clear(a))
        assert.is_false(g:alive(b))
        assert.same({ {}, {} }, { g:referents(a) })
        assert.same({ a }, (g:referents(c)))
        assert.equal(2, g:refcount(a))
        assert.equal(1, g:stats().edges)
        assert.equal(0, g:clear(a))
      end)

      it("breaks a cycle, which dies without the collector", function()
        local ring = graphs.garbage_ring(g, 5)
        assert.equal(1, g:clear(ring[3]))
        assert.equal(0, g:count())
        assert.equal(0, g:stats().collections)
      end)

      it("may kill the node itself", function()
        local a = g:node()
        g:link(a, a)
        g:release(a)
        assert.equal(1, g:clear(a))
        assert.is_false(g:alive(a))
      end)
    end)

    describe("bind", function()
      it("gives the three methods of hot loops", function()
        local node, link, release = g:bind()
        local a, b = node("value"), node()
        assert.equal("value", g:value(a))
        link(a, b)
        assert.equal(2, g:refcount(b))
        release(b)
        release(a)
        assert.equal(0, g:count())
      end)

      it("keeps the graph alive", function()
        local node
        do
          local other = graph.new()
          node = other:bind()
          other = nil -- luacheck: ignore
        end
        collectgarbage()
        collectgarbage()
        assert.equal("integer", math.type(node()))
      end)

      it("lets the graph collect", function()
        local small <close> = graph.new { threshold = 1 }
        local node, link, release = small:bind()
        local a = node()
        link(a, a)
        release(a)
        assert.equal(0, small:count())
      end)
    end)

    it("counts its doings", function()
      local before = g:stats()
      local ids = graphs.ring(g, g:nodes(4))
      g:link(ids[1], ids[3])
      local stats = g:stats()
      assert.equal(0, before.nodes)
      assert.equal(4, stats.nodes)
      assert.equal(5, stats.edges)
      assert.equal(0, stats.candidates)
      assert.equal(10000, stats.threshold)
      g:release_all(ids)
      g:release(g:node())
      g:collect()
      stats = g:stats()
      assert.equal(0, stats.nodes)
      assert.equal(0, stats.edges)
      assert.equal(1, stats.died)
      assert.equal(4, stats.freed)
      assert.equal(1, stats.collections)
      assert.equal(0, stats.automatic)
      assert.is_true(stats.longest_ns <= stats.pause_ns)
    end)

    it("is collected by Lua with its values, bound methods and objects", function()
      local alive = setmetatable({}, { __mode = "k" })
      do
        local other, value = graph.new(), {}
        value.graph, value.bound = other, { other:bind() }
        value.object = other:object(value)
        other:node(value)
        other:finalizer(function() return other end)
        other:on("start", function() return value end)
        alive[value] = true
      end
      for _ = 1, 3 do collectgarbage() end
      assert.is_nil(next(alive))
    end)
  end)
end
