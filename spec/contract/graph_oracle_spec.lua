--- Both versions of perilune.graph do what a model in plain lists does, in random operations with
--- finalizers that resurrect, release, link and make nodes: 1,000 seeds under the sanitizers, which
--- have the time. PERILUNE_SEED begins with the seed that a failure has named.
---
--- A version may go about small collections and large ones in different ways: some of the graphs
--- have a ballast, a ring that is held and that the model does not know of.
local kinds = require("spec.contract.kinds")
local new_model = require("spec.contract.graph_model")

local FIRST <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local SEEDS <const> = SANITIZED and 1000 or 400
local KEEPER <const> = 1 -- has a handle all the time

-- The same operations, under the same names, on a version of the module.
local Side = {}
Side.__index = Side

local function new_side(name, graph, plans)
  return setmetatable({
    name = name, g = graph.new { auto = false }, plans = plans, ids = {}, numbers = {}, calls = {},
    objects = {}, ballast = {},
  }, Side)
end

-- A node that holds a ring of n others.
function Side:load(n)
  local holder, pairs = self.g:node(), {}
  self.ballast = self.g:nodes(n)
  for i, id in ipairs(self.ballast) do
    pairs[2 * i - 1], pairs[2 * i] = id, self.ballast[i % n + 1]
  end
  self.g:link_all(pairs)
  self.g:link(holder, self.ballast[1])
  self.g:release_all(self.ballast)
end

-- The next collection has these to look at, with all the ring.
function Side:stir(n)
  local some = table.move(self.ballast, 1, n, 1, {})
  for _, id in ipairs(some) do self.g:retain(id) end
  self.g:release_all(some)
end

function Side:alive(a) return self.ids[a] ~= nil and self.g:alive(self.ids[a]) end

-- Half of the nodes have a value, their number.
local function value_of(a) return a % 2 == 0 and a or nil end

function Side:node(a)
  local id = self.g:node(value_of(a))
  self.ids[a], self.numbers[id] = id, a
end

function Side:list_of(numbers)
  local list = {}
  for i, a in ipairs(numbers) do list[i] = self.ids[a] end
  return list
end

for _, name in ipairs { "link", "weak", "unlink", "clear", "retain", "release" } do
  Side[name] = function(self, a, b)
    local method = self.g[name]
    return method(self.g, self.ids[a], self.ids[b])
  end
end

for _, name in ipairs { "link_all", "release_all" } do
  Side[name] = function(self, numbers)
    local method = self.g[name]
    return method(self.g, self:list_of(numbers))
  end
end

-- Refused where there is no node or handle.
function Side:drop(a) pcall(self.release, self, a) end

function Side:hold(object, a) self.objects[object] = self.g:hold(self.ids[a]) end

function Side:close_object(object)
  self.objects[object]:close()
  self.objects[object] = nil
end

function Side:collect() return self.g:collect() end

