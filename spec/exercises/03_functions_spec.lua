--- Exercise 3's functions: each mistake, and each way around the task, fails at the right
--- criterion, with a message that says why.
local criteria = require("spec.exercises.criteria")

local exercise3 = criteria.of(3, "cycles")
local fails, passes = criteria.fails, criteria.passes

describe("exercise 3", function()
  before_each(function() exercise3:open() end)
  after_each(function() exercise3:close() end)

  --- The result of one criterion for one function that is given as text; with `used`, and `ring`,
  --- which makes one as it should be.
  local function judge_function(check, name, text)
    return exercise3:judge_text(check, ([[
      local heap = require("perilune.heap")
      local function used() collectgarbage() collectgarbage() return (heap.used()) end
      local function ring(g, size, bytes)
        local ids = {}
        for i = 1, size do ids[i] = g:node(("x"):rep(bytes)) end
        for i = 1, size do g:link(ids[i], ids[i %% size + 1]) end
        for i = 1, size do g:release(ids[i]) end
        return ids
      end
      local none = function() end
      local returned = { make_cycles = none, collect = none, break_cycles = none }
      returned.%s = %s
      return returned]]):format(name, text))
  end

  describe("make_cycles", function()
    --- One whose cycles are made by the text, into `ids`.
    local function make(text, check)
      return judge_function(check or "make", "make_cycles", ([[function(g, n, size, bytes)
        local cycles = {}
        for i = 1, n do
          local ids = {}
          %s
          cycles[i] = ids
        end
        return cycles
      end]]):format(text))
    end

    local NODES <const> = "for j = 1, size do ids[j] = g:node(('x'):rep(bytes)) end "
    local LINKS <const> = "for j = 1, size do g:link(ids[j], ids[j % size + 1]) end "
    local RELEASES <const> = "for j = 1, size do g:release(ids[j]) end "

    it("may be written in another way", function()
      passes(make([[
        local first = g:node(("x"):rep(bytes))
        local last = first
        ids[1] = first
        for _ = 2, size do
          local node = g:node(("x"):rep(bytes))
          g:link(node, last)
          g:release(last)
          table.insert(ids, 1, node)
          last = node
        end
        g:link(first, last)
        g:release(last)]]))
    end)

    it("must let go of the nodes", function()
      fails("handles are left on 2 nodes: release what g:node gave you",
        make(NODES .. LINKS))
      fails("handles are left on 1 node", make(NODES .. LINKS
        .. "for j = 2, size do g:release(ids[j]) end"))
      fails("handles are left on 2 nodes", make(NODES .. LINKS .. RELEASES
        .. "for j = 1, size do g:retain(ids[j]) end"))
    end)

    it("must close the rings", function()
      local chain = "for j = 2, size do g:link(ids[j - 1], ids[j]) end "
      local text = fails("nothing outlived its release: counting freed all 2 nodes",
        make(NODES .. chain .. RELEASES))
      assert.truthy(text:find("make_cycles(g, 1, 2, 10)", 1, true))
      assert.truthy(text:find("case 1 of 6; the same again: --seed 7f3a", 1, true))
    end)

    it("must hold all nodes in cycles", function()
      fails("1 node outside of all cycles", make(NODES .. [[
        g:link(ids[1], ids[1])
        for j = 2, size do g:link(ids[j - 1], ids[j]) end ]] .. RELEASES))
    end)

    it("must link before it releases", function()
      local result = make(NODES .. RELEASES .. LINKS)
      fails("the node is dead", result)
      assert.equal("a node dies when its last reference goes, and others with it: link before you "
        .. "release, and ask g:alive(id) before you touch what may be gone", result.hint)
    end)

    it("must make as many cycles as are asked, not one large one", function()
      fails("the nodes make 1 cycle; 3 were asked for",
        judge_function("make", "make_cycles", [[function(g, n, size, bytes)
          local all, cycles = ring(g, n * size, bytes), {}
          for i = 1, n do cycles[i] = table.move(all, (i - 1) * size + 1, i * size, 1, {}) end
          return cycles
        end]]))
    end)

    it("must make them of as many nodes as are asked", function()
      fails("the graph holds 3 nodes; 1 times 2 were asked for",
        make("ids = ring(g, size + 1, bytes)"))
      fails("one of the cycles has 5 nodes; 4 were asked for", make([[
        ids = ring(g, n == 3 and size + 2 - i or size, bytes)]]))
    end)

    it("must make rings", function()
      fails("there are 4 edges; rings of 2 nodes have 2", make(NODES .. LINKS .. LINKS .. RELEASES))
    end)

    it("must give each node its string", function()
      fails("no node carries a string of 10 bytes: g:node", make("ids = ring(g, size, bytes + 1)"))
      fails("only 1 of 2 nodes carry a string of 10 bytes", make(NODES .. LINKS
        .. "g:set_value(ids[1], nil) " .. RELEASES))
    end)

    it("must give each node a string of its own", function()
      local shared = [[function(g, n, size, bytes)
        local cycles, text = {}, ("x"):rep(bytes)
        for i = 1, n do
          local ids = {}
          for j = 1, size do ids[j] = g:node(text) end
          for j = 1, size do g:link(ids[j], ids[j % size + 1]) end
          for j = 1, size do g:release(ids[j]) end
          cycles[i] = ids
        end
        return cycles
      end]]
      passes(judge_function("make", "make_cycles", shared))
      fails("make a string of its own for each node",
        judge_function("leak", "make_cycles", shared))
    end)

    it("must return a list of ids for each cycle", function()
      fails("make_cycles returns nothing, not the list of its cycles", judge_function("make",
        "make_cycles", "function(g, n, size, bytes) for _ = 1, n do ring(g, size, bytes) end end"))
      fails("one list of ids for each cycle is asked",
        judge_function("make", "make_cycles",
          "function(g, _, size, bytes) return ring(g, size, bytes) end"))
      fails("list 1 that make_cycles returns does not hold the 2 ids of one cycle",
        make("ids = { ring(g, size, bytes)[1] }"))
      fails("list 1 that make_cycles returns does not hold the 2 ids of one cycle",
        make("local id = ring(g, size, bytes)[1] for j = 1, size do ids[j] = id end"))
      fails("list 2 that make_cycles returns does not hold the 4 ids of one cycle",
        make("ids = i == 2 and n == 3 and (ring(g, size, bytes) and cycles[1]) "
          .. "or ring(g, size, bytes)"))
    end)

    it("must leave the cycles there", function()
      fails("make_cycles ran the collector", make("ids = ring(g, size, bytes) g:collect()"))
      fails("make_cycles closed the graph",
        judge_function("make", "make_cycles", "function(g) g:close() return {} end"))
    end)
  end)

  --- A report of one's own, of memory that is measured, and the text that frees.
  local function reporting(text)
    return ([[function(g, cycles)
      local before, nodes = used(), g:count()
      local found = cycles or g:cycles("garbage")
      %s
      return { cycles = #found, freed = nodes - g:count(), before = before, after = used() }
    end]]):format(text)
  end

  describe("collect", function()
    local function collect(text, check)
      return judge_function(check or "collect", "collect", text)
    end

    it("may measure and count in another way", function()
      local text = [[function(g)
        collectgarbage()
        local before = collectgarbage("count") * 1024
        local report = { cycles = 0, before = before }
        for _ in ipairs(g:cycles("garbage")) do report.cycles = report.cycles + 1 end
        report.freed = g:collect().freed
        collectgarbage()
        report.after = collectgarbage("count") * 1024
        return report
      end]]
      passes(collect(text))
      passes(collect(text, "collect_memory"))
    end)

    it("must collect, not break by hand", function()
      local by_hand = [[for _, ids in ipairs(found) do
        for _, id in ipairs(ids) do if g:alive(id) then g:clear(id) end end
      end]]
      fails("2 nodes died by counting, as edges were taken away", collect(reporting(by_hand)))
      fails("2 nodes died by counting", collect(reporting(by_hand .. " g:collect()")))
    end)

    it("must collect at all", function()
      fails("collect ran no collection: g:collect() is what frees cycles", collect(reporting("")))
      fails("collect ran no collection", collect(reporting([[
        g:auto(true)
        g:threshold(1)
        g:retain(found[1][1])
        g:release(found[1][1])]])))
    end)

    it("must not close the graph", function()
      fails("collect closed the graph, with all that was in it", collect([[function(g)
        local nodes = g:count()
        local cycles = #g:cycles("garbage")
        g:close()
        return { cycles = cycles, freed = nodes, before = 0, after = 0 }
      end]]))
    end)

    it("must leave what a handle leads to", function()
      fails("gone: 3 nodes to which a handle leads", collect(reporting([[
        for _, id in ipairs(g:roots()) do g:release(id) end
        g:collect()]])))
      fails("gone: 3 edges between nodes that stay", collect(reporting([[
        g:collect()
        for _, id in ipairs(g:ids()) do
          g:retain(id)
        end
        for _, id in ipairs(g:ids()) do
          g:clear(id)
        end]])))
    end)

    it("must report what it found", function()
      fails("collect returns nothing; {cycles = , freed = , before = , after = } is asked",
        collect("function(g) g:collect() end"))
      fails("before in what collect returns is nil; a number is asked",
        collect("function(g) return { cycles = 1, freed = g:collect().freed } end"))
      fails("cycles in what collect returns is a table; a number is asked", collect([[function(g)
        return { cycles = g:cycles("garbage"), freed = g:collect().freed, before = 0, after = 0 }
      end]]))
      fails("collect reports 2 cycles; there were 1", collect([[function(g)
        return { cycles = #g:cycles("all"), freed = g:collect().freed, before = 0, after = 0 }
      end]]))
      fails("collect reports 2 nodes freed; there were 1", collect([[function(g)
        g:collect()
        return { cycles = 1, freed = 2, before = 0, after = 0 }
      end]]))
    end)

    local function measuring(before, after)
      return collect(([[function(g)
        local before = %s
        local cycles = #g:cycles("garbage")
        return { cycles = cycles, freed = g:collect().freed, before = before, after = %s }
      end]]):format(before, after), "collect_memory")
    end

    it("must measure memory when Lua has freed its own", function()
      fails("call collectgarbage() before you read it", measuring("used()", "(heap.used())"))
    end)

    it("must give memory in bytes", function()
      fails('collectgarbage("count") is in KiB', measuring("used() / 1024", "used() / 1024"))
    end)

    it("must measure", function()
      fails("collect reports before = 14680064", measuring("14680064", "733184"))
      fails("collect reports before = ", measuring("0/0", "used()"))
    end)

    it("must let memory fall", function()
      fails("what still refers to them?", collect([[function(g)
        local before, values = used(), {}
        for i, id in ipairs(g:ids()) do values[i] = g:value(id) end
        local cycles = #g:cycles("garbage")
        returned.kept = values
        return { cycles = cycles, freed = g:collect().freed, before = before, after = used() }
      end]], "collect_memory"))
    end)
  end)

  describe("break_cycles", function()
    local function breaks(text, check)
      return judge_function(check or "break", "break_cycles", reporting(text))
    end

    local CLEAR <const> = [[for _, ids in ipairs(cycles) do
      for _, id in ipairs(ids) do if g:alive(id) then g:clear(id) end end
    end]]

    it("may take edges away one by one", function()
      passes(breaks([[
        for _, ids in ipairs(cycles) do
          for _, id in ipairs(ids) do
            for _, target in ipairs(g:alive(id) and g:referents(id) or {}) do
              if g:alive(id) and g:alive(target) then g:unlink(id, target) end
            end
          end
        end]]))
    end)

    it("must do without the collector", function()
      fails("break_cycles ran the collector (1 collection)", breaks("g:collect()"))
      fails("break_cycles ran the collector (1 collection)", breaks(CLEAR .. " g:collect()"))
      fails("break_cycles ran the collector (1 collection)", breaks([[
        g:auto(true)
        g:threshold(1)
        g:retain(cycles[1][1])
        g:release(cycles[1][1])]]))
    end)

    it("must break each cycle", function()
      fails("2 of 2 nodes are left: there is an edge yet that closes a cycle", breaks(""))
      fails("4 of 4 nodes are left",
        breaks("for _, ids in ipairs(cycles) do g:unlink(ids[1], g:referents(ids[1])[1]) end"))
    end)

    it("must not touch what is dead", function()
      local result = breaks("for _, ids in ipairs(cycles) do "
        .. "for _, id in ipairs(ids) do g:clear(id) end end")
      fails("the node is dead", result)
      assert.truthy(result.hint:find("ask g:alive(id)", 1, true))
    end)

    it("must leave other nodes as they are", function()
      fails("gone: 3 edges between nodes that stay", breaks(CLEAR .. [[
        for _, id in ipairs(g:ids()) do g:retain(id) end
        for _, id in ipairs(g:ids()) do g:clear(id) end]]))
      fails("to which a handle leads", breaks(CLEAR
        .. " for _, id in ipairs(g:roots()) do g:clear(id) g:release(id) end"))
      fails("break_cycles closed the graph", breaks("g:close() do return {} end"))
    end)

    it("must let memory fall", function()
      passes(breaks(CLEAR, "break_memory"))
      fails("break_cycles reports after", judge_function("break_memory", "break_cycles",
        reporting(CLEAR):gsub("after = used%(%)", "after = before")))
    end)
  end)
end)
