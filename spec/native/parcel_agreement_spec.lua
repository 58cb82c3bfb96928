--- What comes out of a parcel has the shape of what went in: tables, functions, what they share and
--- how they lead back to each other, at random. PERILUNE_SEED repeats a run that a failure names.
local message = require("perilune.native.message")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local ROUNDS <const> = SANITIZED and 30 or 300

local NAN <const> = 0 / 0
local plain <const> = {
  0, 1, -1, 127, -129, 1 << 15, 1 << 40, math.mininteger, math.maxinteger, 0.5, -0.0, NAN, 1e300,
  math.huge, true, false, "", "x", "a\0b", ("long"):rep(20), ("longer"):rep(7000), print, math,
}

-- Two functions that share variables, and one that has its own and calls itself.
local function closures()
  local x, y
  local function get() return x, y end
  local function set(a, b) x, y = a, b end
  local function own(a) x = a or own end -- luacheck: ignore
  return get, set, own
end

local makers <const> = {
  function() return {} end,
  function(random)
    local list = {}
    for i = 1, random(0, 400) do
      list[i] = random(9) == 1 and i + 0.5 or random(-200, 1 << random(40))
    end
    return list
  end,
  function(_, objects)
    local get, set, own = closures()
    objects[#objects + 1], objects[#objects + 2] = set, own
    return get
  end,
}

local function random_value(random, objects)
  return random(3) == 1 and plain[random(#plain)] or objects[random(#objects)]
end

local function random_key(random)
  local kind = random(4)
  if kind == 1 then return "key" .. random(20) end
  return kind == 2 and random(20) or kind == 3 and random() or true
end

-- Adds something to a table, or gives an upvalue a value.
local function fill(random, object, objects)
  local value = random_value(random, objects)
  if type(object) == "function" then
    local last = 0
    while debug.getupvalue(object, last + 1) do last = last + 1 end
    debug.setupvalue(object, random(last), value)
  elseif random(10) == 1 and type(value) == "table" and value ~= math then
    setmetatable(object, value)
  else
    rawset(object, random_key(random), value)
  end
end

local function random_objects(random)
  local objects = {}
  for _ = 1, random(1, 12) do
    objects[#objects + 1] = makers[random(#makers)](random, objects)
  end
  for _ = 1, random(0, 60) do
    fill(random, objects[random(#objects)], objects)
  end
  return objects
end

-- Pairs that are still to be compared; `met` leads from what was sent to what came, and back.
local function same(todo, met, a, b)
  assert(type(a) == type(b), "another type")
  if type(a) == "number" then
    assert(math.type(a) == math.type(b) and string.pack("n", a) == string.pack("n", b), "number")
  elseif type(a) ~= "table" and type(a) ~= "function" or a == math or a == print then
    assert(a == b, "another value")
  elseif met[a] then
    assert(met[a] == b, "another object")
  else
    assert(not met[b], "objects are one that were not")
    met[a], met[b] = b, a
    todo[#todo + 1] = { a, b }
  end
end

local function compare_upvalues(todo, met, a, b)
  local i = 1
  while debug.getupvalue(a, i) do
    local id_a, id_b = debug.upvalueid(a, i), debug.upvalueid(b, i)
    assert((met[id_a] or id_b) == id_b and (met[id_b] or id_a) == id_a, "shared otherwise")
    met[id_a], met[id_b] = id_b, id_a
    local name_a, value_a = debug.getupvalue(a, i)
    local name_b, value_b = debug.getupvalue(b, i)
    assert(name_a == name_b, "another upvalue")
    same(todo, met, value_a, value_b)
    i = i + 1
  end
end

local function compare_tables(todo, met, a, b)
  for key, value in next, a do same(todo, met, value, rawget(b, key)) end
  for key in next, b do assert(rawget(a, key) ~= nil, "another key") end
  same(todo, met, debug.getmetatable(a), debug.getmetatable(b))
end

local function compare(a, b)
  local todo, met = {}, {}
  same(todo, met, a, b)
  while #todo > 0 do
    local pair = table.remove(todo)
    if type(pair[1]) == "table" then
      compare_tables(todo, met, pair[1], pair[2])
    else
      compare_upvalues(todo, met, pair[1], pair[2])
    end
  end
end

local function round(random)
  local objects = random_objects(random)
  local bytes = assert(message.pack(objects, objects[1], nil, 7))
  local piece = random(2) == 1 and #bytes or random(1, 3000)
  local ok, got, first, none, seven = message.unpack(bytes, piece)
  assert(ok, got)
  compare(objects, got)
  assert(first == got[1] and none == nil and seven == 7)
end

describe("parcels", function()
  it("keep the shape of what was sent", function()
    math.randomseed(SEED)
    for i = 1, ROUNDS do
      local ok, problem = pcall(round, math.random)
      assert(ok, ("%s (round %d of seed %d)"):format(problem, i, SEED))
    end
  end)

  it("keep it when finalisers send parcels meanwhile", function()
    local going, nested, problem = false, 0, nil
    local function send()
      local list = { ("long"):rep(9000), {}, function() return going end }
      list[2][1] = list
      local _, got = assert(message.unpack(assert(message.pack(list, list[2]))))
      assert(got[1] == list[1] and got[2][1] == got and got[3]() == true)
    end
    local function trouble()
      if not going then return end
      setmetatable({}, { __gc = trouble })
      local ok, why = pcall(send)
      problem, nested = problem or not ok and why, nested + 1
    end
    local objects = {}
    for i = 1, 2000 do
      objects[i] = { i, ("x"):rep(i % 50), objects[i // 2], ("y"):rep(i % 500 == 0 and 40000 or 1) }
    end
    collectgarbage("incremental", 10, 1000)
    going = true
    trouble()
    local bytes
    for i = 1, 5000 do -- a large heap takes many for a cycle of the collector
      bytes = message.pack(objects)
      if i >= 20 and nested > 1 then break end
    end
    going = false
    collectgarbage("incremental", 200, 100)
    assert.is_falsy(problem)
    assert.is_true(nested > 1)
    local _, got = assert(message.unpack(bytes))
    compare(objects, got)
  end)
end)
