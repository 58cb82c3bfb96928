--- Drives a solution: hands it graphs, and reports what they hold before and after.
--- `perilune.lab.manifest` tells what a driver is.

local clock = require("perilune.clock")
local graph = require("perilune.graph")
local heap = require("perilune.heap")
local profiler = require("perilune.profiler")

local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
local naive = dofile(folder .. "../naive.lua")
local tables = dofile(folder .. "../tables.lua")

local collectgarbage, ipairs, next, pcall, type = collectgarbage, ipairs, next, pcall, type
local start, stop = profiler.start, profiler.stop
local move, rep = table.move, string.rep
local heap_used, now = heap.used, clock.now
local new_graph, new_naive, measure_tables = graph.new, naive.new, tables.measure

--- A graph's methods as they are now: what a solution does to them later is not asked.
local function methods_of(g)
  return {
    alive = g.alive, count = g.count, cycles = g.cycles, ids = g.ids, roots = g.roots,
    stats = g.stats, value = g.value, node = g.node, link = g.link, release = g.release,
  }
end

local methods = methods_of(new_graph())
local alive, count, cycles, ids = methods.alive, methods.count, methods.cycles, methods.ids
local roots, stats, value = methods.roots, methods.stats, methods.value

local function quiet_graph(new)
  return (new or new_graph)({ auto = false })
end

--- Bytes in use, when all that Lua's collector can free is free.
local function used()
  collectgarbage()
  collectgarbage()
  return (heap_used())
end

local UNSENT <const> = {
  ["function"] = "(a function)", userdata = "(a userdata)", thread = "(a coroutine)",
}

--- A value that a message can carry, as far as the outermost go.
local function plain(item)
  if type(item) ~= "table" then
    return UNSENT[type(item)] or item
  end
  local copy = {}
  for key, field in next, item do
    copy[plain(key)] = UNSENT[type(field)] or field
  end
  return copy
end

--- Nodes whose value is a string of so many bytes.
local function count_values(g, bytes)
  local found = 0
  for _, id in ipairs(ids(g)) do
    local text = value(g, id)
    if type(text) == "string" and #text == bytes then
      found = found + 1
    end
  end
  return found
end

--- What is in a graph.
local function picture(g, bytes)
  local open, nodes = pcall(count, g)
  if not open then
    return { closed = true }
  end
  return {
    nodes = nodes, roots = roots(g), cycles = cycles(g, "garbage"), values = count_values(g, bytes),
    stats = stats(g),
  }
end

--- A ring of nodes, linked both ways where `shape.double` says so; the first one's handle is kept
--- where `shape.live` does.
local function build_ring(by, g, shape, bytes)
  local list, size = {}, shape.size
  for i = 1, size do
    list[i] = by.node(g, rep("x", bytes))
  end
  for i = 1, size do
    local following = list[i % size + 1]
    by.link(g, list[i], following)
    if shape.double then
      by.link(g, following, list[i])
    end
  end
  for i = shape.live and 2 or 1, size do
    by.release(g, list[i])
  end
  return list
end

local function backwards(list)
  local reversed = {}
  for i = #list, 1, -1 do
    reversed[#reversed + 1] = list[i]
  end
  return reversed
end

--- The rings of a plan: garbage, the ids of each in the order of its edges or against it, and live
--- nodes.
local function build(g, plan)
  local garbage, live = {}, {}
  for i, shape in ipairs(plan.shapes) do
    local list = build_ring(methods, g, shape, plan.bytes)
    if shape.live then
      move(list, 1, #list, #live + 1, live)
    else
      garbage[#garbage + 1] = i % 2 == 0 and list or backwards(list)
    end
  end
  return garbage, live
end

local function count_alive(g, list)
  local left = 0
  for _, id in ipairs(list) do
    left = left + (alive(g, id) and 1 or 0)
  end
  return left
end

--- Hands a graph of the plan's to one of the solution's functions.
local function free(fn, plan)
  local g = quiet_graph()
  local garbage, live = build(g, plan)
  local before = used()
  local report = { returned = plain(fn(g, garbage)) }
  if not pcall(count, g) then
    report.closed = true
    return report
  end
  report.before, report.after = before, used()
  report.left, report.live = count(g), count_alive(g, live)
  report.stats = stats(g)
  return report
end

local ROUNDS <const>, STEPS <const> = 3, 4

--- Memory in use while a solution makes cycles in steps and frees them, over and over: in a graph
--- that `new` makes, by `free`.
local function timeline(make, new, by, n, size, bytes)
  local g, points = quiet_graph(new), {}
  local base, began = used(), now()
  local function note(freed)
    points[#points + 1] = { time = now() - began, bytes = used() - base, freed = freed }
  end
  note()
  for _ = 1, ROUNDS do
    local made = {}
    for _ = 1, STEPS do
      local more = make(g, n // STEPS, size, bytes)
      move(more, 1, #more, #made + 1, made)
      note()
    end
    by(g, made)
    note(true)
  end
  return points
end

---@param solution table<string, function>
return function(solution)
  local driven = {}

  --- The student's cycles in a new graph, and the bytes that they take.
  function driven.make(n, size, bytes)
    local g = quiet_graph()
    local before = used()
    local returned = solution.make_cycles(g, n, size, bytes)
    local held = used() - before
    return { returned = plain(returned), held = held, picture = picture(g, bytes) }
  end

  --- The student's cycles in the graph that cannot collect.
  function driven.leak(n, size, bytes)
    local g = quiet_graph(new_naive)
    solution.make_cycles(g, n, size, bytes)
    local made = g:count()
    local freed = g:collect().freed
    return { made = made, freed = freed, left = g:count() }
  end

  function driven.collect(plan)
    return free(function(g)
      return solution.collect(g)
    end, plan)
  end

  function driven.break_cycles(plan)
    return free(solution.break_cycles, plan)
  end

  --- What Lua's own collector does with the same cycles of plain tables.
  function driven.tables(n, size, bytes)
    return {
      incremental = measure_tables("incremental", n, size, bytes),
      generational = measure_tables("generational", n, size, bytes),
    }
  end

  --- The same for each way to free cycles, and for none.
  local function memory(n, size, bytes)
    local make = solution.make_cycles
    local function by_naive(g)
      return g:collect()
    end
    return { kind = "memory", ways = {
      { name = "naive", points = timeline(make, new_naive, by_naive, n, size, bytes) },
      { name = "collect", points = timeline(make, new_graph, solution.collect, n, size, bytes) },
      { name = "break_cycles",
        points = timeline(make, new_graph, solution.break_cycles, n, size, bytes) },
    } }
  end

  --- For `perilune report`.
  function driven.recorded(n, size, bytes)
    local collected, broken = quiet_graph(), quiet_graph()
    start()
    solution.make_cycles(collected, n, size, bytes)
    solution.collect(collected)
    solution.break_cycles(broken, solution.make_cycles(broken, n, size, bytes))
    return { profile = stop():encode("json"), series = { memory(n, size, bytes) } }
  end

  --- What `perilune compare 3` times: of a version of the core, cycles and their collection; of a
  --- student's solution, cycles that it makes and breaks.
  function driven.free(n, size)
    local g = quiet_graph(solution.new)
    if not solution.new then
      local made = solution.make_cycles(g, n, size, 0)
      local nodes = g:count()
      solution.break_cycles(g, made)
      return { made = nodes, left = g:count() }
    end
    local by = methods_of(g)
    for _ = 1, n do
      build_ring(by, g, { size = size }, 0)
    end
    local nodes = g:count()
    g:collect()
    return { made = nodes, left = g:count() }
  end

  return driven
end
