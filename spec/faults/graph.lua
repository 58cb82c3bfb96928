--- What a program does with object graphs, short enough to run once for every allocation in it. A
--- call that runs out of memory must leave its graph consistent: `sound` checks that.
package.path = "host/lua/?.lua;" .. package.path
local graph = require("perilune.native.graph")

-- Each node's references are its handles and the strong edges to it, and all are counted.
local function sound(g)
  local ids, references, edges = g:ids(), {}, 0
  for _, id in ipairs(ids) do
    for _, to in ipairs((g:referents(id))) do
      references[to] = (references[to] or 0) + 1
      edges = edges + 1
    end
  end
  assert(#ids == g:count(), "a graph has lost count of its nodes")
  assert(edges == g:stats().edges, "a graph has lost count of its edges")
  for _, id in ipairs(ids) do
    assert(g:refcount(id) == g:handles(id) + (references[id] or 0), "a node has lost count")
    local value = g:value(id)
    assert(value == nil or value.id == nil or value.id == id, "another node's value")
  end
end

-- Calls; for memory to run out is an error, for the graph to be inconsistent another.
local function try(g, fn, ...)
  local ok, result = pcall(fn, ...)
  if not ok then
    sound(g)
    error(result, 0)
  end
  return result
end

-- Nodes with values, labels, and more edges than stand in them.
local function grow(g)
  local ids = g:nodes(6)
  for i, id in ipairs(ids) do
    try(g, g.set_value, g, id, { id = id })
    try(g, g.set_label, g, id, "label")
    for k = 1, i do
      try(g, g.link, g, id, ids[(i * k) % #ids + 1])
      try(g, g.weak, g, id, ids[(i + k) % #ids + 1])
    end
  end
  return ids
end

local function read(g, ids)
  g:cycles("garbage")
  g:growth()
  g:snapshot():diff(g:snapshot())
  g:dot()
  g:why_alive(ids[1])
  g:referrers(ids[2])
end

local function churn(g)
  local ids = grow(g)
  try(g, g.link_all, g, { ids[1], ids[6], ids[6], ids[1], ids[3], ids[3] })
  for i = 1, 3 do g:unlink(ids[i], ids[i + 1]) end
  try(g, g.release_all, g, ids)
  local object = try(g, g.object, g, { "held" })
  try(g, g.link, g, object, object)
  object:close()
  try(g, g.collect, g)
  sound(g)
end

for _, options in ipairs({ { auto = false }, { threshold = 5 } }) do
  local g = graph.new(options)
  g:on("start", function(report) return report.candidates .. "" end)
  g:on("stop", function(report) return report.freed .. "" end)
  churn(g)
  if not options.threshold then try(g, read, g, grow(g)) end
  g:finalizer(function(id, value)
    if value and id % 3 == 0 then g:retain(id) end
    g:collect()
    g:node({})
  end)
  churn(g)
  g:debug("saveall")
  churn(g)
  g:debug()
  sound(g)
  g:close()
end

-- Room for many nodes, of which nothing is kept where there is none for all.
local function reserve(g)
  g:node()
  local before = g:stats().bytes
  local ok, message = pcall(g.nodes, g, 20000)
  if ok then return end
  assert(g:stats().bytes < 3 * before, "a graph has kept what was too little")
  error(message, 0)
end

do
  local g <close> = graph.new({ auto = false })
  reserve(g)
end

-- A finaliser of Lua's that uses the graph that asks for memory.
local g <close> = graph.new({ auto = false })
local metatable = { __gc = function() g:release(g:node({})) end }
for i = 1, 5 do
  setmetatable({}, metatable)
  local object = g:object({ i })
  local id = g:node(setmetatable({}, metatable))
  g:link(id, object)
  g:release(id)
end
collectgarbage()
sound(g)
