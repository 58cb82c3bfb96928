--- Bytes as operations on two graphs, one of each version: the same nodes live and die.
local native = require("perilune.native.graph")
local script = require("perilune.script.graph")

local function both(a, b, name, ...)
  local ok, first = pcall(a[name], a, ...)
  local ok_too, second = pcall(b[name], b, ...)
  assert(ok == ok_too, name)
  return ok and first, ok_too and second
end

local function agree(a, b, nodes)
  assert(a:count() == b:count(), "another number of nodes")
  for _, pair in ipairs(nodes) do
    local alive = a:alive(pair[1])
    assert(alive == b:alive(pair[2]), "one is alive, the other dead")
    assert(not alive or a:refcount(pair[1]) == b:refcount(pair[2]), "another count")
  end
end

local function on_two(name)
  return function(a, b, x, y)
    local ok, problem = pcall(a[name], a, x[1], y[1])
    assert(ok == pcall(b[name], b, x[2], y[2]), problem)
  end
end

local function on_one(name)
  return function(a, b, x)
    local ok, problem = pcall(a[name], a, x[1])
    assert(ok == pcall(b[name], b, x[2]), problem)
  end
end

local operations = {
  on_two("link"), on_two("unlink"), on_two("weak"), on_one("retain"), on_one("release"),
  function(a, b)
    local first, second = both(a, b, "collect")
    assert(first.freed == second.freed, "another number was freed")
  end,
}

return function(bytes)
  local a <close> = native.new({ auto = false })
  local b <close> = script.new({ auto = false })
  local nodes = {}
  for i = 1, #bytes - 1, 2 do
    local what, which = bytes:byte(i, i + 1)
    if what % 8 >= #operations or #nodes == 0 then
      nodes[#nodes + 1] = { both(a, b, "node", which) }
    else
      local x, y = nodes[which % 16 % #nodes + 1], nodes[which // 16 % #nodes + 1]
      operations[what % 8 + 1](a, b, x, y)
    end
  end
  agree(a, b, nodes)
end
