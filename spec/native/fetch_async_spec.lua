--- perilune.native.fetch in tasks of perilune.async, in luv's callbacks and in coroutines.
local async = require("perilune.async")
local fetch = require("perilune.native.fetch")
local hostile = require("spec.fetch.hostile")
local loop = require("spec.host.loop")
local pool = require("perilune.native.pool")
local processes = require("spec.native.processes")
local sessions = require("spec.fetch.sessions")
local uv = require("luv")

local is_sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

local function twice(n) return 2 * n end

describe("native fetch in async.run", function()
  local server, s

  setup(function() server = sessions.start(hostile) end)
  teardown(function() server:stop() end)

  before_each(function()
    s = sessions.new({ timeout = 20 })
    loop.remember()
  end)

  after_each(function()
    loop.check()
    sessions.close()
  end)

  local function ok() return s:get(server.url .. "/plain/ok").body end

  local keys = 0
  local function new_key()
    keys = keys + 1
    return "async" .. keys
  end

  it("lets other tasks go on while one waits", function()
    async.run(function()
      local key, turns = new_key(), 0
      local path = "/stall/before?key=" .. key
      local waits = async.spawn(s.get, s, server.url .. path)
      repeat async.sleep(0.001) until server:log(key).count == 1
      async.spawn(function()
        for _ = 1, 3 do
          async.sleep(0)
          turns = turns + 1
        end
      end):result()
      assert.equal(3, turns)
      assert.is_true(waits:cancel()) -- it was not over
    end)
  end)

  it("lets many tasks get at once", function()
    local key, count = new_key(), is_sanitized and 100 or 300
    local results = async.run(function()
      local tasks = {}
      for i = 1, count do
        tasks[i] = function()
          local path = ("/plain/after/50?key=%s&i=%d"):format(key, i)
          return s:get(server.url .. path, { timeout = 5 + i / 100 })
        end
      end
      return async.gather(tasks)
    end)
    for i = 1, count do assert.equal("late\n", results[i].body, tostring(results[i].error)) end
    assert.equal(count, server:log(key).count)
    assert.is_true(server:log(key).most > 50)
  end)

  it("lets other tasks go on while much comes", function()
    async.run(function()
      local much = async.spawn(s.get, s, server.url .. "/endless/bytes", { timeout = 20 })
      for _ = 1, 10 do async.sleep(0) end
      assert.is_false(much:done())
      much:cancel()
    end)
  end)

  it("leaves nothing of one that is cancelled in the midst", function()
    async.run(function()
      assert.equal("hello\n", ok())
      local idle = processes.descriptors()
      for _, path in ipairs { "/stall/before", "/stall/body", "/endless/bytes", "/drip/body" } do
        local started, problem = pcall(async.timeout, 0.03, s.get, s, server.url .. path)
        assert.is_false(started)
        assert.equal("timeout", problem.code)
        assert.is_true(processes.descriptors() <= idle, path)
        async.sleep(0.001) -- until luv has closed its handles
        loop.check()
      end
      assert.equal("hello\n", ok())
    end)
  end)

  it("leaves no file of one that is cancelled", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(uv.fs_mkdir(folder, tonumber("755", 8)))
    async.run(function()
      local options = { path = folder .. "/whole" }
      pcall(async.timeout, 0.05, s.get, s, server.url .. "/stall/body", options)
    end)
    assert(uv.fs_rmdir(folder))
  end)

  it("cancels one and goes on with the others, and with another try of theirs", function()
    async.run(function()
      local key = new_key()
      local kept = async.spawn(function()
        return s:get(server.url .. "/retry/unavailable/2?key=" .. key,
          { retries = 3, retry_delay = 0.01 })
      end)
      local cancelled = async.spawn(s.get, s, server.url .. "/stall/before")
      async.sleep(0.005)
      assert.is_true(cancelled:cancel())
      local r = kept:result()
      assert.same({ true, 3 }, { r.ok, r.attempts })
    end)
  end)

  it("cancels one that waits for its next try", function()
    async.run(function()
      local key = new_key()
      pcall(async.timeout, 0.05, s.get, s, server.url .. "/retry/unavailable/9?key=" .. key,
        { retries = 9, retry_delay = 10 })
      assert.equal(1, server:log(key).count)
      assert.equal("hello\n", ok())
    end)
  end)

  it("goes on beside a pool's futures", function()
    local p <close> = pool.new({ workers = 2 })
    local sum = async.run(function()
      local tasks = {}
      for i = 1, 40 do
        tasks[i] = i % 2 == 0 and function() return p:submit(twice, i):result() end
          or function() return s:get(("%s/plain/size/%d"):format(server.url, i)).bytes end
      end
      local total = 0
      for _, value in ipairs(async.gather(tasks)) do total = total + value end
      return total
    end)
    assert.equal(2 * 420 + 400, sum)
    p:shutdown()
  end)

  it("gives results one by one, and all of them, in tasks", function()
    local urls = {}
    for i = 1, 60 do urls[i] = ("%s/plain/size/%d"):format(server.url, i) end
    local function each()
      local sum = 0
      for r in s:each(urls, { concurrency = 7 }) do
        sum = sum + r.bytes
        if r.index % 10 == 0 then async.sleep(0.001) end
      end
      return sum
    end
    local function all()
      local sum = 0
      for _, r in ipairs(s:all(urls, { concurrency = 5, per_host = 3 })) do sum = sum + r.bytes end
      return sum
    end
    assert.same({ 1830, 1830, 1830, n = 3 }, async.run(function()
      return async.gather { each, all, each }
    end))
  end)

  it("cancels the rest of a loop that a task leaves, or is cancelled in", function()
    local key = new_key()
    local urls = { server.url .. "/plain/ok" }
    for i = 2, 30 do urls[i] = server.url .. "/stall/body?key=" .. key end
    async.run(function()
      local idle = processes.descriptors()
      for r in s:each(urls) do -- luacheck: ignore 512
        assert.is_true(r.ok)
        break
      end
      pcall(async.timeout, 0.03, function() for _ in s:each(urls) do async.sleep(0) end end)
      pcall(async.timeout, 0.03, s.all, s, urls)
      -- The session's own descriptors, and connections that are kept.
      assert.is_true(processes.descriptors() <= idle + 8)
      async.sleep(0.001)
      loop.check()
      assert.equal("hello\n", ok())
    end)
  end)

  it("serves one task at a time from one iterator", function()
    async.run(function()
      local next_result = s:each({ server.url .. "/plain/ok", server.url .. "/plain/after/100" })
      assert.equal("hello\n", next_result().body)
      assert.is_false((pcall(async.timeout, 0.01, next_result)))
      local first = async.spawn(next_result)
      async.sleep(0.001)
      assert.same({ false, "two tasks wait for the same iterator's next result" },
        { pcall(next_result) })
      assert.equal("late\n", first:result().body)
      assert.is_nil(next_result())
      async.sleep(0.001)
    end)
  end)

  it("serves no second task while the first one's iterator or on_data waits", function()
    async.run(function()
      local given = 0
      local next_result = s:each(function()
        given = given + 1
        if given == 2 then async.sleep(0.02) end
        return given <= 2 and server.url .. "/plain/ok" or nil
      end, { on_data = function() async.sleep(0.02) end })
      local first = async.spawn(function() return next_result(), next_result(), next_result() end)
      local refused = 0
      while not first:done() do
        async.sleep(0.001)
        if not first:done() then
          assert.same({ false, "two tasks wait for the same iterator's next result" },
            { pcall(next_result) })
          refused = refused + 1
        end
      end
      assert.is_true(refused > 0)
      local one, two, none = first:result()
      assert.same({ 6, 6, nil }, { one.bytes, two.bytes, none })
    end)
  end)

  it("blocks in a generator, and what other tasks wait for goes on", function()
    local order = {}
    async.run(function()
      local key = new_key()
      local other = async.spawn(function()
        local r = s:get(server.url .. "/retry/unavailable/1?key=" .. key,
          { retries = 1, retry_delay = 0.05 })
        assert.same({ true, 2 }, { r.ok, r.attempts })
        order[#order + 1] = "retried"
      end)
      async.sleep(0)
      local generate = coroutine.wrap(function()
        for _ = 1, 2 do coroutine.yield(s:get(server.url .. "/plain/after/20").body) end
      end)
      assert.same({ "late\n", "late\n" }, { generate(), generate() })
      order[#order + 1] = "generated"
      async.timeout(5, other.result, other)
    end)
    assert.same({ "generated", "retried" }, order)
  end)

  it("blocks in a callback of luv's", function()
    local bodies = {}
    async.run(function()
      local timer, other = uv.new_timer(), async.spawn(ok)
      async.await(function(wake)
        timer:start(1, 0, function()
          timer:close()
          for i = 1, 3 do bodies[i] = ok() end
          local own <close> = fetch.session()
          bodies[4] = own:get(server.url .. "/plain/ok").body
          wake()
        end)
      end)
      bodies[5] = other:result()
    end)
    assert.equal(("hello\n"):rep(5), table.concat(bodies))
  end)

  it("blocks in a callback where nothing else runs", function()
    local timer, body = uv.new_timer(), nil
    timer:start(1, 0, function()
      timer:close()
      body = ok()
    end)
    uv.run()
    assert.equal("hello\n", body)
  end)

  it("may be used in on_data and on_progress", function()
    local function use()
      local seen = {}
      local r = s:get(server.url .. "/plain/size/600000", { on_data = function(piece)
        seen[#seen + 1] = ok()
        for inner in s:each({ server.url .. "/plain/ok" }) do seen[#seen + 1] = inner.body end
        assert.is_true(#piece > 0)
      end })
      assert.same({ true, 600000 }, { r.ok, r.bytes })
      assert.is_true(#seen >= 2)
      for _, body in ipairs(seen) do assert.equal("hello\n", body) end
      local urls, progress = {}, 0
      for i = 1, 20 do urls[i] = server.url .. "/plain/size/" .. i end
      local results = s:all(urls, { concurrency = 5, on_progress = function(done)
        assert.equal("hello\n", ok())
        progress = done
      end })
      assert.same({ 20, 20 }, { progress, results.n })
      for i, inner in ipairs(results) do assert.equal(i, inner.bytes) end
    end
    use()
    async.run(use)
  end)

  it("may be used by an iterator that gives URLs", function()
    local function use()
      local n = 0
      local results = s:all(function()
        n = n + 1
        return n <= 10 and ("%s/plain/size/%d"):format(server.url, #ok() + n) or nil
      end)
      for i, r in ipairs(results) do assert.equal(6 + i, r.bytes) end
    end
    use()
    async.run(use)
  end)

  it("lets on_data wait, and holds the rest back meanwhile", function()
    local most, bytes = 0, 0
    async.run(function()
      local r = s:get(server.url .. "/plain/size/5000000", { on_data = function(piece)
        most, bytes = math.max(most, #piece), bytes + #piece
        async.sleep(0.001)
      end })
      assert.is_true(r.ok, tostring(r.error))
    end)
    assert.equal(5000000, bytes)
    assert.is_true(most <= 512 << 10, most)
  end)

  it("raises on_data's error in its own task", function()
    async.run(function()
      local good = async.spawn(s.get, s, server.url .. "/plain/after/20")
      local bad = async.spawn(s.get, s, server.url .. "/plain/size/1000000",
        { on_data = function() error({ "mine" }) end })
      assert.same({ false, { "mine" } }, { pcall(bad.result, bad) })
      assert.is_true(good:result().ok)
    end)
  end)

  it("has two sessions at once, each with its own connections", function()
    async.run(function()
      local other <close> = fetch.session({ timeout = 20 })
      local seen = async.gather {
        function() return s:get(server.url .. "/plain/echo"):json().connection end,
        function() return other:get(server.url .. "/plain/echo"):json().connection end,
        function() return fetch.is_error(s:get("http://127.0.0.1:1/").error) end,
      }
      assert.not_equal(seen[1], seen[2])
      assert.is_true(seen[3])
      other:close()
    end)
  end)

  it("ends all waits when the session is closed", function()
    local closed = "the session was closed"
    async.run(function()
      local own = fetch.session({ timeout = 20 })
      local urls = { server.url .. "/plain/ok" }
      for i = 2, 10 do urls[i] = server.url .. "/stall/body" end
      local tasks = {
        async.spawn(own.get, own, server.url .. "/stall/before"),
        async.spawn(own.get, own, server.url .. "/stall/body"),
        async.spawn(own.all, own, urls),
        async.spawn(function() for _ in own:each(urls) do async.sleep(0) end end),
        async.spawn(own.get, own, server.url .. "/endless/bytes", { on_data = function() end }),
      }
      async.sleep(0.03)
      own:close()
      for i, task in ipairs(tasks) do
        local done, problem = pcall(async.timeout, 5, task.result, task)
        assert.same({ i, false, closed }, { i, done, problem })
      end
      async.sleep(0.001)
      loop.check()
    end)
  end)

  it("ends when on_data, or the body of a loop, closes the session", function()
    local function use()
      local own = fetch.session({ timeout = 20 })
      local done, problem = pcall(own.get, own, server.url .. "/endless/bytes",
        { on_data = function() own:close() end })
      assert.same({ false, "the session was closed" }, { done, problem })
      own = fetch.session({ timeout = 20 })
      local urls = {}
      for i = 1, 9 do urls[i] = server.url .. "/plain/ok" end
      done, problem = pcall(function()
        for _ in own:each(urls, { concurrency = 2 }) do own:close() end
      end)
      assert.same({ false, "the session was closed" }, { done, problem })
    end
    use()
    async.run(use)
  end)

  it("leaves a task that waits for nothing else to the end of the run", function()
    async.run(function()
      async.spawn(s.get, s, server.url .. "/stall/before")
      async.spawn(s.all, s, { server.url .. "/stall/before", server.url .. "/stall/body" })
      async.sleep(0.01)
    end)
    assert.equal("hello\n", ok())
  end)
end)
