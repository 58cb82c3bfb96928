--- Both versions of perilune.graph do the same where they collect by themselves, at the same time,
--- in random operations. PERILUNE_SEED repeats a run whose seed a failure has named.
local script = require("perilune.script.graph")
local native = require("perilune.native.graph")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local GRAPHS <const> = SANITIZED and 3 or 25
local STEPS <const> = 1000
local COUNTS <const> = {
  "nodes", "edges", "candidates", "threshold", "collections", "automatic", "died", "freed",
}

-- A graph of one version, with the ids of the nodes and the calls of its finalizer by number.
local function new_side(graph, options)
  local side = { g = graph.new(options), ids = {}, numbers = {}, called = {} }
  side.g:finalizer(function(_, number) side.called[number] = (side.called[number] or 0) + 1 end)
  return side
end

local function ids_of(side, numbers)
  local ids = {}
  for i, number in ipairs(numbers) do ids[i] = side.ids[number] end
  return ids
end

local operations = {}

function operations.node(side, number)
  local id = side.g:node(number)
  side.ids[number], side.numbers[id] = id, number
end

for _, name in ipairs { "link", "weak", "unlink", "clear", "release" } do
  operations[name] = function(side, a, b)
    local method = side.g[name]
    return method(side.g, side.ids[a], side.ids[b])
  end
end

function operations.link_all(side, ...) side.g:link_all(ids_of(side, { ... })) end

function operations.release_all(side, ...) side.g:release_all(ids_of(side, { ... })) end

function operations.collect(side) return side.g:collect().freed end

function operations.threshold(side, candidates) return side.g:threshold(candidates) end

function operations.auto(side, on) return side.g:auto(on) end

-- The nodes that are held are in a list: an operation is on these alone, which are alive.
local choices = {
  { 20, "node", function(run)
    run.last = run.last + 1
    run.held[#run.held + 1] = run.last
    return run.last
  end },
  { 35, "link", function(run) return run.any(), run.any() end },
  { 6, "weak", function(run) return run.any(), run.any() end },
  { 4, "link_all", function(run) return run.any(), run.any(), run.any(), run.any() end },
  { 10, "unlink", function(run) return run.any(), run.any() end },
  { 1, "clear", function(run) return run.any() end },
  { 20, "release", function(run) return run.take() end },
  { 2, "release_all", function(run) return run.take(), run.take(), run.take() end },
  { 1, "collect", function() end },
  { 1, "threshold", function() return math.random(1, 30) end },
  { 1, "auto", function() return math.random(4) > 1 end },
}

local function choose(run)
  if #run.held < 5 then return choices[1] end
  local left = math.random(101)
  for _, choice in ipairs(choices) do
    left = left - choice[1]
    if left <= 0 then return choice end
  end
end

local function edges_of(side, number)
  local texts = {}
  for i, list in ipairs { side.g:referents(side.ids[number]) } do
    for j, id in ipairs(list) do list[j] = side.numbers[id] end
    table.sort(list)
    texts[i] = table.concat(list, " ")
  end
  return table.concat(texts, ", ")
end

local function state_of(side, number)
  if not side.g:alive(side.ids[number]) then return "dead" end
  local id = side.ids[number]
  return ("%d references, %d handles, edges to %s"):format(
    side.g:refcount(id), side.g:handles(id), edges_of(side, number))
end

describe("both versions of graph", function()
  local seed = ("seed %d"):format(SEED)

  local function compare_counts(one, other, what)
    local a, b = one.g:stats(), other.g:stats()
    for _, name in ipairs(COUNTS) do
      if a[name] ~= b[name] then
        error(("%s: after %s, %s is %d and %d"):format(seed, what, name, a[name], b[name]))
      end
    end
  end

  local function compare(one, other, last)
    for number = 1, last do
      assert.equal(state_of(one, number), state_of(other, number), seed)
    end
    assert.same(one.called, other.called, seed)
  end

  local function new_run()
    local run = { held = {}, last = 0 }
    function run.any() return run.held[math.random(#run.held)] end
    function run.take() return table.remove(run.held, math.random(#run.held)) end
    return run
  end

  local function round()
    local options = { threshold = math.random(1, 50) }
    local one, other, run = new_side(script, options), new_side(native, options), new_run()
    for step = 1, STEPS do
      local choice = choose(run)
      local name, arguments = choice[2], table.pack(choice[3](run))
      local a = operations[name](one, table.unpack(arguments, 1, arguments.n))
      local b = operations[name](other, table.unpack(arguments, 1, arguments.n))
      if a ~= b then error(("%s: %s gives %s and %s"):format(seed, name, a, b)) end
      compare_counts(one, other, name)
      if step % 200 == 0 then compare(one, other, run.last) end
    end
    one.g:close()
    other.g:close()
    assert.same(one.called, other.called, seed)
    for number = 1, run.last do assert.equal(1, one.called[number], seed) end
  end

  it("collect alike, " .. seed, function()
    math.randomseed(SEED)
    for _ = 1, GRAPHS do round() end
  end)
end)
