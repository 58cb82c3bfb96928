--- Both versions of perilune.memo do what a model in plain tables does, in many random
--- operations each. PERILUNE_SEED repeats a run whose seed a failure has named.
local script = require("perilune.script.memo")
local native = require("perilune.native.memo")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local STEPS <const> = SANITIZED and 100000 or 300000
local STEPS_A_ROUND <const> = 5000

local NAN <const> = 0 / 0
local object = {}

-- What arguments are made of, each with its name in a key; floats also with that in a typed one.
local pieces = {
  { nil, "nil" }, { NAN, "nan" }, { -NAN, "nan" }, { 1, "1" }, { 1.0, "1", "1.0" }, { 2, "2" },
  { 0, "0" }, { -0.0, "0", "0.0" }, { 0.0, "0", "0.0" }, { 0.5, "0.5" }, { "1", "'1'" },
  { "a", "'a'" }, { ("long"):rep(20), "'long'" }, { true, "true" }, { false, "false" },
  { object, "{}" }, { print, "print" }, { math.mininteger, "min" }, { -2.0 ^ 63, "min", "-2.0^63" },
}

-- A list of up to 6 arguments, mostly short, with its names.
local function arguments(random)
  local list = { n = random(3) == 1 and random(0, 6) or random(1, 2), names = {}, typed = {} }
  for i = 1, list.n do
    local piece = pieces[random(#pieces)]
    list[i] = piece[1]
    list.names[i], list.typed[i] = piece[2], piece[3] or piece[2]
  end
  list.first = list.names[1] or "nil"
  list.names = list.n .. ":" .. table.concat(list.names, ",")
  list.typed = list.n .. ":" .. table.concat(list.typed, ",")
  return list
end

-- What the memoised function gives in its n-th call.
local results = {
  function(n) return n end,
  function(n) return n + 0.5 end,
  function(n) return "result " .. n end,
  function(n) return n, nil end,
  function(n) return nil, n end,
  function(n) return n % 3 == 0 end,
  function() return nil end,
  function() end,
  function(n) error(n, 0) end,
}

-- The model: a list of entries, the oldest first.
local Model = {}
Model.__index = Model

local function new_model(options, now)
  return setmetatable({
    options = options, now = now, calls = 0, list = {}, hand = nil,
    hits = 0, misses = 0, evictions = 0, expired = 0,
  }, Model)
end

function Model:name(list)
  if self.options.key then return list.first end
  return self.options.typed and list.typed or list.names
end

function Model:place(name)
  for i, entry in ipairs(self.list) do
    if entry.name == name then return i end
  end
end

function Model:remove(i)
  if self.hand == self.list[i] then self.hand = self.list[i + 1] end
  table.remove(self.list, i)
end

function Model:has_expired(entry)
  return self.options.ttl and self.now[1] >= entry.deadline
end

function Model:find(list)
  local i = self:place(self:name(list))
  if i and self:has_expired(self.list[i]) then
    self.expired = self.expired + 1
    self:remove(i)
    return nil
  end
  return i
end

function Model:touch(i)
  if self.options.policy == "sieve" then
    self.list[i].visited = true
  else
    table.insert(self.list, table.remove(self.list, i))
  end
end

function Model:victim()
  if self.options.policy ~= "sieve" then return 1 end
  local i = self.hand and self:place(self.hand.name) or 1
  while self.list[i].visited do
    self.list[i].visited = false
    i = i % #self.list + 1
  end
  self.hand = self.list[i]
  return i
end

function Model:insert(name, packed)
  local entry = { name = name, results = packed }
  if self.options.ttl then entry.deadline = self.now[1] + self.options.ttl end
  if self.options.maxsize == 0 then return end
  if #self.list >= self.options.maxsize then
    local i = self:victim()
    local count = self:has_expired(self.list[i]) and "expired" or "evictions"
    self[count] = self[count] + 1
    self:remove(i)
  end
  table.insert(self.list, entry)
end

function Model:call(list, kind)
  local i = self:find(list)
  if i then
    local packed = self.list[i].results
    self.hits = self.hits + 1
    self:touch(i)
    return packed
  end
  self.misses, self.calls = self.misses + 1, self.calls + 1
  local packed = table.pack(pcall(results[kind], self.calls))
  if packed[1] then self:insert(self:name(list), packed) end
  return packed
end

function Model:peek(list)
  local i = self:find(list)
  return i and self.list[i].results or { false, n = 1 }
end

function Model:forget(list)
  local i = self:find(list)
  if i then self:remove(i) end
  return { i ~= nil, n = 1 }
end

function Model:clear()
  self.list, self.hand = {}, nil
  self.hits, self.misses, self.evictions, self.expired = 0, 0, 0, 0
  return { n = 0 }
end

function Model:info()
  for i = #self.list, 1, -1 do
    if self:has_expired(self.list[i]) then
      self:remove(i)
      self.expired = self.expired + 1
    end
  end
  return {
    hits = self.hits, misses = self.misses, evictions = self.evictions, expired = self.expired,
    currsize = #self.list, maxsize = self.options.maxsize,
  }
end

-- The same operations on a version of the module.
local Version = {}
Version.__index = Version

local function new_version(memo, options)
  local self = setmetatable({ calls = 0 }, Version)
  self.f = memo.wrap(function()
    self.calls = self.calls + 1
    return results[self.kind](self.calls)
  end, options)
  self.cache = memo.cache(self.f)
  return self
end

function Version:call(list, kind)
  self.kind = kind
  return table.pack(pcall(self.f, table.unpack(list, 1, list.n)))
end

function Version:peek(list) return table.pack(self.cache:peek(table.unpack(list, 1, list.n))) end

function Version:forget(list)
  return table.pack(self.cache:forget(table.unpack(list, 1, list.n)))
end

function Version:clear() return table.pack(self.cache:clear()) end

function Version:info() return self.cache:info() end

local function random_options(random, now)
  return {
    maxsize = random(10) == 1 and math.huge or random(0, 12),
    policy = random(2) == 1 and "lru" or "sieve",
    ttl = random(3) == 1 and random(20, 200) or nil,
    clock = function() return now[1] end,
    typed = random(3) == 1,
    weak = random(4) == 1, -- with objects that stay alive
    key = random(5) == 1 and function(first) return first end or nil,
  }
end

local function random_operation(random)
  local r = random(1000)
  if r <= 900 then return "call" end
  if r <= 950 then return "peek" end
  return r <= 990 and "forget" or r <= 999 and "info" or "clear"
end

local function same(a, b)
  if a.n ~= b.n then return false end
  for i = 1, a.n do
    if a[i] ~= b[i] or math.type(a[i]) ~= math.type(b[i]) then return false end
  end
  return true
end

describe("the model and both versions of memo", function()
  local seed = ("seed %d"):format(SEED)

  local function round(random)
    local now = { 0 }
    local options = random_options(random, now)
    local model = new_model(options, now)
    local versions = { new_version(script, options), new_version(native, options) }
    local lists = {}
    for i = 1, random(4, 40) do lists[i] = arguments(random) end
    if options.typed and options.key then
      for _, list in ipairs(lists) do list.first = list.typed:match("^%d+:([^,]+)") or "nil" end
    end
    for step = 1, STEPS_A_ROUND do
      local operation, list = random_operation(random), lists[random(#lists)]
      local kind = random(#results)
      local expected = model[operation](model, list, kind)
      for i, version in ipairs(versions) do
        local got = version[operation](version, list, kind)
        if operation == "info" then
          assert.same(expected, got, seed)
        elseif not same(expected, got) then
          error(("%s: version %d differs in step %d, %s of %s"):format(
            seed, i, step, operation, list.names))
        end
      end
      if random(20) == 1 then now[1] = now[1] + random(30) end
    end
    for _, version in ipairs(versions) do
      assert.same(model:info(), version:info(), seed)
      assert.equal(model.calls, version.calls, seed)
    end
  end

  it("agree, " .. seed, function()
    math.randomseed(SEED)
    for _ = 1, STEPS // STEPS_A_ROUND do round(math.random) end
  end)
end)
