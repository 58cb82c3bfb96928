--- One piece of graph.lua's work in a graph of perilune's:
---
---     graph.lua native|script WORK SHAPE N
---
--- Prints JSON: nanoseconds of processor time an object, and bytes; for `locality`, `depth` and
--- what is idle nanoseconds in all; pauses are of the wall clock. graph_tables.lua, graph.py and
--- graph.php do the same, as far as they can.
local burner = require("spec.bench.burner")
local clock = require("perilune.clock")
local json = require("dkjson")
local shapes = require("spec.bench.shapes")
local statistics = require("perilune.statistics")

local GRAPHS <const> = { native = require("perilune.native.graph"),
  script = require("perilune.script.graph") }
local PIECE <const>, REPEATS <const> = 1000000, 3
local GARBAGE <const>, COLLECTIONS <const> = 1000, 21

local function nanoseconds(fn, ...)
  local start = clock.cpu()
  fn(...)
  return (clock.cpu() - start) * 1e9
end

local function link(g, shape, ids)
  local list, k = {}, 0
  shapes.each_edge(shape, #ids, function(from, to)
    list[k + 1], list[k + 2] = ids[from], ids[to]
    k = k + 2
  end)
  g:link_all(list)
end

local function build(g, shape, n)
  local ids = g:nodes(n)
  link(g, shape, ids)
  collectgarbage()
  return ids
end

local works = {}

function works.collect(g, shape, n)
  local ids = build(g, shape, n)
  local bytes = g:stats().bytes
  local drop = nanoseconds(g.release_all, g, ids)
  local collect = nanoseconds(g.collect, g)
  assert(g:count() == 0)
  return { drop = drop / n, collect = collect / n, bytes = bytes and bytes / n }
end

-- What has no handle of its own, and lives.
local function held_by_others(g, shape, ids)
  local inner = {}
  for i, id in ipairs(ids) do
    if not shapes.is_first(shape, i) then inner[#inner + 1] = id end
  end
  g:release_all(inner)
  g:collect()
  local living = {}
  for _, id in ipairs(inner) do
    if g:alive(id) then living[#living + 1] = id end
  end
  return living
end

local function idle_time(g)
  local times = {}
  for i = 1, COLLECTIONS do times[i] = nanoseconds(g.collect, g) end
  return statistics.median(times)
end

-- All of them may be garbage, for all that the graph knows, and none is.
function works.live(g, shape, n)
  local inner, times = held_by_others(g, shape, build(g, shape, n)), {}
  local idle = idle_time(g)
  for i = 1, REPEATS do
    for _, id in ipairs(inner) do g:retain(id) end
    g:release_all(inner)
    times[i] = nanoseconds(g.collect, g)
  end
  return { collect = statistics.median(times) / g:count(), idle = idle }
end

function works.locality(g, _, live)
  for done = 0, live - 1, PIECE do build(g, "pairs", math.min(PIECE, live - done)) end
  local times = {}
  for i = 1, COLLECTIONS do
    g:release_all(build(g, "tens", GARBAGE))
    times[i] = nanoseconds(g.collect, g)
  end
  assert(g:stats().freed == COLLECTIONS * GARBAGE)
  return { collect = statistics.median(times) }
end

-- What an id costs the first time in a process, and once more, when it may have kept memory; and
-- three calls of C that do nothing, in between.

local calls = {}

function calls.bound(g, n)
  local node, link_one, release = g:bind()
  for _ = 1, n, 2 do
    local a, b = node(), node()
    link_one(a, b)
    link_one(b, a)
    release(a)
    release(b)
  end
end

function calls.methods(g, n)
  for _ = 1, n, 2 do
    local a, b = g:node(), g:node()
    g:link(a, b)
    g:link(b, a)
    g:release(a)
    g:release(b)
  end
end

function calls.whole(g, n)
  g:auto(true)
  calls.bound(g, n)
  g:collect()
end

local function call_nothing(n)
  local nothing = burner.nothing
  for i = 1, n, 2 do
    nothing()
    nothing()
    nothing(i, i)
    nothing(i, i)
    nothing(i)
    nothing(i)
  end
end

local function new(graph) return graph.new { auto = false } end

local function first_and_again(graph, n, fn)
  local times, floors = {}, {}
  for i = 1, REPEATS do
    local g <close> = new(graph)
    times[i] = fn(g, n) / n
    g:close()
    floors[i] = nanoseconds(call_nothing, n) / n
    collectgarbage()
    collectgarbage()
  end
  return { first = times[1], again = times[REPEATS], floor = statistics.median(floors) }
end

function works.calls(_, way, n, graph)
  return first_and_again(graph, n, function(g) return nanoseconds(calls[way], g, n) end)
end

local bulk = {}

function bulk.nodes(g, n) return nanoseconds(g.nodes, g, n) end

function bulk.link_all(g, n)
  local ids, list = g:nodes(n), {}
  for i = 1, n, 2 do
    list[2 * i - 1], list[2 * i] = ids[i], ids[i + 1]
    list[2 * i + 1], list[2 * i + 2] = ids[i + 1], ids[i]
  end
  return nanoseconds(g.link_all, g, list)
end

function bulk.release_all(g, n)
  local ids = g:nodes(n)
  link(g, "pairs", ids)
  return nanoseconds(g.release_all, g, ids)
end

function works.bulk(_, way, n, graph)
  return first_and_again(graph, n, bulk[way])
end

-- n pairs that a handle holds, and as many that become garbage.
local function make_pairs(g, n)
  local node, link_one, release = g:bind()
  for i = 1, 2 * n do
    local a, b = node(), node()
    link_one(a, b)
    link_one(b, a)
    release(b)
    if i % 2 == 0 then release(a) end
  end
end

function works.automatic(g, _, n)
  g:auto(true)
  local total, stats = nanoseconds(make_pairs, g, n), g:stats()
  return { each = total / (4 * n), longest = stats.longest_ns, collections = stats.collections,
    left = g:count() - 2 * n }
end

-- Piece by piece, so that its list does not take more memory than the graph.
local function build_line(g, n)
  local first, last
  for done = 0, n - 1, PIECE do
    local ids = g:nodes(math.min(PIECE, n - done))
    local list = { last or ids[1], last and ids[1] or ids[2] }
    for i = last and 1 or 2, #ids - 1 do
      list[#list + 1], list[#list + 2] = ids[i], ids[i + 1]
    end
    g:link_all(list)
    local inner = table.move(ids, first and 1 or 2, #ids, 1, {})
    g:release_all(inner)
    first, last = first or ids[1], ids[#ids]
  end
  return first, last
end

function works.depth(g, shape, n)
  local first, last = build_line(g, n)
  assert(#g:why_alive(last) == n)
  if shape == "ring" then g:link(last, first) end
  local total = nanoseconds(g.release, g, first) + nanoseconds(g.collect, g)
  assert(g:count() == 0)
  return { total = total }
end

local kind, work, shape, n = arg[1], arg[2], arg[3], math.tointeger(arg[4])
local graph = GRAPHS[kind]
print(json.encode(works[work](new(graph), shape, n, graph)))
