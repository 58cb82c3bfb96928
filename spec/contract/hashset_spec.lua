--- What a set does, in every implementation of perilune.hashset.
local blame = require("spec.contract.blame")
local kinds = require("spec.contract.kinds")
local lists = require("spec.contract.lists")

local range, sorted = lists.range, lists.sorted

local function long(letter) return letter:rep(1000) end

for kind, hashset in kinds("hashset") do
  describe("hashset " .. kind, function()
    local new = hashset.new

    local function members(set) return sorted(set:values()) end

    describe("a set", function()
      it("tells whether a member was new", function()
        local set = new()
        assert.is_true(set:add(7))
        assert.is_false(set:add(7))
        assert.equal(1, #set)
      end)

      it("tells whether a member was there to remove", function()
        local set = new { 7 }
        assert.is_true(set:remove(7))
        assert.is_false(set:remove(7))
        assert.equal(0, #set)
        assert.is_false(set:contains(7))
      end)

      it("takes every kind of value", function()
        local values = {
          0, -1, math.mininteger, math.maxinteger, 0.5, -0.5, 1e300, 2.0 ^ 63, math.huge,
          -math.huge, 5e-324, true, false, "", "a", "\0", ("x"):rep(40), ("x"):rep(41), long("y"),
          {}, {}, print, function() end, coroutine.create(print), io.stdout,
          debug.upvalueid(function() return long end, 1),
        }
        local set = new()
        for i, value in ipairs(values) do
          assert.is_false(set:contains(value))
          assert.is_true(set:add(value))
          assert.is_true(set:contains(value))
          assert.equal(i, #set)
        end
        local seen = {}
        for value in set:iter() do seen[value] = true end
        for _, value in ipairs(values) do assert.is_true(seen[value]) end
        for i, value in ipairs(values) do
          assert.is_true(set:remove(value))
          assert.is_false(set:contains(value))
          assert.equal(#values - i, #set)
        end
        assert.same({}, set:values())
      end)

      it("is collected with its members, in cycles too", function()
        local alive = setmetatable({}, { __mode = "k" })
        do
          local set, key = new(), {}
          key.set = set
          set:add(key)
          set:add(set)
          set:add({ new { set } })
          local has = set:bind()
          key.has, key.next = has, set:iter()
          alive[set], alive[key] = true, true
        end
        collectgarbage()
        assert.is_nil(next(alive))
      end)

      it("keeps its members alive, and lets go of those that leave", function()
        local alive, set = setmetatable({}, { __mode = "k" }), new()
        for i = 1, 10 do
          local object = { i }
          alive[object] = i
          set:add(object)
        end
        collectgarbage()
        for object, i in pairs(alive) do
          assert.is_true(set:contains(object))
          if i > 3 then set:remove(object) end
        end
        collectgarbage()
        local left = 0
        for _, i in pairs(alive) do left = left + i end
        assert.equal(1 + 2 + 3, left)
        set:clear()
        collectgarbage()
        assert.is_nil(next(alive))
      end)

      it("takes a float with an integer's value for that integer", function()
        local set = new { 1.0, -0.0 }
        assert.is_true(set:contains(1))
        assert.is_true(set:contains(0))
        assert.is_false(set:add(0.0))
        local values = members(set)
        assert.equal("integer", math.type(values[1]))
        assert.equal("integer", math.type(values[2]))
        assert.is_true(set:remove(1.0))
        assert.is_true(new({ math.mininteger }):contains(-2.0 ^ 63))
      end)

      it("keeps neighbours beyond 2^53 apart", function()
        local set = new { 9007199254740993 }
        assert.is_false(set:contains(9007199254740992.0))
        assert.is_false(set:contains(2.0 ^ 63))
      end)

      it("keeps an integer, a float, a string and a boolean of equal look apart", function()
        local set = new { 1, "1", true, 1.5, "1.5", "true" }
        assert.equal(6, #set)
        local bits = string.unpack("i8", string.pack("d", 1.5))
        assert.is_false(set:contains(bits))
      end)

      it("goes by a long string's content", function()
        local set = new { long("a"), "b" }
        assert.is_true(set:contains(long("a")))
        assert.is_false(set:add(long("a")))
        assert.is_false(set:contains(long("b")))
        assert.is_false(set:remove(long("b")))
        assert.is_true(set:remove(long("a")))
        assert.is_false(set:contains(long("a")))
        assert.same({ "b" }, set:values())
      end)

      it("goes by a table's identity, whatever its __eq", function()
        local metatable = { __eq = function() return true end }
        local one, other = setmetatable({}, metatable), setmetatable({}, metatable)
        local set = new { one }
        assert.is_false(set:contains(other))
        assert.is_true(set:add(other))
      end)

      it("keeps its members alive", function()
        local set, alive = new(), setmetatable({}, { __mode = "k" })
        for i = 1, 100 do
          local object = {}
          alive[object] = true
          set:add(object)
          set:add("string " .. i)
          set:add(long("long " .. i))
        end
        collectgarbage()
        collectgarbage()
        for object in pairs(alive) do assert.is_true(set:remove(object)) end
        for i = 1, 100 do
          assert.is_true(set:contains("string " .. i))
          assert.is_true(set:contains(long("long " .. i)))
        end
        assert.equal(200, #set)
      end)

      it("lets a removed member go, and all when it is cleared", function()
        local alive = setmetatable({}, { __mode = "k" })
        local set = new()
        for _ = 1, 10 do
          local object = {}
          alive[object] = true
          set:add(object)
        end
        set:remove(next(alive))
        collectgarbage()
        assert.equal(9, #set)
        local left = 0
        for _ in pairs(alive) do left = left + 1 end
        assert.equal(9, left)
        set:clear()
        collectgarbage()
        assert.is_nil(next(alive))
      end)

      it("is collected though it is its own member's member", function()
        local alive = setmetatable({}, { __mode = "k" })
        do
          local set = new()
          local box = { set }
          alive[set] = true
          set:add(box)
          set:add(set)
        end
        collectgarbage()
        collectgarbage()
        assert.is_nil(next(alive))
      end)

      it("finds nil and NaN nowhere", function()
        local set = new { 1 }
        assert.is_false(set:contains(nil))
        assert.is_false(set:contains())
        assert.is_false(set:contains(0 / 0))
        assert.is_false(set:remove(nil))
        assert.is_false(set:remove(0 / 0))
      end)

      it("refuses nil and NaN and blames the caller's line", function()
        local set = new()
        for what, value in pairs { ["nil"] = false, NaN = 0 / 0 } do
          local function try() set:add(value or nil) end
          local text = ("bad argument #1 to 'add' (%s cannot be a member)"):format(what)
          assert.equal(blame.at(try, 0, text), blame.message(try))
        end
        assert.equal(0, #set)
      end)

      it("grows to a million and shrinks to nothing", function()
        local set = new()
        for i = 1, 1000000 do set:add(i) end
        assert.equal(1000000, #set)
        assert.is_true(set:contains(1) and set:contains(1000000))
        assert.is_false(set:contains(0) or set:contains(1000001))
        for i = 1, 1000000 do set:remove(i) end
        assert.equal(0, #set)
        assert.same({}, set:values())
      end)

      it("says what it is", function()
        assert.equal("hashset (0 members)", tostring(new()))
        assert.equal("hashset (1 member)", tostring(new { 1 }))
        assert.equal("hashset (2 members)", tostring(new { 1, 2 }))
        assert.equal("perilune.hashset", getmetatable(new()).__name)
      end)

      it("counts in stats", function()
        assert.equal(3, new({ 1, 2, 3 }):stats().count)
        assert.equal(0, new():stats().count)
      end)

      it("has no fields to assign to", function()
        local set = new()
        local message = blame.message(function() set.x = 1 end)
        assert.matches("a set has no fields to assign to; s:add%(v%) adds to it$", message)
        assert.is_nil(set.x)
      end)
    end)

    describe("bind", function()
      it("gives contains and add as functions", function()
        local set = new()
        local has, add = set:bind()
        assert.is_true(add(5))
        assert.is_false(add(5))
        assert.is_true(has(5.0))
        assert.is_true(add(long("a")))
        assert.is_true(has(long("a")))
        assert.is_false(has(nil))
        assert.is_false(has(0 / 0))
        for i = 1, 1000 do add("s" .. i) end
        assert.equal(1002, #set)
        set:clear()
        assert.is_false(has(5))
      end)

      it("refuses what add refuses", function()
        local _, add = new():bind()
        local function try() add(nil) end
        assert.equal(blame.at(try, 0, "bad argument #1 to 'add' (nil cannot be a member)"),
          blame.message(try))
      end)

      it("keeps the set alive", function()
        local has, add = new({ "kept" }):bind()
        collectgarbage()
        assert.is_true(has("kept"))
        assert.is_true(add("more"))
      end)
    end)

    describe("iter", function()
      it("visits every member once", function()
        local set, seen = new(range(1, 1000)), {}
        for value in set:iter() do
          assert.is_nil(seen[value])
          seen[value] = true
        end
        assert.equal(1000, #seen)
      end)

      it("gives every member once by pairs, as a table does whose keys they are", function()
        local seen = {}
        for value in pairs(new { 1, "a", false }) do seen[value] = (seen[value] or 0) + 1 end
        assert.same({ 1, a = 1, [false] = 1 }, seen)
        for _ in pairs(new()) do error("none") end
        local set = new { 1, 2 }
        assert.has_error(function()
          for value in pairs(set) do set:remove(value) end
        end, "set changed during iteration")
      end)

      it("visits false like any other", function()
        local n = 0
        for _ in new({ false, true, 1 }):iter() do n = n + 1 end
        assert.equal(3, n)
      end)

      it("stops at the end, and stays there", function()
        local set = new { 1 }
        local following = set:iter()
        assert.equal(1, following())
        assert.is_nil(following())
        set:add(2)
        assert.is_nil(following())
      end)

      it("gives nil again after the end", function()
        local following = new({}):iter()
        for _ = 1, 3 do assert.same({ n = 1 }, table.pack(following())) end
      end)

      it("lets an unchanged set be looked at", function()
        local set = new { 1, 2, 3 }
        for value in set:iter() do
          assert.is_true(set:contains(value))
          assert.is_false(set:add(value))
          assert.is_false(set:remove("none"))
        end
      end)

      for name, change in pairs {
        ["an addition"] = function(set) for i = 1, 100 do set:add(i * 1000) end end,
        ["a removal"] = function(set, value) set:remove(value) end,
        ["clear"] = function(set) set:clear() end,
      } do
        it("raises an error after " .. name, function()
          local set = new(range(1, 50))
          local function try()
            for value in set:iter() do change(set, value) end
          end
          assert.equal(blame.at(try, 1, "set changed during iteration"), blame.message(try))
        end)
      end
    end)

    describe("copy", function()
      it("has the same members and its own life", function()
        local set = new { 1, "a", long("b"), 0.5 }
        local copy = set:copy()
        assert.is_true(copy == set)
        copy:remove("a")
        copy:add("z")
        assert.is_true(set:contains("a"))
        assert.is_false(set:contains("z"))
        set:clear()
        assert.equal(4, #copy)
        assert.is_true(copy:contains(long("b")))
      end)
    end)

    describe("clear", function()
      it("empties a set that can be used again", function()
        local set = new { 1, "a", long("b") }
        set:clear()
        assert.equal(0, #set)
        assert.is_false(set:contains("a"))
        assert.is_true(set:add("a"))
        assert.same({ "a" }, set:values())
      end)
    end)

    describe("a method", function()
      it("refuses what is not a set", function()
        local others = { number = 5, table = {}, ["FILE*"] = io.stdout, ["function"] = print }
        for name, method in pairs(getmetatable(new()).__index) do
          local text = "calling '%s' on bad self (perilune.hashset expected, got %s)"
          for got, self in pairs(others) do
            assert.equal(text:format(name, got), blame.message(method, self))
          end
          assert.equal(text:format(name, "nil"), blame.message(method))
        end
      end)
    end)
  end)
end
