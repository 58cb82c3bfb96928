--- Finalisers of Lua's, which may run wherever memory is asked for, use the set, the store, the
--- graph or the engine at work, or are the first to use one, or close the crew or the graph. Run in
--- a process of its own, whose small heap is collected at each request for memory: `reentry.lua
--- [REQUEST]`. Prints "sound".
local crews = require("perilune.native.pool.crew")
local hashset = require("perilune.native.hashset")
local memo = require("perilune.native.memo")
local engine = require("perilune.native.fetch.engine")
local graph = require("perilune.native.graph")

collectgarbage("incremental", 1, 400, 30) -- a whole cycle at a time, and at once
collectgarbage()

local LONG <const> = ("x"):rep(100)

-- The seed is asked for once: REQUEST says how many requests for memory a finaliser waits then.
local FIRST <const> = math.tointeger(arg[1])

-- Prepares, and calls fn while finalisers run, one of which calls act: that after one request for
-- memory, that after two, and so on.
local function amid(prepare, act, fn, last)
  for request = FIRST or 1, FIRST or last or 40 do
    local left, armed = request, true
    local function arm()
      setmetatable({}, { __gc = function()
        left = left - 1
        if left == 0 then act() elseif armed then arm() end
      end })
    end
    prepare()
    arm()
    fn()
    armed = false
  end
end

local function members(set)
  local list = set:values()
  table.sort(list, function(a, b) return tostring(a) < tostring(b) end)
  return list
end

