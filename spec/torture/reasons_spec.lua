--- Which lines an entry of unreached.lua stands for.
local files = require("perilune.lab.files")
local reasons = require("spec.torture.reasons")

local SOURCE <const> = [[
static int f(int a, int b) {
  if (a > b &&
      b > 0)
    return a;
  g(a);
  h(b);
}

static void unused(void) {
  g(1);
}
]]

describe("the reason for a line that nothing runs", function()
  local name, counts

  before_each(function()
    name = assert(files.scratch()) .. "/f.c"
    assert(files.write(name, SOURCE))
    counts = {
      lines = { [1] = 3, [2] = 3, [3] = 3, [4] = 0, [5] = 3, [6] = 3, [9] = 0, [10] = 0, [11] = 0 },
      branches = { [2] = { 0, 3 }, [3] = { 3, 0 } },
    }
  end)

  after_each(function() files.remove_tree(files.folder(name)) end)

  local function missed(...) return reasons.missed(name, counts, { { "a reason", ... } }) end

  it("holds for no other line", function()
    local none = missed()
    assert.same({ 4, 9, 10, 11 }, none.lines)
    assert.same({ [2] = 1, [3] = 1 }, none.branches)
  end)

  it("holds for its branches, the rest of its statement and what that guards", function()
    local rest = missed("if (a > b")
    assert.same({ 9, 10, 11 }, rest.lines)
    assert.same({}, rest.branches)
    assert.same({}, rest.idle)
  end)

  it("holds for a whole function", function()
    assert.same({ 4 }, missed("static void unused").lines)
  end)

  it("is told to be idle where all of it has run, or where it is not there", function()
    assert.same({ "g(a);", "i(a);" }, missed("g(a);", "i(a);").idle)
  end)
end)
