--- Ways to pass exercise 3 without what is asked, as cheats/duplicates.lua has them.

local BEFORE <const> = [[
local graph, heap = require("perilune.graph"), require("perilune.heap")
local solution = (function() @SOLUTION@ end)()
]]

local AFTER <const> = "\nreturn solution"

return {
  exercise = { 3, "cycles" },
  before = BEFORE,
  after = AFTER,
  cheats = {
    { "reports a collection that it did not run", "collect", [[
      function solution.collect(g)
        return { cycles = #g:cycles("garbage"), freed = g:count(), before = 2, after = 1 }
      end]] },
    { "changes the graph's own counts", "collect", [[
      function solution.collect(g)
        local cycles = #g:cycles("garbage")
        local nodes = g:count()
        local methods = getmetatable(g).__index
        pcall(function()
          methods.count = function() return 0 end
          methods.stats = function()
            return { died = 0, collections = 1, automatic = 0, edges = 0 }
          end
          methods.alive = function() return false end
        end)
        return { cycles = cycles, freed = nodes, before = 2, after = 1 }
      end]] },
    { "breaks where it should collect", "collect", [[
      function solution.collect(g)
        local cycles, nodes = #g:cycles("garbage"), g:count()
        for _, id in ipairs(g:ids()) do if g:alive(id) then g:clear(id) end end
        return { cycles = cycles, freed = nodes - g:count(), before = 2, after = 1 }
      end]] },
    { "collects where it should break", "break", [[
      function solution.break_cycles(g, cycles)
        local report = solution.collect(g)
        report.cycles = #cycles
        return report
      end]] },
    { "closes the graph", "break", [[
      function solution.break_cycles(g, cycles)
        local nodes = g:count()
        g:close()
        return { cycles = #cycles, freed = nodes, before = 2, after = 1 }
      end]] },
    { "lies about memory", "collect_memory", [[
      heap.used = function() return 1000 end
      local collect = solution.collect
      function solution.collect(g)
        local report = collect(g)
        report.before, report.after = 1 << 30, 0
        return report
      end]] },
    { "stops the collector that the judge measures with", "collect_memory", [[
      local kept = {}
      collectgarbage("stop")
      collectgarbage = function() return 0 end
      local collect = solution.collect
      function solution.collect(g)
        kept[1] = ("x"):rep(1 << 24)
        return collect(g)
      end]] },
    { "makes nodes that share one string", "leak", [[
      function solution.make_cycles(g, n, size, bytes)
        local text, cycles = ("x"):rep(bytes), {}
        for i = 1, n do
          local ids = {}
          for k = 1, size do ids[k] = g:node(text) end
          for k = 1, size do g:link(ids[k], ids[k % size + 1]) end
          for k = 1, size do g:release(ids[k]) end
          cycles[i] = ids
        end
        return cycles
      end]] },
    { "keeps handles, so that nothing is garbage", "make", [[
      function solution.make_cycles(g, n, size, bytes)
        local cycles = {}
        for i = 1, n do
          cycles[i] = {}
          for k = 1, size do cycles[i][k] = g:node(("x"):rep(bytes)) end
        end
        return cycles
      end]] },
  },
}
