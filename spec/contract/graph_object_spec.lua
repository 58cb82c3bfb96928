--- Objects that hold nodes, in every implementation of perilune.graph.
local graphs = require("spec.contract.graphs")
local kinds = require("spec.contract.kinds")

local function collect_garbage()
  collectgarbage()
  collectgarbage()
end

for kind, graph in kinds("graph") do
  describe("graph objects " .. kind, function()
    local g

    before_each(function() g = graph.new() end)
    after_each(function() g:close() end)

    it("hold a new node", function()
      local object = g:object("value")
      local id = object:id()
      assert.equal(1, g:handles(id))
      assert.equal("value", g:value(object))
      assert.equal("perilune.graph.object: " .. id, tostring(object))
      object:close()
      assert.is_false(g:alive(id))
      assert.equal("perilune.graph.object: closed", tostring(object))
    end)

    it("hold a node that there is, each with a handle of its own", function()
      local a = g:node()
      local one, two = g:hold(a), g:hold(a + 0.0)
      local three = g:hold(one)
      assert.equal(a, three:id())
      assert.equal(4, g:handles(a))
      g:release(a)
      one:close()
      two:close()
      assert.is_true(g:alive(a))
      three:close()
      assert.is_false(g:alive(a))
    end)

    it("are accepted wherever a node is", function()
      local a, b <close> = g:object(), g:object()
      g:link(a, b)
      g:weak(b, a)
      assert.equal(2, g:refcount(b))
      assert.is_true(g:alive(a))
      assert.same({ b:id() }, (g:referents(a)))
      assert.same({ a:id() }, (g:referrers(b)))
      assert.same({ a:id() }, g:why_alive(a))
      g:set_label(a, "label")
      assert.equal("label", g:label(a))
      g:set_value(a, 1)
      assert.equal(1, g:value(a:id()))
      g:retain(a)
      assert.equal(2, g:handles(a))
      g:release(a)
      assert.is_true(g:unlink(a, b))
      assert.is_true(g:unlink(b, a))
      assert.equal(0, g:clear(a))
      assert.truthy(g:dot({ nodes = { a } }):find("n" .. a:id(), 1, true))
    end)

    it("let go at the end of their block, in errors too", function()
      local id
      do
        local object <close> = g:object()
        id = object:id()
        assert.is_true(g:alive(id))
      end
      assert.is_false(g:alive(id))
      pcall(function()
        local object <close> = g:object()
        id = object:id()
        error("sorry")
      end)
      assert.is_false(g:alive(id))
    end)

    it("let go when Lua collects them", function()
      local ring = graphs.ring(g, g:nodes(3))
      do
        local object = g:hold(ring[1])
        assert.equal(2, g:handles(object))
      end
      collect_garbage()
      assert.equal(1, g:handles(ring[1]))
      do
        local object = g:object()
        assert.equal(1, g:refcount(object))
      end
      collect_garbage()
      assert.equal(3, g:count())
    end)

    it("let go once", function()
      local a = g:node()
      local object = g:hold(a)
      object:close()
      object:close()
      assert.equal(1, g:handles(a))
    end)

    it("do nothing where their handle was released before", function()
      local object = g:object()
      local id = object:id()
      g:release(object)
      assert.is_false(g:alive(id))
      assert.is_false(g:alive(object))
      assert.equal(id, object:id())
      object:close()
      local held, by = g:object(), g:node()
      g:link(by, held)
      g:release(held)
      held:close()
      assert.equal(1, g:count() - 1)
    end)

    it("do nothing when the graph is closed", function()
      local object = g:object()
      g:close()
      object:close()
      assert.equal("perilune.graph.object: closed", tostring(object))
    end)

    it("keep the graph alive", function()
      local object
      do
        local other = graph.new()
        object = other:object("kept")
        other:finalizer(function() error("the graph was closed") end)
        other = nil -- luacheck: ignore
      end
      collect_garbage()
      assert.equal("integer", math.type(object:id()))
    end)

    it("let the graph collect when they close", function()
      local small <close> = graph.new { threshold = 1 }
      local object = small:object()
      small:link(object, object)
      object:close()
      assert.equal(0, small:count())
    end)

    it("are refused when closed, dead or of another graph", function()
      local other <close> = graph.new()
      local closed, dead, foreign <close> = g:object(), g:object(), other:object()
      local a = g:node()
      closed:close()
      g:release(dead)
      local text = "bad argument #%d to '%s' (%s)"
      graphs.refuses(text:format(1, "link", "the object is closed"),
        function() g:link(closed, a) end)
      graphs.refuses(text:format(2, "link", "the node is dead"), function() g:link(a, dead) end)
      graphs.refuses(text:format(2, "weak", "an object of another graph"),
        function() g:weak(a, foreign) end)
      graphs.refuses(text:format(1, "alive", "an object of another graph"),
        function() g:alive(foreign) end)
      graphs.refuses(text:format(1, "alive", "the object is closed"),
        function() g:alive(closed) end)
      graphs.refuses("calling 'id' on bad self (the object is closed)",
        function() closed:id() end)
    end)

    it("are no values of their own graph", function()
      local object <close> = g:object()
      local text = "bad argument #%d to '%s' (a value must not be an object of its own graph)"
      graphs.refuses(text:format(1, "node"), function() g:node(object) end)
      graphs.refuses(text:format(1, "object"), function() g:object(object) end)
      graphs.refuses(text:format(2, "set_value"), function() g:set_value(object, object) end)
      local other <close> = graph.new()
      assert.equal(object, other:value(other:node(object)))
      assert.equal(1, g:count())
      local closed = g:object()
      closed:close()
      for _, any in ipairs { g, other } do assert.equal(closed, any:value(any:object(closed))) end
    end)

    it("may be collected in the midst of anything", function()
      local small <close> = graph.new { threshold = 3 }
      local calls = 0
      small:finalizer(function() calls = calls + 1 end)
      for i = 1, 2000 do
        local object = small:object({ i })
        small:link(object, object)
        small:link_all { object:id(), object:id() }
        if i % 3 == 0 then small:weak(object, small:object({ i })) end
        if i % 50 == 0 then
          small:collect()
          small:snapshot():diff(small:snapshot())
          assert.equal(#small:ids(), small:count())
        end
      end
      collect_garbage()
      small:collect()
      assert.equal(0, small:count())
      assert.equal(2666, calls)
    end)
  end)
end
