--- What perilune.hashset does with lists, in every implementation.
local blame = require("spec.contract.blame")
local ints = require("perilune.ints")
local kinds = require("spec.contract.kinds")
local lists = require("spec.contract.lists")

local range, sorted = lists.range, lists.sorted

local function long(letter) return letter:rep(1000) end

for kind, hashset in kinds("hashset") do
  describe("hashset " .. kind, function()
    local new = hashset.new

    local function members(set) return sorted(set:values()) end

    describe("new", function()
      it("makes an empty set without a list", function()
        assert.same({}, new():values())
        assert.same({}, new(nil):values())
        assert.equal(0, #new {})
      end)

      it("takes each item of a list once", function()
        assert.same({ 1, 2, 3 }, members(new { 3, 1, 2, 3, 1 }))
        assert.equal(1, #new { "a", "a", "a" })
      end)

      it("goes by the list's length and metamethods", function()
        local squares = setmetatable({}, {
          __len = function() return 4 end,
          __index = function(_, i) return i * i end,
        })
        assert.same({ 1, 4, 9, 16 }, members(new(squares)))
        assert.same({}, hashset.duplicates(squares))
      end)

      it("takes a vector of integers", function()
        assert.same({ -1, 3, 7 }, members(new(ints.from { 7, 3, -1, 3 })))
        assert.equal(0, #new(ints.new(0)))
      end)

      it("takes items wherever the list keeps them", function()
        local list = { [1] = "a", [2] = 2, [4] = {}, [3] = 0.5 }
        for i = 5, 200 do list[i] = i end
        assert.equal(200, #new(list))
        for i = 200, 2, -1 do list[i] = nil end
        assert.same({ "a" }, new(list):values())
      end)

      it("refuses what is not a list", function()
        local text = "bad argument #1 to 'new' (table expected, got %s)"
        assert.equal(text:format("number"), blame.message(new, 5))
        assert.equal(text:format("perilune.hashset"), blame.message(new, new()))
      end)

      it("refuses a nil or NaN item by its index", function()
        local text = "bad argument #1 to 'new' (item %d is %s)"
        assert.equal(text:format(2, "nil"), blame.message(new, { 1, nil, 3 }))
        assert.equal(text:format(3, "NaN"), blame.message(new, { 1, 2, 0 / 0 }))
        local list = range(1, 200)
        list[150] = 0 / 0
        assert.equal(text:format(150, "NaN"), blame.message(new, list))
      end)

      it("stops at the first item that is none, however long a list claims to be", function()
        local claim = { __len = function() return 1 << 62 end }
        local text = "bad argument #1 to '%s' (item %d is %s)"
        for _, name in ipairs { "new", "duplicates", "unique" } do
          local list = setmetatable({ 1, 2 }, claim)
          assert.equal(text:format(name, 3, "nil"), blame.message(hashset[name], list))
          list[1] = 0 / 0
          assert.equal(text:format(name, 1, "NaN"), blame.message(hashset[name], list))
        end
      end)
    end)

    describe("duplicates", function()
      local duplicates = hashset.duplicates

      it("gives each once, in the order of second occurrences", function()
        assert.same({}, duplicates {})
        assert.same({}, duplicates { 1 })
        assert.same({}, duplicates { 1, 2, 3 })
        assert.same({ 5 }, duplicates { 5, 5, 5, 5 })
        assert.same({ 3, 1 }, duplicates { 1, 2, 3, 3, 1, 3, 1 })
      end)

      it("tells values apart as a set does", function()
        local object = {}
        local repeated = { long("a"), object, "a", false }
        local list = { long("a"), object, "a", false, {}, long("b"), "1", 1 }
        assert.same(repeated, duplicates(table.move(repeated, 1, 4, #list + 1, list)))
        local found = duplicates { 1, 0.0, 1.0, -0.0 }
        assert.equal(2, #found)
        assert.equal("float", math.type(found[1]))
        assert.equal("-0.0", tostring(found[2]))
      end)

      it("goes through a million", function()
        local list = range(1, 1000000)
        assert.same({}, duplicates(list))
        list[1000001] = 1
        list[1000002] = 500000
        list[1000003] = 1
        assert.same({ 1, 500000 }, duplicates(list))
      end)

      it("goes through a vector of integers", function()
        assert.same({ 3, 1 }, duplicates(ints.from { 1, 2, 3, 3, 1, 3, 1 }))
        assert.same({}, duplicates(ints.new(0)))
      end)

      it("leaves the list alone", function()
        local list = { 1, 1, 2 }
        duplicates(list)
        assert.same({ 1, 1, 2 }, list)
      end)

      it("refuses what is not a list of possible members", function()
        local text = "bad argument #1 to 'duplicates' (%s)"
        assert.equal(text:format("table expected, got string"), blame.message(duplicates, "abc"))
        assert.equal(text:format("table expected, got nil"), blame.message(duplicates))
        assert.equal(text:format("item 3 is NaN"), blame.message(duplicates, { 1, 1, 0 / 0 }))
        assert.equal(text:format("item 1 is nil"), blame.message(duplicates, { nil, 1 }))
      end)
    end)

    describe("unique", function()
      local unique = hashset.unique

      it("gives each once, in the order of first occurrences", function()
        assert.same({}, unique {})
        assert.same({ 3, 1, 2 }, unique { 3, 1, 3, 2, 2, 1 })
        assert.same({ long("a"), "x" }, unique { long("a"), "x", long("a"), "x" })
        assert.equal("float", math.type(unique({ 1.0, 1 })[1]))
      end)

      it("refuses what is not a list of possible members", function()
        local text = "bad argument #1 to 'unique' (%s)"
        assert.equal(text:format("table expected, got boolean"), blame.message(unique, true))
        assert.equal(text:format("item 2 is nil"), blame.message(unique, { 1, nil, 1 }))
      end)
    end)
  end)
end
