--- Finalizers and what they may do, in every implementation of perilune.graph; in collections:
--- graph_finalizer_collect_spec.lua.
local graphs = require("spec.contract.graphs")
local kinds = require("spec.contract.kinds")

for kind, graph in kinds("graph") do
  describe("graph finalizers " .. kind, function()
    local g, called

    local function watch(act) graphs.watch(g, called, act) end

    local function calls() return graphs.sorted(called) end

    before_each(function() g, called = graph.new { auto = false }, {} end)
    after_each(function() g:close() end)

    describe("where a count goes to 0", function()
      it("are called with the id and the value of a node that is alive", function()
        local seen = {}
        g:finalizer(function(...)
          local id, value = ...
          seen[#seen + 1] = { select("#", ...), id, g:alive(id), g:refcount(id), value }
        end)
        local a, b = g:node("value"), g:node()
        g:release(a)
        assert.same({ 2, a, true, 0, "value" }, seen[1])
        g:release(b)
        assert.same({ 2, b, true, 0 }, seen[2])
        assert.equal(0, g:count())
      end)

      it("are called for parents first, with their edges in place", function()
        local ids = graphs.chain(g, g:nodes(5))
        local targets = {}
        watch(function(id) targets[id] = g:referents(id)[1] or "none" end)
        for i = 2, 5 do g:release(ids[i]) end
        g:release(ids[1])
        assert.same(ids, called)
        for i = 1, 4 do assert.equal(ids[i + 1], targets[ids[i]]) end
        assert.equal("none", targets[ids[5]])
      end)

      it("are one a graph, and can be taken away", function()
        local old = 0
        g:finalizer(function() old = old + 1 end)
        watch()
        g:release(g:node())
        g:finalizer(nil)
        g:release(g:node())
        assert.equal(0, old)
        assert.equal(1, #called)
        assert.equal(0, g:count())
      end)

      it("can keep the node, once in its life", function()
        watch(function(id) g:retain(id) end)
        local a, b = g:node(), g:node()
        g:link(a, b)
        g:release(b)
        g:release(a)
        assert.same({ a }, called)
        assert.equal(2, g:count())
        assert.equal(1, g:refcount(a))
        assert.equal(1, g:stats().resurrected)
        g:release(a)
        assert.same({ a, b }, called)
        assert.is_false(g:alive(a))
        assert.same({ b }, g:ids())
        g:release(b)
        assert.same({ a, b }, called)
        assert.equal(0, g:count())
      end)

      it("can keep it by an edge or an object, as well", function()
        local keeper, objects = g:node(), {}
        watch(function(id, value)
          if value == "edge" then g:link(keeper, id) else objects[1] = g:hold(id) end
        end)
        local a, b = g:node("edge"), g:node("object")
        g:release_all { a, b }
        assert.equal(1, g:refcount(a))
        assert.equal(0, g:handles(a))
        assert.equal(1, g:handles(b))
        objects[1]:close()
        g:unlink(keeper, a)
        assert.same({ keeper }, g:ids())
        assert.equal(2, #called)
      end)

      it("keep nothing by an edge that is gone when they return", function()
        local keeper = g:node()
        watch(function(id)
          g:retain(id)
          g:link(keeper, id)
          g:release(id)
          g:unlink(keeper, id)
        end)
        local a = g:node()
        g:release(a)
        assert.same({ a }, called)
        assert.same({ keeper }, g:ids())
      end)

      it("can keep it by an edge from itself, until the next collection", function()
        watch(function(id) g:link(id, id) end)
        local a = g:node()
        g:release(a)
        assert.is_true(g:alive(a))
        assert.equal(1, g:collect().freed)
        assert.same({ a }, called)
      end)

      it("may release others, which die before the call returns", function()
        local ids = g:nodes(1000)
        local next_one = {}
        for i, id in ipairs(ids) do next_one[id] = ids[i + 1] end
        watch(function(id)
          if next_one[id] then g:release(next_one[id]) end
        end)
        g:release(ids[1])
        assert.equal(0, g:count())
        assert.same(ids, called)
      end)

      it("are not under way twice", function()
        local depth, deepest = 0, 0
        local ids = g:nodes(10)
        watch(function()
          depth = depth + 1
          deepest = math.max(depth, deepest)
          for _, other in ipairs(ids) do
            if g:alive(other) and g:handles(other) > 0 then g:release(other) end
          end
          depth = depth - 1
        end)
        g:release(ids[1])
        assert.equal(1, deepest)
        assert.equal(10, #called)
        assert.equal(0, g:count())
      end)

      it("may make nodes", function()
        local made
        watch(function(id, value)
          if value ~= "first" then return end
          made = g:node("second")
          g:link(id, made)
          g:release(g:node("third"))
        end)
        local a = g:node("first")
        g:release(a)
        assert.same({ made }, g:ids())
        assert.equal(1, g:refcount(made))
        assert.equal(2, #called)
      end)

      it("may search the graph while others wait for their death", function()
        local hub, ids, live = g:node(), g:nodes(20), graphs.chain(g, g:nodes(30))
        for _, id in ipairs(ids) do g:link(hub, id) end
        g:release_all(ids)
        local paths = {}
        watch(function()
          paths[#paths + 1] = #g:why_alive(live[7])
          g:referrers(live[7])
          g:cycles()
          g:dot()
        end)
        g:release(hub)
        assert.equal(21, #called)
        assert.equal(21, #paths)
        assert.equal(30, g:count())
      end)

      it("may fail, and that counts as a return", function()
        local a, b = g:node(), g:node()
        g:link(a, b)
        watch(function(id)
          if id == a then error("sorry") end
          error(setmetatable({}, { __tostring = function() error("no text") end }))
        end)
        g:release(b)
        g:release(a)
        assert.same({ a, b }, called)
        assert.equal(0, g:count())
      end)

      it("may not yield, which is an error", function()
        watch(function() coroutine.yield("from the finalizer") end)
        local a = g:node()
        local release = coroutine.wrap(function()
          g:release(a)
          return "done"
        end)
        assert.equal("done", release())
        assert.same({ a }, called)
        assert.is_false(g:alive(a))
        assert.equal(0, g:collect().freed)
      end)

      it("may not collect, nor close the graph", function()
        local answers = {}
        watch(function()
          answers[1] = table.pack(g:collect())
          answers[2] = table.pack(pcall(g.close, g))
        end)
        g:release(g:node())
        assert.same({ n = 3, nil, "a collection is under way", "busy" }, answers[1])
        assert.is_false(answers[2][1])
        assert.truthy(answers[2][2]:find("the graph is in use", 1, true))
        assert.equal(0, g:collect().freed)
      end)

      it("start no collection, which comes at the end of the call", function()
        local small <close> = graph.new { threshold = 1 }
        local inside
        small:finalizer(function(_, value)
          if value ~= "begin" then return end
          graphs.garbage_ring(small, 3)
          inside = small:count()
        end)
        small:release(small:node("begin"))
        assert.equal(4, inside)
        assert.equal(0, small:count())
        assert.equal(1, small:stats().automatic)
      end)
    end)

    describe("when the graph is closed", function()
      it("are called for every node", function()
        local held, ring = g:nodes(2), graphs.garbage_ring(g, 2)
        local object = g:object("value")
        local alive = 0
        watch(function(id)
          if g:alive(id) then alive = alive + 1 end
        end)
        g:close()
        assert.same(graphs.sorted { held[1], held[2], ring[1], ring[2], object:id() }, calls())
        assert.equal(5, alive)
        g:close()
        assert.equal(5, #called)
      end)

      it("can be taken away", function()
        g:nodes(3)
        watch(function() g:finalizer(nil) end)
        g:close()
        assert.equal(1, #called)
      end)

      it("keep nothing", function()
        local value = setmetatable({}, { __mode = "k" })
        g:finalizer(function(id)
          called[#called + 1] = id
          g:retain(id)
        end)
        do
          local kept = {}
          value[kept] = true
          g:node(kept)
        end
        local a = g:node()
        g:release(a)
        g:close()
        collectgarbage()
        assert.is_nil(next(value))
        assert.equal(2, #called)
        assert.equal("perilune.graph: closed", tostring(g))
      end)

      it("may fail, and release what is left", function()
        local ids = g:nodes(3)
        watch(function()
          for _, id in ipairs(ids) do
            if g:alive(id) and g:handles(id) > 0 then g:release(id) end
          end
          error("sorry")
        end)
        g:close()
        assert.same(ids, calls())
      end)

      it("are called when its block ends, or Lua collects it", function()
        do
          local other <close> = graph.new()
          other:finalizer(function(_, value) called[#called + 1] = value end)
          other:node("block")
        end
        do
          local other = graph.new()
          other:finalizer(function(_, value) called[#called + 1] = value end)
          other:node("garbage")
        end
        for _ = 1, 3 do collectgarbage() end
        assert.same({ "block", "garbage" }, called)
      end)
    end)
  end)
end