function Side:finalizer(on)
  self.g:finalizer(on and function(id, value)
    local a = self.numbers[id]
    self.calls[#self.calls + 1] = value == value_of(a) and self.g:alive(id) and a or -a
    if self.plans[a] then self.plans[a](self, a) end
  end or nil)
end

function Side:saveall(on) self.g:debug(on and "saveall" or nil) end

-- What finalizers do. The order of their calls is not promised, so their effect must not depend on
-- it.
local makers = {
  keep = function() return function(side, a) side:retain(a) end end,
  hang = function() return function(side, a) side:link(KEEPER, a) end end,
  loop = function() return function(side, a) side:link(a, a) end end,
  link = function(b)
    return function(side, a)
      if side:alive(b) then side:link(a, b) end
    end
  end,
  drop = function(b) return function(side) side:drop(b) end end,
  clear = function() return function(side, a) side:clear(a) end end,
  hold_by_new = function(_, new)
    return function(side, a)
      side:node(new)
      side:link(new, a)
    end
  end,
  make_garbage = function(_, new)
    return function(side)
      side:node(new)
      side:link(new, new)
      side:release(new)
    end
  end,
}
local names = {}
for name in pairs(makers) do names[#names + 1] = name end
table.sort(names)

-- A round of random operations, from what the model knows.
local Run = {}
Run.__index = Run

function Run:fail(text, ...)
  error(("seed %d: %s"):format(self.seed, text:format(...)), 0)
end

-- Does it to all, and compares the results.
function Run:all(name, ...)
  local expected = self.model[name](self.model, ...)
  for _, side in ipairs(self.sides) do
    local got = side[name](side, ...)
    if type(expected) == "table" then
      for field, value in pairs(expected) do
        if got[field] ~= value then
          self:fail("%s: %s of %s is %s, not %s", side.name, field, name, got[field], value)
        end
      end
    elseif got ~= expected then
      self:fail("%s: %s gives %s, not %s", side.name, name, got, expected)
    end
  end
end

-- A new number.
function Run:number()
  self.numbers = self.numbers + 1
  return self.numbers
end

function Run:some(accepts)
  local list = {}
  self.model:each(function(a)
    if not accepts or accepts(a) then list[#list + 1] = a end
  end)
  return list[1] and list[math.random(#list)]
end

function Run:releasable()
  return self:some(function(a)
    return self.model:is_held(a) and (a ~= KEEPER or self.model.handles[a] > 1)
  end)
end

-- What is dropped has no plan that gives a handle: else it would depend on the order.
function Run:plan(a)
  local name = names[math.random(#names)]
  local other = self:some(function(b) return b ~= KEEPER and self.kept[b] == nil end)
  if (name == "drop" or name == "link") and not other then return end
  self.kept[a] = name
  local new = name:find("_", 1, true) and self:number() or nil
  self.plans[a] = makers[name](other, new)
end

local operations = {}

function operations.node(run)
  local a = run:number()
  if math.random(3) == 1 then run:plan(a) end
  run:all("node", a)
end

function operations.link(run) run:all("link", run:some(), run:some()) end

function operations.weak(run) run:all("weak", run:some(), run:some()) end

function operations.link_all(run)
  local list = {}
  for i = 1, 2 * math.random(0, 4) do list[i] = run:some() end
  run:all("link_all", list)
end

function operations.unlink(run)
  local a = run:some(function(a) return a ~= KEEPER and run.model.out[a][1] ~= nil end)
  local out = a and run.model.out[a]
  if out then run:all("unlink", a, out[math.random(#out)]) end
end

function operations.unlink_any(run) run:all("unlink", run:some(), run:some()) end

function operations.clear(run) run:all("clear", run:some()) end

function operations.retain(run) run:all("retain", run:some()) end

function operations.release(run)
  local a = run:releasable()
  if a then run:all("release", a) end
end

function operations.release_all(run)
  local list, seen = {}, {}
  for _ = 1, math.random(0, 5) do
    local a = run:releasable()
    if a and not seen[a] then list[#list + 1], seen[a] = a, true end
  end
  run:all("release_all", list)
end

function operations.hold(run)
  local object = run:number()
  run.objects[#run.objects + 1] = object
  run:all("hold", object, run:some(function(a) return a ~= KEEPER end) or KEEPER)
end

-- The keeper's only handle is not an object's.
function operations.close_object(run)
  local object = table.remove(run.objects, math.random(math.max(1, #run.objects)))
  if object and run.model.objects[object] ~= KEEPER then run:all("close_object", object) end
end

local weights = {
  node = 20, link = 30, weak = 8, link_all = 3, unlink = 10, unlink_any = 2, clear = 1, retain = 2,
  release = 22, release_all = 4, hold = 3, close_object = 3,
}
local chosen = {}
for name, weight in pairs(weights) do
  for _ = 1, weight do chosen[#chosen + 1] = name end
end
table.sort(chosen)

-- Comparisons

local function joined(list, numbers)
  local copy = {}
  for i, a in ipairs(list) do copy[i] = numbers and numbers[a] or a end
  table.sort(copy)
  return table.concat(copy, " ")
end

function Run:compare_node(side, a, counts, distances)
  local g, id, model = side.g, side.ids[a], self.model
  local strong, weak = g:referents(id)
  local got = { g:refcount(id), g:handles(id), joined(strong, side.numbers),
    joined(weak, side.numbers) }
  local expected = { counts[a], model.handles[a], joined(model.out[a]),
    joined(model:weak_targets(a)) }
  if self.ballast == 0 then -- through which it would take long
    local path = g:why_alive(id)
    got[5], expected[5] = path and #path - 1, distances[a]
  end
  for i, name in ipairs { "count", "handles", "edges", "weak edges", "distance" } do
    if got[i] ~= expected[i] then
      self:fail("%s: node %d has %s %s, not %s", side.name, a, name, got[i], expected[i])
    end
  end
end

function Run:compare_totals(side, edges)
  local stats, model = side.g:stats(), self.model
  local expected = { edges = edges + self.ballast_edges, died = model.died, freed = model.freed,
    resurrected = model.resurrected }
  for name, value in pairs(expected) do
    if stats[name] ~= value then
      self:fail("%s: stats has %s %s, not %d", side.name, name, stats[name], value)
    end
  end
  local calls = joined(model.calls)
  if joined(side.calls) ~= calls then
    self:fail("%s: calls for %s, not for %s", side.name, joined(side.calls), calls)
  end
end

function Run:compare()
  local model = self.model
  local counts, distances, edges = model:counts(), model:distances(model:roots()), 0
  model:each(function(a) edges = edges + #model.out[a] end)
  for _, side in ipairs(self.sides) do
    local alive = 0
    for a in pairs(side.ids) do
      if side:alive(a) ~= model:alive(a) then
        self:fail("%s: node %d is alive or dead by mistake", side.name, a)
      elseif model:alive(a) then
        alive = alive + 1
        self:compare_node(side, a, counts, distances)
      end
    end
    if side.g:count() ~= alive + self.ballast_edges then
      self:fail("%s: count is wrong", side.name)
    end
    self:compare_totals(side, edges)
  end
end

-- The ring's nodes, and its holder, have an edge each.
function Run:load()
  local r = math.random(100)
  local n = r == 1 and 4090 or r <= 4 and 2100 or 0
  if n == 0 then return end
  self.ballast, self.ballast_edges = n, n + 1
  for _, side in ipairs(self.sides) do side:load(n) end
end

function Run:stir()
  local n = math.random(2) == 1 and self.ballast or math.min(1, self.ballast)
  for _, side in ipairs(self.sides) do side:stir(n) end
end

function Run:round(steps)
  self:all("finalizer", math.random(4) > 1)
  self:all("saveall", math.random(5) == 1)
  for _ = 1, steps do operations[chosen[math.random(#chosen)]](self) end
  self:stir()
  self:all("collect")
  self:compare()
end

local function run(seed, versions)
  math.randomseed(seed)
  local plans = {}
  local self = setmetatable({
    seed = seed, plans = plans, kept = {}, objects = {}, numbers = 0, model = new_model(plans),
    sides = {}, ballast = 0, ballast_edges = 0,
  }, Run)
  for name, graph in pairs(versions) do
    table.insert(self.sides, new_side(name, graph, plans))
  end
  self:load()
  self:all("node", self:number())
  local rounds = math.random(2, 4)
  for _ = 1, rounds do self:round(math.random(50) == 1 and 300 or math.random(5, 40)) end
  for _, side in ipairs(self.sides) do
    side.g:finalizer(nil)
    side.g:close()
  end
end

describe("the model and every version of graph", function()
  it(("agree, seed %d and the next"):format(FIRST), function()
    local versions = {}
    for kind, graph in kinds("graph") do versions[kind] = graph end
    for seed = FIRST, FIRST + SEEDS - 1 do run(seed, versions) end
  end)
end)
