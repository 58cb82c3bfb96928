--- perilune.native.fetch: many requests, so many at once.
local async = require("perilune.async")
local engine = require("perilune.native.fetch.engine")
local fetch = require("perilune.native.fetch")
local hostile = require("spec.fetch.hostile")
local memory = require("spec.fetch.memory")
local processes = require("spec.native.processes")
local sessions = require("spec.fetch.sessions")

local is_sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

-- Descriptors of a session that does nothing, and of a connection or two that it keeps.
local OWN <const> = 6

describe("native fetch of many", function()
  local server, s

  setup(function() server = sessions.start(hostile) end)
  teardown(function() server:stop() end)

  before_each(function() s = sessions.new({ timeout = 20 }) end)

  after_each(sessions.close)

  it("has as many under way as it may, and no more", function()
    for _, n in ipairs { 1, 2, 7, 50 } do
      local key = server:new_key()
      local results = s:all(server:urls(2 * n + 3, "/plain/after/20", key), { concurrency = n })
      for _, r in ipairs(results) do assert.is_true(r.ok, tostring(r.error)) end
      local log = server:log(key)
      assert.same({ 2 * n + 3, n }, { log.count, log.most })
    end
  end)

  it("has 100 under way unless it is told", function()
    local key = server:new_key()
    s:all(server:urls(250, "/plain/after/50", key))
    assert.equal(100, server:log(key).most)
  end)

  it("has as many of a host under way as it may, while others go on", function()
    local keys_of, urls = {}, {}
    for _, host in ipairs { "127.0.0.1", "localhost", "127.0.0.2" } do
      -- The server listens on 127.0.0.1 alone: the others are led there.
      keys_of[host] = server:new_key()
      for _, url in ipairs(server:urls(20, "/plain/after/20", keys_of[host], host)) do
        table.insert(urls, url)
      end
    end
    local function get(options)
      options.connect_to = { ("127.0.0.2:%d:127.0.0.1:%d"):format(server.port, server.port) }
      for i, r in ipairs(s:all(urls, options)) do
        assert.same({ true, i, urls[i] }, { r.ok, r.index, r.url }, tostring(r.error))
      end
    end
    get({ per_host = 3, concurrency = 50 })
    for host, key in pairs(keys_of) do
      local log = server:log(key)
      assert.same({ 20, 3 }, { log.count, log.most }, host)
    end
  end)

  it("finds other hosts behind many of one", function()
    local urls = server:urls(30, "/stall/before")
    urls[31] = ("http://localhost:%d/plain/ok"):format(server.port)
    for r in s:each(urls, { concurrency = 2, per_host = 1 }) do -- luacheck: ignore 512
      assert.equal(31, r.index)
      break
    end
  end)

  it("asks for no more items than it says while all wait for their host", function()
    local asked, url = 0, server:urls(1, "/stall/before")[1]
    async.run(function()
      local next_result, _, _, guard = s:each(function()
        asked = asked + 1
        return url
      end, { concurrency = 2, per_host = 1 })
      local over <close> = guard
      assert.is_false((pcall(async.timeout, 0.01, next_result)))
      assert.is_not_nil(over)
    end)
    assert.is_true(asked > 2 * 20 and asked <= 2 * 22 + 1, asked)
  end)

  it("makes one plan for items with options that are alike", function()
    local plans, plan, items = 0, engine.plan, {}
    function engine.plan(...)
      plans = plans + 1
      return plan(...)
    end
    for i = 1, 20 do
      items[i] = { url = server.url .. "/plain/echo", query = { i = i },
        headers = { ["X-I"] = i <= 10 and "a" or "b", ["X-J"] = { "c", "d" } } }
    end
    local results = s:all(items)
    engine.plan = plan
    assert.equal(1 + 2, plans)
    for i, r in ipairs(results) do
      local seen = r:json()
      assert.same({ i <= 10 and "a" or "b", "c, d" }, { seen.headers["x-i"], seen.headers["x-j"] })
      assert.matches("i=" .. i .. "$", seen.target)
    end
  end)

  it("keeps little of many answers whose bodies nobody keeps", function()
    local urls = server:urls(4000, "/plain/ok")
    s:all(urls, { on_data = function() end })
    local grown, results = memory.growth(function()
      return s:all(urls, { on_data = function() end })
    end)
    assert.equal(4000, results.n)
    if not grown or is_sanitized then return end
    assert.is_true(grown < 3 << 10, grown .. " KiB")
  end)

  it("tells hosts apart by their names in any case and their ports, not by users", function()
    local key = server:new_key()
    local urls = {}
    for i, address in ipairs { "http://LOCALHOST", "HTTP://localhost", "http://moon:a@localhost",
      "http://sun@LocalHost" } do
      urls[i] = ("%s:%d/plain/after/20?key=%s"):format(address, server.port, key)
    end
    for _, r in ipairs(s:all(urls, { per_host = 1 })) do
      assert.is_true(r.ok, tostring(r.error))
    end
    assert.equal(1, server:log(key).most)
  end)

  it("is not held up by a slow one, the first not excepted", function()
    local urls = server:urls(30, "/plain/ok")
    table.insert(urls, 1, server.url .. "/stall/before")
    table.insert(urls, 15, server.url .. "/stall/body")
    local ended = {}
    for r in s:each(urls, { timeout = 1 }) do
      ended[#ended + 1] = r.index
      if #ended <= 30 then assert.is_true(r.ok, tostring(r.error)) end
    end
    table.move(ended, 31, 32, 1)
    assert.is_true(ended[1] + ended[2] == 16)
  end)

  it("gives results as requests end", function()
    local urls, order = {}, {}
    for i, ms in ipairs { 150, 50, 100, 1 } do urls[i] = server.url .. "/plain/after/" .. ms end
    for r in s:each(urls) do order[#order + 1] = r.index end
    assert.same({ 4, 2, 3, 1 }, order)
  end)

  it("cancels the others when a loop is left, and the server sees it", function()
    for _, way in ipairs { "break", "error", "goto" } do
      local own <close> = fetch.session({ timeout = 20 })
      local urls = server:urls(40, "/stall/body", server:new_key())
      urls[1] = server.url .. "/plain/ok"
      local descriptors = processes.descriptors()
      pcall(function()
        for r in own:each(urls) do -- luacheck: ignore 512
          assert.is_true(r.ok)
          assert.is_true(processes.descriptors() > descriptors + 10)
          if way == "error" then error("mine") end
          if way == "goto" then goto out end
          break
        end
        ::out::
      end)
      -- Connections with an answer half way are of no use any more.
      assert.is_true(processes.descriptors() <= descriptors + OWN, way)
      assert.equal("hello\n", own:get(server.url .. "/plain/ok").body)
    end
  end)

  it("begins no other request once a loop was left", function()
    local key = server:new_key()
    local urls = server:urls(500, "/plain/after/5", key)
    for _ in s:each(urls, { concurrency = 5 }) do -- luacheck: ignore 512
      break
    end
    local count = server:log(key).count
    assert.is_true(count < 30, count)
    s:get(server.url .. "/plain/after/30")
    assert.equal(count, server:log(key).count)
  end)

  it("cancels the others when all ends by an error", function()
    local descriptors = processes.descriptors()
    local urls = server:urls(40, "/stall/body")
    urls[20] = server.url .. "/plain/ok"
    for _, options in ipairs {
      { on_progress = function() error("mine", 0) end },
      { on_data = function(bytes) if bytes == "hello\n" then error("mine", 0) end end },
    } do
      local own <close> = fetch.session({ timeout = 20 })
      assert.same({ false, "mine" }, { pcall(own.all, own, urls, options) })
      assert.is_true(processes.descriptors() <= descriptors + OWN)
    end
    local given = 0
    local ok, problem = pcall(s.all, s, function()
      given = given + 1
      if given == 10 then error("mine", 0) end
      return urls[1]
    end)
    assert.same({ false, "mine" }, { ok, problem })
  end)

  it("keeps little of a large body that is taken slowly", function()
    local bytes, pieces, most = 0, 0, 0
    local grown, ok, problem = memory.growth(function()
      return pcall(s.get, s, server.url .. "/endless/length", { max_bytes = math.maxinteger,
        on_data = function(piece)
          bytes, pieces = bytes + #piece, pieces + 1
          most = math.max(most, #piece)
          if pieces % 50 == 0 then require("luv").sleep(1) end
          if pieces % 20 == 0 then collectgarbage() end -- what pieces leave is not fetch's
          if bytes > 100 << 20 then error("enough", 0) end
        end })
    end)
    assert.same({ false, "enough" }, { ok, problem })
    assert.is_true(bytes > 100 << 20)
    assert.is_true(most <= 512 << 10, most)
    if grown and not is_sanitized then assert.is_true(grown < 8 << 10, grown .. " KiB") end
  end)

  it("keeps little while nobody takes results", function()
    local asked, got = 0, 0
    for r in s:each(function()
      asked = asked + 1
      return asked <= 300 and server.url .. "/plain/ok" or nil
    end, { concurrency = 10 }) do
      assert.is_true(r.ok)
      got = got + 1
      assert.is_true(asked - got <= 50, asked - got)
      if got % 20 == 0 then s:get(server.url .. "/plain/after/5") end
    end
    assert.equal(300, got)
  end)

  it("goes through thousands in order", function()
    local count, n = is_sanitized and 1000 or 10000, 0
    local results = s:all(function()
      n = n + 1
      if n <= count then return ("%s/plain/size/%d"):format(server.url, n % 500) end
    end)
    assert.equal(count, results.n)
    for i = 1, count do
      local r = results[i]
      assert(r.ok and r.index == i and #r.body == i % 500, i)
    end
  end)

  it("follows what the items are told one by one", function()
    local items = {}
    for i = 1, 200 do
      items[i] = { url = server.url .. "/plain/echo", method = i % 2 == 0 and "POST" or "GET",
        body = i % 2 == 0 and "b" .. i or nil, headers = { ["X-I"] = tostring(i) },
        http_version = i % 3 == 0 and "1.0" or "1.1" }
    end
    for i, r in ipairs(s:all(items, { concurrency = 9 })) do
      local seen = r:json()
      assert.same({ items[i].method, items[i].body or "", tostring(i),
        "HTTP/" .. items[i].http_version },
        { seen.method, seen.body, seen.headers["x-i"], seen.version })
    end
  end)

  it("tries many again, each at its time", function()
    local urls, retries = {}, 0
    for i = 1, 60 do urls[i] = ("%s/retry/unavailable/2?key=t%d"):format(server.url, i) end
    for _, r in ipairs(s:all(urls, { retries = 3, retry_delay = 0.02, concurrency = 20 })) do
      assert.is_true(r.ok, tostring(r.error))
      retries = retries + r.attempts - 1
    end
    assert.equal(120, retries)
  end)

  it("tries a stream again that has given nothing to take", function()
    local urls, bytes = {}, {}
    for i = 1, 60 do urls[i] = ("%s/retry/cut/1?key=d%d"):format(server.url, i) end
    local function on_data(piece, url) bytes[url] = (bytes[url] or "") .. piece end
    for i, r in ipairs(s:all(urls, { retries = 3, retry_delay = 0.001, on_data = on_data })) do
      assert.is_true(not r.ok or bytes[urls[i]] == "well\n" or bytes[urls[i]] == "hellowell\n")
      assert.is_true(r.ok or bytes[urls[i]] == "hello", urls[i])
    end
  end)
end)
