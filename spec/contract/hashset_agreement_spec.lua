--- The script and the native hashset do the same to the same random operations. PERILUNE_SEED
--- repeats a run whose seed a failure has named.
local script = require("perilune.script.hashset")
local native = require("perilune.native.hashset")
local ints = require("perilune.ints")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()

local objects = { {}, {}, print, function() end, coroutine.create(print), io.stdout, io.stderr }

-- One value of a small universe, so that repeats are frequent.
local pick = {
  function(random) return random(-20, 20) end,
  function(random) return random(-20, 20) + 0.0 end,
  function(random) return random(-20, 20) / 4 end,
  function(random) return random(0) & 0x7 << random(0, 60) end,
  function(random) return (random(0) & 0x3) * 2.0 ^ random(-1000, 1000) end,
  function(random) return random(2) == 1 end,
  function(random) return "short " .. random(20) end,
  function(random) return ("long"):rep(20) .. random(20) end,
  function(random) return objects[random(#objects)] end,
  function(random) return random(10) == 1 and 0 / 0 or math.huge end,
  function(random) if random(10) > 1 then return math.mininteger end end,
}

local function value(random) return pick[random(#pick)](random) end

local function list(random, length)
  local items = {}
  for i = 1, length do
    local item
    repeat item = value(random) until item ~= nil and item == item
    items[i] = item
  end
  return items
end

-- What a function gave, or its error with the position in front.
local function outcome(fn, ...) return table.pack(pcall(fn, ...)) end

-- As a table of the members, each with its type.
local function members(set)
  local all = {}
  for member in set:iter() do all[member] = math.type(member) or type(member) end
  return all
end

local operators = {
  function(a, b) return a | b end,
  function(a, b) return a & b end,
  function(a, b) return a - b end,
  function(a, b) return a ~ b end,
}

local steps = {
  function(set, v)
    local new = set:add(v)
    return new
  end,
  function(set, v) return set:remove(v) end,
  function(set, v) return set:contains(v) end,
  function(set, v)
    local has = set:bind()
    return has(v)
  end,
}

describe("script and native hashset", function()
  before_each(function() math.randomseed(SEED) end)
  local random = math.random
  local seed = ("seed %d"):format(SEED)

  local function assert_agree(pair)
    assert.same(members(pair.script), members(pair.native), seed)
    assert.equal(#pair.script, #pair.native, seed)
    assert.equal(tostring(pair.script), tostring(pair.native), seed)
    assert.equal(#pair.native, #pair.native:values(), seed)
  end

  local function pair_of(items)
    return { script = script.new(items), native = native.new(items) }
  end

  it("agree on single operations, " .. seed, function()
    for _ = 1, 40 do
      local pair = pair_of(list(random, random(0, 30)))
      for _ = 1, random(500) do
        local step, v = steps[random(#steps)], value(random)
        assert.same(outcome(step, pair.script, v), outcome(step, pair.native, v), seed)
      end
      assert_agree(pair)
    end
  end)

  it("agree on set algebra, " .. seed, function()
    for _ = 1, 200 do
      local a, b = pair_of(list(random, random(0, 150))), pair_of(list(random, random(0, 150)))
      for _, operator in ipairs(operators) do
        local result = {
          script = operator(a.script, b.script),
          native = operator(a.native, b.native),
        }
        assert_agree(result)
        assert.equal(a.script <= result.script, a.native <= result.native, seed)
        assert.equal(result.script < a.script, result.native < a.native, seed)
        assert.equal(result.script == b.script, result.native == b.native, seed)
        local member = next(members(result.script))
        assert.equal(result.script:remove(member), result.native:remove(member), seed)
        assert_agree(result)
      end
    end
  end)

  it("agree on lists, " .. seed, function()
    for _ = 1, 300 do
      local items = list(random, random(0, 300))
      if random(4) == 1 then items[random(#items + 1)] = 0 / 0 end
      for _, name in ipairs { "duplicates", "unique" } do
        local expected, got = outcome(script[name], items), outcome(native[name], items)
        assert.same(expected, got, seed)
        if expected[1] then
          for i, item in ipairs(expected[2]) do
            assert.equal(math.type(item), math.type(got[2][i]), seed)
          end
        end
      end
    end
  end)

  -- What integers a list has decides how the native version goes about it.
  local shapes = {
    sorted = function(n) return ints.range(-n, 2 * n) end,
    ["sorted, with repeats"] = function(n)
      local vector = ints.random(n, { low = 1, high = n })
      vector:sort()
      return vector
    end,
    dense = function(n) return ints.random(n, { low = -n, high = n }) end,
    ["dense at the ends"] = function(n)
      return ints.random(n, { low = math.maxinteger - n, high = math.maxinteger })
    end,
    sparse = function(n) return ints.random(n) end,
    ["sparse, with repeats"] = function(n)
      local vector, few = ints.random(n), ints.random(n // 3 + 1)
      for i = 1, n, 2 do vector[i] = few[random(#few)] end
      return vector
    end,
    ["sparse, few different"] = function(n)
      local vector, few = ints.new(n), ints.random(3)
      for i = 1, n do vector[i] = few[random(3)] end
      return vector
    end,
    ["multiples of 2^50"] = function(n)
      local vector = ints.random(n, { low = 0, high = 5000 })
      for i, small in ipairs(vector) do vector[i] = small << 50 end
      return vector
    end,
  }

  for shape, make in pairs(shapes) do
    it(("agree on integers, %s, %s"):format(shape, seed), function()
      for _, length in ipairs { 1, 2, 63, 64, 65, random(1000), 20000 + random(100) } do
        local vector = make(length)
        local items = vector:totable()
        for _, name in ipairs { "duplicates", "unique" } do
          local expected = table.concat(script[name](items), " ")
          assert.equal(expected, table.concat(native[name](items), " "), seed)
          assert.equal(expected, table.concat(native[name](vector), " "), seed)
          assert.equal(expected, table.concat(script[name](vector), " "), seed)
        end
      end
    end)
  end

  it("of two copies of the script do not mix either", function()
    package.loaded["perilune.script.hashset"] = nil
    local copy = require("perilune.script.hashset")
    package.loaded["perilune.script.hashset"] = script
    local message = outcome(script.new().copy, copy.new())[2]
    assert.equal("calling 'copy' on bad self "
      .. "(sets of two copies of the script module do not mix)", message)
  end)

  it("do not mix, and say so alike", function()
    local a, b = script.new { 1 }, native.new { 1 }
    local text = "a script set and a native one do not mix"
    for _, operator in ipairs { "|", "&", "-", "~", "<=", "<" } do
      local code = ("local x, y = ... ; return (x %s y)"):format(operator)
      local one, other = outcome(load(code), a, b), outcome(load(code), b, a)
      assert.same(one, other)
      assert.is_false(one[1])
      assert.matches(("bad operand to '%s' (%s)"):format(operator, text), one[2], 1, true)
    end
    for name in pairs(getmetatable(a).__index) do
      local one, other = outcome(a[name], b), outcome(b[name], a)
      assert.same(one, other)
      assert.equal(("calling '%s' on bad self (%s)"):format(name, text), one[2])
    end
    assert.is_false(a == b)
    assert.same(outcome(script.new, b), outcome(native.new, a))
    assert.matches("table expected, got perilune.hashset", outcome(script.new, b)[2])
  end)
end)
