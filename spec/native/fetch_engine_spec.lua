--- What the engine under perilune.native.fetch refuses of its Lua half, which asks for none of it.
local blame = require("spec.contract.blame")
local engine = require("perilune.native.fetch.engine")

describe("the engine of fetch", function()
  local one
  local plan = engine.plan("GET", nil, 1000, false, {})

  before_each(function() one = assert(engine.new(false, {})) end)
  after_each(function() one:close() end)

  it("says nothing of transfers that are not there", function()
    for _, method in ipairs { "take", "progress", "cancel" } do
      for _, number in ipairs { 0, 1, -1 } do
        assert.matches("no such transfer", blame.message(one[method], one, number))
      end
    end
    assert.matches("no such transfer", blame.message(one.outcome, one, 1, "http://a", 0))
  end)

  it("does nothing once it is closed, as often as that is done", function()
    assert.is_true(one:owned())
    one:close()
    one:close()
    assert.is_false(one:owned())
    for _, method in ipairs { "turn", "send", "patience", "descriptor", "news" } do
      assert.matches("the engine is closed", blame.message(one[method], one))
    end
  end)

  it("knows a transfer that is not over, and one that is cancelled", function()
    local number = assert(one:start("http://127.0.0.1:1/", plan))
    assert.matches("not over", blame.message(one.outcome, one, number, "http://a", 0))
    one:cancel(number)
    one:cancel(number)
    assert.is_nil(one:news())
  end)

  it("has no news of those that were cancelled, the last or the first", function()
    local numbers = {}
    for i = 1, 4 do numbers[i] = assert(one:start("http://127.0.0.1:1/", plan)) end
    for _ = 1, 10 do one:turn(0.001) end
    for _, i in ipairs { 4, 2, 1, 3 } do one:cancel(numbers[i]) end
    assert.is_nil(one:news())
  end)

  it("takes no URL and no path with a zero byte", function()
    assert.same({ nil, "a zero byte in the URL", "url" },
      { one:start("http://127.0.0.1:1/\0", plan) })
    assert.same({ nil, "a zero byte in the path", "file" },
      { one:start("http://127.0.0.1:1/", plan, "a\0b") })
  end)
end)
