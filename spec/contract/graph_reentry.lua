--- Finalisers of Lua's, which may run wherever memory is asked for, use the graph that is at work.
--- Run in a process of its own, whose small heap is collected all the time: arguments are a seed
--- and a number of rounds. Prints "sound".
package.path = "host/lua/?.lua;" .. package.path
local graph = require("perilune.graph")

local STEPS <const> = 200
local SEED <const>, ROUNDS <const> = math.tointeger(arg[1]), math.tointeger(arg[2])

local random = math.random

-- What goes through all nodes.
local reads = {
  function(g) g:dot() end,
  function(g) g:cycles(random(2) == 1 and "garbage" or nil) end,
  function(g) g:snapshot():diff(g:snapshot()) end,
  function(g) g:growth() end,
}

-- What is done to the graph, by the script and by finalisers. Where a node is dead it is refused.
local operations = {
  function(g, any) any[random(50)] = g:node({}) end,
  function(g, any) any[random(50)] = g:object({}):id() end,
  function(g, any) any[random(50)] = g:hold(any[random(50)]):id() end,
  function(g, any) g:link(any[random(50)], any[random(50)]) end,
  function(g, any) g:link(any[random(50)], any[random(50)]) end,
  function(g, any) g:weak(any[random(50)], any[random(50)]) end,
  function(g, any) g:link_all { any[random(50)], any[random(50)], any[random(50)], any[1] } end,
  function(g, any) g:unlink(any[random(50)], any[random(50)]) end,
  function(g, any) g:clear(any[random(50)]) end,
  function(g, any) g:release(any[random(50)]) end,
  function(g, any) g:release(any[random(50)]) end,
  function(g, any) g:release_all { any[random(50)], any[random(50)] } end,
  function(g, any) g:set_value(any[random(50)], {}) end,
  function(g, any) g:set_label(any[random(50)], ("label"):rep(random(10))) end,
  function(g) g:collect() end,
  function(g) g:ids() end,
  function(g) reads[random(#reads)](g) end,
  function(g, any) g:referrers(any[random(50)]) end,
  function(g, any) g:why_alive(any[random(50)]) end,
  function(g) g:debug(random(2) == 1 and "saveall" or nil) end,
}

local function act(g, any)
  pcall(operations[random(#operations)], g, any)
end

-- Counts are what handles and edges make them, and edges lead to live nodes.
local function check_sound(g)
  local counts, edges, ids = {}, 0, g:ids()
  for _, id in ipairs(ids) do counts[id] = g:handles(id) end
  for _, id in ipairs(ids) do
    local strong, weak = g:referents(id)
    for _, to in ipairs(strong) do counts[to] = counts[to] + 1 end
    for _, to in ipairs(weak) do assert(g:alive(to), "an edge to the dead") end
    edges = edges + #strong
  end
  for id, count in pairs(counts) do
    assert(count == g:refcount(id), "a wrong count")
    assert(count > 0, "a node without references")
  end
  assert(#ids == g:count() and edges == g:stats().edges, "a wrong total")
end

local function check(g)
  collectgarbage("stop")
  check_sound(g)
  collectgarbage("restart")
end

local function round()
  local g <close> = graph.new { threshold = random(1, 30) }
  local any = g:nodes(50)
  local metatable = { __gc = function() act(g, any) end }
  g:finalizer(function()
    setmetatable({}, metatable)
    if random(4) == 1 then act(g, any) end
  end)
  for step = 1, STEPS do
    setmetatable({}, metatable)
    act(g, any)
    if step % 100 == 0 then check(g) end
  end
  metatable.__gc = nil
  g:finalizer(nil)
end

math.randomseed(SEED)
for i = 1, ROUNDS do
  if i % 2 == 0 then
    collectgarbage("generational")
  else
    collectgarbage("incremental", 100, 1000)
  end
  round()
end
print("sound")
