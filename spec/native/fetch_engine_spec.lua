--- What the engine under perilune.native.fetch refuses of its Lua half, which asks for none of it.
local blame = require("spec.contract.blame")
local engine = require("perilune.native.fetch.engine")
local hostile = require("spec.fetch.hostile")

describe("the engine of fetch", function()
  local server, one
  local plan = engine.plan("GET", nil, 1000, false, {})

  setup(function() server = hostile.start() end)
  teardown(function() server:stop() end)
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

  it("refuses options that are none, and values that are none of theirs", function()
    local function refusal(...)
      local made, why = engine.plan("GET", nil, 1000, false, ...)
      assert.is_nil(made)
      return why
    end
    for _, case in ipairs {
      { "moon", 1, "there is no such option" }, { 1, 1, "there is no such option" },
      { "referer", 1, "string expected" }, { "referer", "a\0b", "a line break or a zero byte" },
      { "headers", "a: b", "list of strings expected" }, { "headers", { 1 }, "string expected" },
      { "headers", { "a: b", "c\r\n" }, "a line break or a zero byte" },
      { "auth", 1, "string expected" }, { "auth", "moon", "one of" },
      { "follow", 1, "boolean expected" }, { "timeout", "1", "number expected" },
      { "timeout", -1, "a number from 0 expected" }, { "timeout", 0 / 0, "a number from 0" },
    } do
      local why = refusal({ [case[1]] = case[2] })
      assert.is_true(why:find(case[3], 1, true) ~= nil, why)
    end
    assert.matches("from 0", blame.message(engine.plan, "GET", nil, -1, false, {}))
  end)

  it("knows how long a body is, unless it comes in chunks or is compressed", function()
    local large = engine.plan("GET", nil, 1 << 30, false, { compression = "gzip" })
    for target, told in pairs {
      ["/plain/size/1000"] = { 1000, 1000 }, ["/plain/chunked/1000"] = { 1000 },
      ["/gzip/bomb/1"] = { 1 << 20 },
    } do
      local number = assert(one:start(server.url .. target, large))
      while one:news() ~= number do one:turn() end
      assert.same(told, { one:progress(number) })
      one:outcome(number, server.url, 0)
    end
  end)

  it("waits for as long as it is told, and without an end", function()
    for _, seconds in ipairs { false, 2e6, 1e10 } do
      local number = assert(one:start(server.url .. "/plain/after/5", plan))
      while one:news() ~= number do
        if seconds then one:turn(seconds) else one:turn() end
      end
      assert.equal("late\n", (one:outcome(number, server.url, 0)).body)
    end
  end)

  it("takes what came of a transfer that was paused when its time was up", function()
    local streams = assert(engine.plan("GET", nil, 1 << 40, true, { timeout = 0.3 }))
    local number, over = assert(one:start(server.url .. "/endless/body", streams)), nil
    repeat
      one:turn(0.1)
      for _, is_over in function() return one:news() end do over = is_over end
    until over
    assert.is_true(#one:take(number) >= 256 << 10)
    assert.equal("", one:take(number))
    assert.equal("timeout", (select(2, one:outcome(number, server.url, 0))))
  end)

  it("takes no URL and no path with a zero byte", function()
    assert.same({ nil, "a zero byte in the URL", "url" },
      { one:start("http://127.0.0.1:1/\0", plan) })
    assert.same({ nil, "a zero byte in the path", "file" },
      { one:start("http://127.0.0.1:1/", plan, "a\0b") })
  end)
end)
