--- What only the native hashset promises: figures, memory, and to stand what Lua's collector does.
local hashset = require("perilune.native.hashset")
local ints = require("perilune.ints")
local blame = require("spec.contract.blame")
local memory = require("spec.native.memory")

local kilobytes, SLACK <const> = memory.kilobytes, memory.slack

local function range(n, fn)
  local list = {}
  for i = 1, n do list[i] = fn(i) end
  return list
end

-- A set that its own figures, walk and searches agree on.
local function assert_sound(set)
  local values = set:values()
  assert.equal(#set, #values)
  assert.equal(#set, #hashset.unique(values))
  for _, value in ipairs(values) do assert.is_true(set:contains(value)) end
end

describe("the native hashset", function()
  describe("stats", function()
    it("are those of the table of slots", function()
      local stats = hashset.new(range(100, function(i) return i end)):stats()
      assert.equal(100, stats.count)
      assert.equal(256, stats.capacity)
      assert.equal(256 * 9, stats.bytes)
      assert.is_true(stats.mean_probe >= 1 and stats.longest_probe >= stats.mean_probe)
    end)

    it("of an empty set are 0", function()
      local none = { count = 0, capacity = 0, bytes = 0, longest_probe = 0, mean_probe = 0.0 }
      assert.same(none, hashset.new():stats())
    end)

    it("show no room for objects where there are none", function()
      assert.equal(8 * 9, hashset.new({ 1 }):stats().bytes)
      assert.equal(8 * 13, hashset.new({ "a" }):stats().bytes)
      assert.equal(8 * 13, hashset.new({ 1, "a" }):stats().bytes)
    end)

    it("show none once objects are gone and the set has grown", function()
      local set = hashset.new({ 1, "a" })
      set:remove("a")
      for i = 2, 100 do set:add(i) end
      assert.equal(256 * 9, set:stats().bytes)
      assert_sound(set)
    end)
  end)

  describe("memory", function()
    it("is as much as stats say, and freed", function()
      local before = kilobytes()
      local set = hashset.new(range(100000, function(i) return i end))
      local used = kilobytes() - before
      assert.is_true(math.abs(used - set:stats().bytes / 1024) < SLACK)
      set = nil -- luacheck: ignore
      assert.is_true(kilobytes() - before < SLACK)
    end)

    it("is freed by clear", function()
      local set = hashset.new()
      local function fill_and_clear()
        for i = 1, 10000 do set:add("string " .. i) end
        for i = 1, 100 do set:add(("long"):rep(100) .. i) end
        set:clear()
      end
      fill_and_clear() -- Lua's own table of strings has grown by now
      local before = kilobytes()
      fill_and_clear()
      assert.is_true(kilobytes() - before < SLACK)
      assert.equal(0, #set)
    end)

    it("is not kept for the repeats in a list", function()
      assert.equal(8, hashset.new(range(100000, function(i) return i % 3 end)):stats().capacity)
    end)

    it("is not asked for where a list has few different items", function()
      local list = range(200000, function(i) return i % 5 + 0.5 end)
      local heap = require("perilune.heap")
      collectgarbage()
      heap.reset_peak()
      local before = heap.used()
      assert.equal(5, #hashset.new(list))
      local _, peak = heap.used()
      assert.is_true(peak - before < 64 * 1024)
    end)

    it("is not kept by a copy", function()
      local set = hashset.new(range(1000, function(i) return "s" .. i end))
      for i = 4, 1000 do set:remove("s" .. i) end
      assert.equal(2048, set:stats().capacity)
      assert.equal(8, set:copy():stats().capacity)
      assert.equal(8, (set & set):stats().capacity)
    end)

    it("of the tokens of long strings is freed with the sets", function()
      local before = kilobytes()
      do
        local set = hashset.new(range(1000, function(i) return ("long"):rep(100) .. i end))
        local copy = set | hashset.new { ("long"):rep(100) }
        assert.equal(1001, #copy)
      end
      assert.is_true(kilobytes() - before < SLACK)
    end)
  end)

  describe("under the collector", function()
    it("finds no string where another one was", function()
      local set = hashset.new()
      for round = 1, 50 do
        for i = 1, 100 do set:add(round .. " in " .. i) end
        for i = 1, 100 do set:remove(round .. " in " .. i) end
        collectgarbage()
        for i = 1, 100 do assert.is_false(set:contains(round .. " out " .. i)) end
      end
      assert.equal(0, #set)
    end)

    it("numbers its objects afresh when some go", function()
      local set, list = hashset.new(), range(500, function(i) return { i } end)
      for i, object in ipairs(list) do
        set:add(object)
        set:add("short " .. i)
        set:add(("long"):rep(20) .. i)
      end
      for i = 1, 500, 3 do
        set:remove(list[i])
        set:remove("short " .. i + 1)
        set:remove(("long"):rep(20) .. i + 2)
        if i % 50 == 1 then collectgarbage() end
      end
      assert_sound(set)
      assert_sound(set:copy())
    end)

    it("can be used by a finaliser that runs after it was garbage", function()
      local found, added
      do
        local set = hashset.new { 1, "a" }
        setmetatable({ set = set }, {
          __gc = function(self)
            found = self.set:contains(1) and self.set:contains("a")
            added = self.set:add({}) and self.set:add(("long"):rep(20))
            assert_sound(self.set)
          end,
        })
      end
      collectgarbage()
      assert.is_true(found)
      assert.is_true(added)
    end)

    -- Finalisers run inside whatever allocates: while the set is being worked on.
    it("stands finalisers that change the set in any call", function()
      local set, other, n = hashset.new(), hashset.new(), 0
      local metatable = {}
      function metatable.__gc()
        n = n + 1
        set:add("finaliser " .. n)
        set:add(n)
        set:remove("finaliser " .. n // 2)
        if n % 100 == 0 then set:clear() end
      end
      collectgarbage("generational")
      for i = 1, 3000 do
        setmetatable({}, metatable)
        set:add({})
        set:add(("long"):rep(20) .. i)
        other:add("string " .. i)
        if i % 10 == 0 then
          for _, result in ipairs { set | other, set ~ other, set - other, set:copy() } do
            assert(#result == #result:values())
          end
          assert(#hashset.new(set:values()) >= 0)
        end
      end
      collectgarbage("incremental")
      metatable.__gc = nil
      collectgarbage()
      assert.is_true(n > 100)
      assert_sound(set)
    end)

    it("keeps what it is given while a finaliser clears it", function()
      local function add_while_clearing(object)
        local set = hashset.new { {}, {}, {}, {}, {} } -- one more wants more room
        collectgarbage()
        collectgarbage("stop")
        setmetatable({}, { __gc = function() set:clear() end })
        collectgarbage("incremental", 200, 1000, 40) -- a step is a whole cycle
        collectgarbage("restart")
        set:add(object)
        collectgarbage("incremental", 200, 100, 13)
        assert.equal(1, #set)
        return set
      end
      local objects = { {}, {} }
      local sets = { add_while_clearing(objects[1]), add_while_clearing(objects[2]) }
      for i, set in ipairs(sets) do assert.equal(objects[i], set:values()[1]) end
    end)

    it("stands finalisers that change the list in any call", function()
      local list, n
      local function replace()
        n = n + 1
        for i = 1, #list do list[i] = { n } end
      end
      local metatable = { __gc = replace }
      collectgarbage("generational")
      local makers = { function(i) return "string " .. i end, function(i) return { i } end }
      for _, make in ipairs(makers) do
        n = 0
        for round = 1, 300 do
          list = {}
          for i = 1, 300 do list[i] = make(round * 1000 + i) end
          setmetatable({}, metatable)
          local sets = { hashset.new(list), hashset.new(hashset.unique(list)) }
          hashset.duplicates(list)
          for _, set in ipairs(sets) do
            for _, value in ipairs(set:values()) do assert(set:contains(value)) end
          end
        end
        assert.is_true(n > 10)
      end
      collectgarbage("incremental")
    end)
  end)

  it("equals nothing that is no set", function()
    local equal = debug.getmetatable(hashset.new()).__eq
    assert.is_false(equal(1, hashset.new()))
    assert.is_false(equal(hashset.new(), 1))
  end)

  it("takes in more integers than a cache holds, with repeats", function()
    local n <const> = (1 << 19) + 1
    local random = ints.random(n, { low = -n, high = n, seed = 7 })
    local floats = range(n, function(i) return i // 2 + 0.5 end)
    for _, vector in ipairs({ ints.range(1, n), random, floats }) do
      local set, seen, count = hashset.new(vector), {}, 0
      for i = 1, n do
        if not seen[vector[i]] then
          seen[vector[i]], count = true, count + 1
        end
      end
      assert.equal(count, #set)
      for i = -n, n, 7 do assert(set:contains(i) == (seen[i] == true)) end
    end
  end)

  it("refuses a list of more items than can be", function()
    local list, high = range(64, function(i) return i end), 0x5fffffffffffffff
    for bit = 6, 62 do list[1 << bit] = 1 end -- where Lua looks for the list's end
    list[high] = 1
    for i = 65, 129 do list[i] = i end
    assert.is_true(#list >= high)
    assert.matches("memory", blame.message(hashset.new, list))
  end)

  describe("the hash", function()
    -- An ordinary table: at this load 1.8 slots a search; the longest grows with log(n).
    local function assert_spread(set)
      local stats = set:stats()
      assert.is_true(stats.mean_probe < 3, "mean probe " .. stats.mean_probe)
      assert.is_true(stats.longest_probe < 250, "longest probe " .. stats.longest_probe)
    end

    for name, pattern in pairs {
      ["multiples of 2^14 - 1"] = function(i) return i * ((1 << 14) - 1) * 1000003 end,
      ["multiples of 2^8"] = function(i) return i << 8 end,
      ["multiples of 2^32"] = function(i) return i << 32 end,
      ["multiples of 2^48"] = function(i) return i << 48 end,
      ["a sequence"] = function(i) return i end,
      ["a sequence downwards"] = function(i) return -i end,
      ["halves"] = function(i) return i + 0.5 end,
      ["large floats"] = function(i) return i * 1e300 end,
      ["floats with few bits"] = function(i) return 2.0 ^ -(i % 1000) * i + 0.1 end,
      ["tables"] = function() return {} end,
      ["strings"] = function(i) return "key" .. i end,
    } do
      it("spreads " .. name, function()
        assert_spread(hashset.new(range(16000, pattern)))
      end)
    end

    it("does not let one set's order pile up in another", function()
      local set, copy = hashset.new(range(50000, function(i) return i end)), hashset.new()
      local half = {}
      for value in set:iter() do
        copy:add(value)
        if #copy % 500 == 0 then assert.is_true(copy:stats().longest_probe < 500) end
        if #half < 25000 then half[#half + 1] = value end
      end
      assert.is_true(copy == set)
      assert_spread(hashset.new(half))
      local part = set & hashset.new(range(100, function(i) return i end))
      for i = 1, 100 do part:add(half[i]) end
      assert.is_true(part:stats().longest_probe < 500)
      assert.equal(50000, #set:values())
    end)

    it("stays short after any number of removals", function()
      local set = hashset.new()
      for i = 1, 200000 do
        set:add(i)
        set:remove(i - 1000)
      end
      assert.equal(1000, #set)
      assert.equal(2048, set:stats().capacity)
      assert_spread(set)
      assert_sound(set)
    end)
  end)
end)