local function assert_members(set, ...)
  local list, wanted = members(set), { ... }
  assert(#list == #wanted and #set == #wanted, "a wrong count")
  for i, value in ipairs(wanted) do assert(list[i] == value, "a wrong member") end
end

local function nothing() end

-- The seed of the state, and the token of a long string: whose comes first stays.
do
  local function use() assert(hashset.new({ LONG .. 1 }):contains(LONG .. 1), "it is missing") end
  amid(nothing, use, use)
end
if FIRST then
  print("sound")
  return
end

-- A set that gets its first object and its room, meanwhile.
do
  local set
  local function prepare() set = hashset.new() end
  amid(prepare, function() set:add(LONG) end, function()
    set:add(LONG)
    assert(set:contains(LONG), "a member is missing")
    assert_members(set, LONG)
  end)
  amid(prepare, function() set:clear() end, function()
    for i = 1, 20 do set:add(LONG .. i) end
    for _, value in ipairs(set:values()) do assert(set:contains(value), "a member is missing") end
  end)
  amid(prepare, function() for i = 1, 100 do set:add(i) end end, function()
    set:add(0)
    assert(#set == 1 or #set == 101, "a wrong count")
    assert(set:contains(0), "a member is missing")
  end)
  local other = hashset.new({ 1, 2 })
  amid(prepare, function() set:add(3) end, function()
    local both = set | other
    assert(#both == 2 + #set or #both == 2, "a wrong count")
  end)
end

-- A list whose integers turn into something else, meanwhile.
do
  local short = { 1, 2, 1 }
  local function spoil(list)
    return function() list[1] = 1 end, function() list[1] = LONG end
  end
  local prepare, act = spoil(short)
  amid(prepare, act, function()
    local unique = hashset.unique(short)
    assert(#unique == #hashset.new(unique), "a wrong item")
  end)
  local long = {}
  for i = 1, (1 << 19) + 1 do long[i] = i end
  prepare, act = spoil(long)
  amid(prepare, act, function()
    local set = hashset.new(long)
    assert(#set == #long and set:contains(#long), "a member is missing")
    assert(set:contains(1) ~= set:contains(LONG), "a wrong member")
  end, 4)
end

-- A store that gets its first entries, and room for more, meanwhile.
local function call_all(f, keys)
  for _, key in ipairs(keys) do
    assert(f(key)[1] == key, "a wrong result")
    assert(f(key, keys)[1] == key, "a wrong result of two arguments")
  end
end

local function clear(f) memo.cache(f):clear() end

local function clear_and_call(f, keys)
  clear(f)
  call_all(f, keys)
end

local objects, texts = {}, {}
for i = 1, 6 do objects[i], texts[i] = {}, LONG .. i end
for _, options in ipairs({ { maxsize = 4 }, { maxsize = math.huge, ttl = 1000 } }) do
  for _, keys in ipairs({ objects, texts }) do
    for _, act in ipairs({ call_all, clear, clear_and_call }) do
      for _, weak in ipairs({ true, false }) do
        local f
        amid(function()
          f = memo.wrap(function(key) return { key } end,
            { maxsize = options.maxsize, ttl = options.ttl, weak = weak })
        end, function() act(f, keys) end, function() call_all(f, keys) end)
      end
    end
  end
end

-- A store that grows beyond the room that was asked for, meanwhile; and one of which an entry dies
-- that is about to give way.
do
  local f
  amid(function() f = memo.wrap(function(n) return n end) end, function()
    for i = 1, 100 do f(i) end
  end, function()
    for i = 101, 120 do assert(f(i) == i, "a wrong result") end
    for i = 101, 120 do assert(f(i) == i, "a wrong result") end
  end)
  local held
  amid(function()
    f, held = memo.wrap(function(a, b) return { a, b } end, { maxsize = 2, weak = true }), {}
    for i = 1, 2 do
      held[i] = {}
      f(held[i], held)
    end
  end, function() held[1], held[2] = nil, nil end, function()
    local a, b = {}, {}
    local made = f(a, b)
    assert(made[1] == a and made[2] == b and f(a, b) == made, "a wrong result")
  end)
end

-- A graph that gets nodes, or is closed, while it asks for room.
do
  local SLAB <const> = 4096
  local g, id
  local function prepare()
    g = graph.new({ auto = false })
    id = g:node()
  end

  for _, n in ipairs { 1, SLAB, 20 * SLAB } do
    amid(prepare, function() g:nodes(n) end, function()
      local path, before = g:why_alive(id), g:count()
      local ids, between = g:nodes(2 * SLAB), g:count() - before
      assert(#path == 1 and path[1] == id, "a wrong path")
      assert(between == 2 * SLAB or between == 2 * SLAB + n, "a wrong count")
      assert(#g:ids() == g:count() and g:alive(ids[#ids]), "nodes are missing")
      g:close()
    end, 15)
  end
  local refused
  amid(prepare, function() g:close() end, function()
    local ok, message = pcall(g.nodes, g, 2 * SLAB)
    refused = refused or message == "the graph is closed"
    assert(ok or tostring(message):find("the graph is closed", 1, true), message)
  end, 15)
  assert(refused, "it was never closed amid a call")
end

-- A crew that is closed while its tasks are sent or its answers are read.
do
  local crew, left
  local function make(i, ...) return { i }, { {} }, ... end

  local function prepare()
    crew, left = assert(crews.new({ workers = 1 })), 3
    assert(crew:start(1))
    assert(crew:send(1, crews.DEFINE, 1, 0, 0, crew:pack("function", make)))
  end

  local function read_all()
    for i = 1, left do crew:task(1, 1, 1, i, i, { LONG .. i }) end
    while left > 0 do
      left = left - crew:drain({})
      if left > 0 then crew:wait(1) end
    end
  end

  amid(prepare, function() crew:close() end, function()
    local ok, message = pcall(read_all)
    assert(ok or message:find("the crew is closed", 1, true), message)
    crew:close()
  end)
end

-- An engine that is closed, or used, while it says why a request is refused.
do
  local one, closed
  local plan = engine.plan("GET", nil, 1, false, {})
  local function prepare() one = assert(engine.new(false, {})) end
  local function refuse()
    local ok, none, message, code = pcall(one.start, one, "http://127.0.0.1:1/", plan, "/dev")
    assert(not ok or none == nil and message == "Is a directory" and code == "file", message)
  end
  local function close()
    one:close()
    assert(not pcall(one.news, one), "it can be used")
  end
  amid(prepare, close, function()
    refuse()
    closed = closed or not one:owned()
  end)
  assert(closed, "it was never closed")
  amid(prepare, refuse, refuse)
  assert(one:owned(), "it is closed")
end

print("sound")
