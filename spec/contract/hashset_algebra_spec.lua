--- Set algebra, in every implementation of perilune.hashset.
local blame = require("spec.contract.blame")
local kinds = require("spec.contract.kinds")

local function long(letter) return letter:rep(1000) end

for kind, hashset in kinds("hashset") do
  describe("hashset " .. kind, function()
    local new = hashset.new

    describe("set algebra", function()
      local object = {}
      local a = new { 1, 2, 3, "x", long("s"), object, 0.5 }
      local b = new { 3, 4, "y", long("s"), object, 1.5 }
      local empty = new()

      it("unites", function()
        assert.equal(10, #(a | b))
        assert.is_true(a | b == new { 1, 2, 3, 4, "x", "y", long("s"), object, 0.5, 1.5 })
        assert.is_true(a | b == b | a)
        assert.is_true(a | empty == a and empty | a == a and a | a == a)
      end)

      it("intersects", function()
        assert.is_true(a & b == new { 3, long("s"), object })
        assert.is_true(a & b == b & a)
        assert.is_true(a & empty == empty and a & a == a)
      end)

      it("subtracts", function()
        assert.is_true(a - b == new { 1, 2, "x", 0.5 })
        assert.is_true(b - a == new { 4, "y", 1.5 })
        assert.is_true(a - empty == a and empty - a == empty and a - a == empty)
      end)

      it("takes what is in one set only", function()
        assert.is_true(a ~ b == new { 1, 2, "x", 0.5, 4, "y", 1.5 })
        assert.is_true(a ~ b == (a | b) - (a & b))
        assert.is_true(a ~ a == empty)
      end)

      it("leaves its operands alone", function()
        local before_a, before_b = #a, #b
        local _ = { a | b, a & b, a - b, a ~ b }
        assert.equal(before_a, #a)
        assert.equal(before_b, #b)
      end)

      it("gives sets that can be changed", function()
        local union = a | b
        assert.is_true(union:remove(object))
        assert.is_true(union:remove(long("s")))
        assert.is_true(union:add(long("t")))
        for i = 1, 100 do union:add("more " .. i) end
        assert.equal(109, #union)
        assert.equal(109, #union:values())
      end)

      it("compares", function()
        local small, large = new { 1, "a" }, new { 1, "a", long("b") }
        assert.is_true(small <= large and small < large and large > small and large >= small)
        assert.is_false(large <= small or large < small)
        assert.is_true(small <= small)
        assert.is_false(small < small)
        assert.is_true(small == new { "a", 1.0 } and small ~= large)
        assert.is_true(empty <= small and empty < small and empty == new())
        assert.is_false(new { 1, 2 } <= new { 2, 3 })
        assert.is_false(new { 1, 2 } == new { 2, 3 })
      end)

      it("is equal to nothing but sets", function()
        assert.is_false(a == {})
        assert.is_false(a == 1)
        assert.is_false(a == io.stdout)
      end)

      it("refuses what is not a set", function()
        local others = { number = 5, table = {}, ["FILE*"] = io.stdout }
        for _, operator in ipairs { "|", "&", "-", "~", "<=", "<" } do
          local try = load(("local x, y = ... ; return (x %s y)"):format(operator), "=operation")
          local text = "operation:1: bad operand to '%s' (perilune.hashset expected, got %s)"
          for got, other in pairs(others) do
            assert.equal(text:format(operator, got), blame.message(try, a, other))
            assert.equal(text:format(operator, got), blame.message(try, other, a))
          end
          assert.equal(text:format(operator, "nil"), blame.message(try, a, nil))
        end
      end)
    end)
  end)
end
