--- What a graph tells of itself, in every implementation of perilune.graph.
local blame = require("spec.contract.blame")
local graphs = require("spec.contract.graphs")
local kinds = require("spec.contract.kinds")

local sorted = graphs.sorted

for kind, graph in kinds("graph") do
  describe("graph analyses " .. kind, function()
    local g

    before_each(function() g = graph.new { auto = false } end)
    after_each(function() g:close() end)

    local function has(text, ...)
      for _, part in ipairs { ... } do
        assert.truthy(text:find(part, 1, true), part .. " in " .. text)
      end
    end

    local function has_not(text, part) assert.is_nil(text:find(part, 1, true)) end

    describe("referrers", function()
      it("are the sources of a node's edges, strong and weak", function()
        local a, b, c, d = g:node(), g:node(), g:node(), g:node()
        g:link_all { a, d, b, d, b, d, d, d, d, a }
        g:weak(c, d)
        g:weak(b, d)
        g:weak(b, d)
        local strong, weak = g:referrers(d)
        assert.same(sorted { a, b, b, d }, sorted(strong))
        assert.same(sorted { b, b, c }, sorted(weak))
        assert.same({ {}, {} }, { g:referrers(c) })
      end)

      it("are none of the dead", function()
        local a, b = g:node(), g:node()
        g:link(a, b)
        g:weak(a, b)
        g:release(a)
        assert.same({ {}, {} }, { g:referrers(b) })
      end)
    end)

    describe("why_alive", function()
      it("is a shortest path from a handle", function()
        local ids = graphs.chain(g, g:nodes(6))
        for i = 2, 6 do g:release(ids[i]) end
        assert.same(ids, g:why_alive(ids[6]))
        assert.same({ ids[1] }, g:why_alive(ids[1]))
        local other = g:node()
        g:link(other, ids[5])
        assert.same({ other, ids[5], ids[6] }, g:why_alive(ids[6]))
        g:retain(ids[6])
        assert.same({ ids[6] }, g:why_alive(ids[6]))
      end)

      it("goes along strong edges alone", function()
        local a, ring = g:node(), graphs.garbage_ring(g, 2)
        g:weak(a, ring[1])
        assert.is_nil(g:why_alive(ring[2]))
        g:link(a, ring[1])
        assert.same({ a, ring[1], ring[2] }, g:why_alive(ring[2]))
      end)

      it("is nil for what a collection would free", function()
        local ring = graphs.ring(g, g:nodes(3))
        for i, id in ipairs(ring) do
          assert.is_truthy(g:why_alive(id))
          if i < 3 then g:release(id) end
        end
        g:release(ring[3])
        for _, id in ipairs(ring) do assert.is_nil(g:why_alive(id)) end
        assert.equal(3, g:count())
      end)
    end)

    describe("cycles", function()
      local function cycles(which)
        local list = {}
        for i, cycle in ipairs(g:cycles(which)) do list[i] = sorted(cycle) end
        return list
      end

      it("are components with an edge inside, the largest first", function()
        local two, three, one = g:nodes(2), g:nodes(3), g:node()
        graphs.ring(g, two)
        graphs.ring(g, three)
        g:link(one, one)
        g:link(one, two[1])
        g:link(two[2], three[1])
        g:node()
        assert.same({ sorted(three), sorted(two), { one } }, cycles())
        assert.same(cycles(), cycles("all"))
        assert.same({}, cycles("garbage"))
      end)

      it("join where they share a node", function()
        local a, b = g:nodes(3), g:nodes(3)
        graphs.ring(g, a)
        graphs.ring(g, { a[1], b[1], b[2], b[3] })
        assert.same({ sorted { a[1], a[2], a[3], b[1], b[2], b[3] } }, cycles())
      end)

      it("are garbage where no handle leads to them", function()
        local live, dead, tail = graphs.ring(g, g:nodes(3)), graphs.garbage_ring(g, 4), g:node()
        g:link(dead[1], tail)
        g:link(dead[2], live[1])
        g:release(tail)
        g:release_all { live[2], live[3] }
        assert.same({ sorted(dead) }, cycles("garbage"))
        assert.equal(2, #cycles())
        g:release(live[1])
        assert.same({ sorted(dead), sorted(live) }, cycles("garbage"))
        assert.equal(8, g:collect().freed)
      end)

      it("are made of strong edges", function()
        local a, b = g:node(), g:node()
        g:link(a, b)
        g:weak(b, a)
        g:weak(a, a)
        assert.same({}, cycles())
      end)

      it("are those of a definition, in random graphs", function()
        local random = math.random
        for _ = 1, 30 do
          local small <close> = graph.new { auto = false }
          local ids, reach = small:nodes(random(1, 12)), {}
          for _, a in ipairs(ids) do reach[a] = {} end
          for _ = 1, random(0, 20) do
            local a, b = ids[random(#ids)], ids[random(#ids)]
            small:link(a, b)
            reach[a][b] = true
          end
          for _, k in ipairs(ids) do
            for _, i in ipairs(ids) do
              for _, j in ipairs(ids) do
                reach[i][j] = reach[i][j] or reach[i][k] and reach[k][j] or nil
              end
            end
          end
          local component = {}
          for i, cycle in ipairs(small:cycles()) do
            for _, id in ipairs(cycle) do component[id] = i end
          end
          for _, i in ipairs(ids) do
            for _, j in ipairs(ids) do
              local together = component[i] ~= nil and component[i] == component[j]
              assert.equal(reach[i][j] and reach[j][i] or false, together)
            end
          end
        end
      end)
    end)

    describe("counts and growth", function()
      local function labelled(label, n)
        local ids = g:nodes(n)
        for _, id in ipairs(ids) do g:set_label(id, label) end
        return ids
      end

      it("go by label", function()
        labelled("account", 3)
        labelled("order", 2)
        g:nodes(4)
        assert.same({ account = 3, order = 2, [""] = 4 }, g:counts())
      end)

      it("tell what has changed, the largest growth first", function()
        local accounts = labelled("account", 3)
        labelled("order", 5)
        assert.same({
          { label = "order", count = 5, delta = 5 }, { label = "account", count = 3, delta = 3 },
        }, g:growth())
        assert.same({}, g:growth())
        g:release_all(accounts)
        labelled("order", 1)
        labelled("x", 1)
        g:node()
        assert.same({
          { label = "", count = 1, delta = 1 }, { label = "order", count = 6, delta = 1 },
          { label = "x", count = 1, delta = 1 }, { label = "account", count = 0, delta = -3 },
        }, g:growth())
      end)

      it("are kept graph by graph", function()
        local other <close> = graph.new()
        g:node()
        other:node()
        assert.equal(1, #g:growth())
        assert.equal(1, #other:growth())
        assert.equal(0, #g:growth())
      end)
    end)

    describe("a snapshot", function()
      it("differs by what came and what went", function()
        local a, b = g:node(), g:node()
        g:set_label(a, "a")
        g:link(a, b)
        local old = g:snapshot()
        g:release(b)
        g:release(a)
        local c, d = g:node(), g:node()
        for _, id in ipairs { c, d } do g:set_label(id, "new") end
        g:link_all { c, d, d, c, c, c }
        local difference = g:snapshot():diff(old)
        assert.same(sorted { c, d }, sorted(difference.added))
        assert.same(sorted { a, b }, sorted(difference.removed))
        assert.equal(2, difference.edges)
        assert.same({
          { label = "new", count = 2, delta = 2 }, { label = "", count = 0, delta = -1 },
          { label = "a", count = 0, delta = -1 },
        }, difference.labels)
      end)

      it("does not differ from itself", function()
        g:nodes(3)
        local snapshot = g:snapshot()
        assert.same({ added = {}, removed = {}, edges = 0, labels = {} }, snapshot:diff(snapshot))
        assert.same(snapshot:diff(snapshot), g:snapshot():diff(snapshot))
      end)

      it("keeps neither nodes nor the graph alive, and outlives them", function()
        local alive = setmetatable({}, { __mode = "k" })
        local old, new
        do
          local other, value = graph.new(), {}
          alive[value] = true
          local a = other:node(value)
          old = other:snapshot()
          other:release(a)
          assert.equal(0, other:count())
          other:node(value)
          new = other:snapshot()
        end
        for _ = 1, 3 do collectgarbage() end
        assert.is_nil(next(alive))
        assert.equal(1, #new:diff(old).removed)
        assert.equal(1, #new:diff(old).added)
      end)

      it("differs from snapshots of its own graph alone", function()
        local other <close> = graph.new()
        local mine, foreign = g:snapshot(), other:snapshot()
        local text = "bad argument #1 to 'diff' (a snapshot of the same graph expected)"
        graphs.refuses(text, function() mine:diff(foreign) end)
        graphs.refuses(text, function() mine:diff(5) end)
        graphs.refuses(text, function() mine:diff() end)
        assert.equal(
          "calling 'diff' on bad self (perilune.graph.snapshot expected)",
          blame.message(mine.diff, {}, mine))
      end)
    end)

    describe("dot", function()
      it("draws nodes by label, value or id", function()
        local a, b, c, d = g:node("value"), g:node(12.5), g:node({}), g:node(true)
        g:set_label(a, "label")
        local text = g:dot()
        has(text, 'digraph "graph" {', ('n%d [label="label"'):format(a),
          ('n%d [label="12.5"'):format(b), ('n%d [label="%d"'):format(c, c),
          ('n%d [label="%d"'):format(d, d))
        has(g:dot { name = "a \"name\"" }, [[digraph "a \"name\"" {]])
      end)

      it("draws edges, weak ones dashed, and several as one", function()
        local a, b = g:node(), g:node()
        g:link(a, b)
        g:weak(b, a)
        local text = g:dot()
        has(text, ("n%d -> n%d;"):format(a, b), ("n%d -> n%d [style=dashed];"):format(b, a))
        g:link(a, b)
        has(g:dot(), ('n%d -> n%d [label=" ×2"];'):format(a, b))
      end)

      it("tells handles by their frames and garbage by its colour", function()
        local held, kept, ring = g:node("held"), g:node("kept"), graphs.garbage_ring(g, 2)
        g:link(held, kept)
        g:release(kept)
        for line in g:dot():gmatch("[^\n]+") do
          local id = tonumber(line:match("^  n(%d+) %["))
          local garbage = id == ring[1] or id == ring[2]
          if id then
            assert.equal(id == held, line:find("penwidth", 1, true) ~= nil)
            assert.equal(garbage, line:find("#d32f2f", 1, true) ~= nil)
            assert.equal(id ~= held and id ~= kept, garbage)
          end
        end
        has(g:dot(), ('n%d -> n%d [color="#d32f2f"];'):format(ring[1], ring[2]))
      end)

      it("escapes what Graphviz would read", function()
        g:node('a "b" \\n c\nd\te')
        g:node(("ä"):rep(50))
        g:node("\xFF\xC3")
        g:node("")
        local text = g:dot()
        has(text, [[label="a \"b\" \\n c\nd e"]], 'label="' .. ("ä"):rep(39) .. '…"',
          'label="??"', 'label=""')
        assert.truthy(utf8.len(text))
      end)

      it("may be limited to some nodes and the edges among them", function()
        local a, b, c = g:node("a"), g:node("b"), g:node("c")
        g:link_all { a, b, b, c, c, a }
        local text = g:dot { nodes = { a, b, a } }
        has(text, ("n%d -> n%d;"):format(a, b), 'label="a"')
        has_not(text, 'label="c"')
        has_not(text, ("-> n%d"):format(c))
        assert.equal(1, select(2, text:gsub('label="a"', "")))
        has_not(g:dot { nodes = {} }, "->")
      end)

      it("refuses a large graph unless nodes are named", function()
        local ids = g:nodes(1000)
        has(g:dot(), "n" .. ids[1000])
        g:node()
        graphs.refuses("bad argument #1 to 'dot' (the graph has 1001 nodes: option 'nodes' names"
          .. " those to draw)", function() g:dot() end)
        has(g:dot { nodes = { ids[7] } }, "n" .. ids[7])
      end)

      it("refuses bad options", function()
        local a, dead = g:node(), g:node()
        g:release(dead)
        local text = "bad argument #1 to 'dot' (%s)"
        graphs.refuses(text:format("table expected, got number"), function() g:dot(5) end)
        graphs.refuses(text:format('there is no option "x"; the options: name, nodes'),
          function() g:dot({ x = 1 }) end)
        graphs.refuses(text:format("name must be a string"), function() g:dot({ name = 1 }) end)
        graphs.refuses(text:format("nodes must be a table"), function() g:dot({ nodes = 1 }) end)
        for _, bad in ipairs { dead, "x", 0.5 } do
          graphs.refuses(text:format("item 2 of option 'nodes' is no live node"),
            function() g:dot({ nodes = { a, bad } }) end)
        end
      end)
    end)
  end)
end
