--- graph.lua's work in plain tables, for stock Lua:
---
---     graph_tables.lua incremental|generational WORK SHAPE N
local shapes = require("spec.bench.shapes")

local REPEATS <const>, GARBAGE <const>, LIST_ITEM <const> = 3, 1000, 16

-- A step of this clock is a microsecond.
local function nanoseconds(fn, ...)
  local start = os.clock()
  fn(...)
  return (os.clock() - start) * 1e9
end

local function median(times)
  table.sort(times)
  return times[#times // 2 + 1]
end

local function build(shape, n)
  local nodes = {}
  for i = 1, n do nodes[i] = { a = false, b = false } end
  shapes.each_edge(shape, n, function(from, to)
    local node = nodes[from]
    if node.a then node.b = nodes[to] else node.a = nodes[to] end
  end)
  return nodes
end

-- The first node of each ring, and how many live by them.
local function build_held(shape, n)
  local nodes, kept, living = build(shape, n), {}, 0
  for i, node in ipairs(nodes) do
    if shapes.is_first(shape, i) then kept[#kept + 1] = node end
  end
  setmetatable(nodes, { __mode = "v" })
  collectgarbage()
  for _ in pairs(nodes) do living = living + 1 end
  return kept, living
end

local works = {}

local function list_bytes(n)
  local room = 1
  while room < n do room = room * 2 end
  return room * LIST_ITEM
end

function works.collect(shape, n)
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  build(shape, n)
  local bytes = (collectgarbage("count") - before) * 1024 - list_bytes(n)
  return { drop = 0, collect = nanoseconds(collectgarbage) / n, bytes = bytes / n }
end

function works.live(shape, n)
  local kept, living = build_held(shape, n)
  local times = {}
  for i = 1, REPEATS do times[i] = nanoseconds(collectgarbage) end
  return { collect = median(times) / living, kept = #kept }
end

function works.locality(_, n)
  local kept, times = build("pairs", n), {}
  collectgarbage()
  for i = 1, REPEATS do
    build("tens", GARBAGE)
    times[i] = nanoseconds(collectgarbage)
  end
  return { collect = median(times), kept = #kept }
end

local function make_pairs(n, keep)
  for i = 1, n do
    local a, b = { a = false, b = false }, { a = false, b = false }
    a.a, b.a = b, a
    if keep and i % 2 == 1 then keep[#keep + 1] = a end
  end
end

function works.calls(_, n)
  local times = {}
  for i = 1, REPEATS do
    times[i] = nanoseconds(function()
      make_pairs(n // 2)
      collectgarbage()
    end)
  end
  return { first = times[1] / n, again = times[REPEATS] / n }
end

function works.automatic(_, n)
  local keep = {}
  return { each = nanoseconds(make_pairs, 2 * n, keep) / (4 * n) }
end

local mode, work, shape, n = arg[1], arg[2], arg[3], math.tointeger(arg[4])
collectgarbage(mode)
local cells = {}
for name, value in pairs(works[work](shape, n)) do
  cells[#cells + 1] = ('"%s": %.3f'):format(name, value)
end
print("{" .. table.concat(cells, ", ") .. "}")
