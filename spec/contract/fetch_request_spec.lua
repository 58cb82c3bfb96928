--- perilune.fetch: what is sent, and sent again.
local hostile = require("spec.fetch.hostile")
local json = require("dkjson")
local kinds = require("spec.contract.kinds")

local echo = hostile.echo

for tag, fetch in kinds("fetch") do
  describe("fetch " .. tag, function()
    local server, url

    setup(function()
      server = hostile.start()
      url = server.url
    end)
    teardown(function() server:stop() end)

    describe("a request", function()
      it("has each method", function()
        for _, name in ipairs { "get", "post", "put", "patch", "delete" } do
          assert.equal(name:upper(), echo(fetch[name](url .. "/plain/echo")).method)
        end
        local r = fetch.head(url .. "/plain/size/1000")
        assert.same({ true, "", 0, "1000" }, { r.ok, r.body, r.bytes, r.headers["content-length"] })
        assert.equal("PATCH", echo(fetch.request("patch", url .. "/plain/echo")).method)
        assert.equal("OPTIONS", echo(fetch.request("OPTIONS", url .. "/plain/echo")).method)
      end)

      it("sends a body of any bytes with each method that may have one", function()
        local body = "\0\r\n\255" .. ("y"):rep(100000)
        for _, name in ipairs { "get", "post", "put", "patch", "delete" } do
          local key = server:new_key()
          local r = fetch[name](url .. "/plain/ok?key=" .. key, { body = body })
          assert.is_true(r.ok, tostring(r.error))
          local seen = server:log(key).requests[1]
          assert.same({ name:upper(), #body }, { seen.method, seen.bytes })
        end
        local small = "\1\2\127"
        assert.equal(small, echo(fetch.post(url .. "/plain/echo", { body = small })).body)
      end)

      it("does not guess at a body's type, nor wait before it sends", function()
        local seen = echo(fetch.post(url .. "/plain/echo", { body = ("x"):rep(2000) }))
        assert.is_nil(seen.headers["content-type"])
        assert.is_nil(seen.headers.expect)
        assert.equal("0", echo(fetch.post(url .. "/plain/echo")).headers["content-length"])
      end)

      it("sends a form", function()
        local seen = echo(fetch.post(url .. "/plain/echo",
          { form = { b = { 1, 2.5 }, a = "x y&=\u{e9}", c = true } }))
        assert.equal("a=x+y%26%3D%C3%A9&b=1&b=2.5&c=true", seen.body)
        assert.equal("application/x-www-form-urlencoded", seen.headers["content-type"])
      end)

      it("sends JSON", function()
        local seen = echo(fetch.put(url .. "/plain/echo", { json = { a = { 1, 2 }, b = false } }))
        assert.same({ a = { 1, 2 }, b = false }, json.decode(seen.body))
        assert.equal("application/json", seen.headers["content-type"])
        seen = echo(fetch.post(url .. "/plain/echo",
          { json = { 1 }, headers = { ["content-type"] = "text/x" } }))
        assert.equal("text/x", seen.headers["content-type"])
      end)

      it("adds a query", function()
        local function target(address, query)
          return echo(fetch.get(address, { query = query })).target
        end
        assert.equal("/plain/echo?a=1&b=x%20y&b=z", target(url .. "/plain/echo",
          { b = { "x y", "z" }, a = 1 }))
        assert.equal("/plain/echo?q=1&a=%2F%3F%26", target(url .. "/plain/echo?q=1#part",
          { a = "/?&" }))
        assert.equal("/plain/echo", target(url .. "/plain/echo", {}))
      end)

      it("has headers of its own, several of a name, and empty ones", function()
        local seen = echo(fetch.get(url .. "/plain/echo", {
          headers = { ["X-One"] = "1", ["x-two"] = { "a", "b" }, ["X-None"] = "",
            ["User-Agent"] = "me" },
        })).headers
        assert.same({ "1", "a, b", "", "me" },
          { seen["x-one"], seen["x-two"], seen["x-none"], seen["user-agent"] })
      end)

      it("follows redirects, as far as it may", function()
        local r = fetch.get(url .. "/redirect/chain/3")
        assert.same({ true, url .. "/plain/echo" }, { r.ok, r.effective_url })
        assert.is_true(r.timing.redirect > 0)
        r = fetch.get(url .. "/redirect/chain/3", { max_redirects = 2 })
        assert.equal("redirect", r.error.code)
        r = fetch.get(url .. "/redirect/chain/3", { max_redirects = 0 })
        assert.same({ 302, "status", "/redirect/chain/2" },
          { r.status, r.error.code, r.headers.location })
      end)

      it("becomes a GET where a redirect wants it, and stays as it is where not", function()
        local function methods(code, name)
          local key = server:new_key()
          fetch[name](("%s/redirect/to?code=%d&key=%s&to=/plain/ok?key=%s"):format(url, code, key,
            key), { body = "text" })
          local log = server:log(key)
          local last = log.requests[#log.requests]
          return #log.requests, last.method, last.body
        end
        assert.same({ 2, "GET", "" }, { methods(303, "post") })
        assert.same({ 2, "GET", "" }, { methods(302, "post") })
        assert.same({ 2, "POST", "text" }, { methods(307, "post") })
        assert.same({ 2, "POST", "text" }, { methods(308, "post") })
        assert.same({ 2, "PUT", "text" }, { methods(307, "put") })
        assert.same({ 2, "GET", "" }, { methods(303, "delete") })
        assert.same({ 2, "DELETE", "text" }, { methods(307, "delete") })
      end)

      it("undoes compression, or does not ask for it", function()
        assert.equal("hello\n", fetch.get(url .. "/gzip/right").body)
        assert.equal("protocol", fetch.get(url .. "/gzip/garbage").error.code)
        assert.is_string(echo(fetch.get(url .. "/plain/echo")).headers["accept-encoding"])
        assert.is_nil(echo(fetch.get(url .. "/plain/echo",
          { compression = false })).headers["accept-encoding"])
      end)

      it("uses a connection again", function()
        local s <close> = fetch.session()
        local first = echo(s:get(url .. "/plain/echo")).connection
        assert.equal(first, echo(s:get(url .. "/plain/echo", { timeout = 5 })).connection)
        local other <close> = fetch.session()
        assert.not_equal(first, echo(other:get(url .. "/plain/echo")).connection)
      end)

      it("stands a connection that was closed meanwhile", function()
        local s <close> = fetch.session()
        for _ = 1, 5 do
          for _, path in ipairs { "/keep/close", "/keep/once", "/keep/told" } do
            local r = s:get(url .. path, { retries = 1, retry_delay = 0 })
            assert.equal("hello\n", r.body, tostring(r.error))
          end
        end
      end)

      it("tells how far its body has come, while it comes and at its end", function()
        local ok, problem = pcall(fetch.get, url .. "/stall/body", { timeout = 60,
          on_progress = function(bytes, total)
            if bytes > 0 then error({ bytes, total }) end
          end })
        assert.same({ false, { 100, 1000 } }, { ok, problem })
        local told
        for _, target in ipairs { "/plain/ok", "/gzip/right" } do
          local r = fetch.get(url .. target, { on_progress = function(...) told = { ... } end })
          assert.same({ r.bytes, r.bytes }, told)
        end
        fetch.get(url .. "/cut/body", { on_progress = function(...) told = table.pack(...) end })
        assert.same({ 2, nil }, { told.n, told[2] })
      end)
    end)

    describe("another try", function()
      local function tries(path, options)
        local key = server:new_key()
        options.retry_delay = options.retry_delay or 0.001
        local method = options.method
        options.method = nil
        local s <close> = fetch.session() -- libcurl tries again by itself on an old connection
        local r = s:request(method or "GET", url .. path .. "?key=" .. key, options)
        assert.equal(server:log(key).count, r.attempts)
        return r.attempts, r.ok
      end

      it("is made as often as it may, after what may pass", function()
        for _, kind in ipairs { "unavailable", "limited", "broken", "reset", "close", "cut" } do
          assert.same({ 3, true }, { tries(("/retry/%s/2"):format(kind), { retries = 2 }) }, kind)
          assert.same({ 2, false }, { tries(("/retry/%s/2"):format(kind), { retries = 1 }) }, kind)
        end
        assert.same({ 2, true },
          { tries("/retry/stall/1", { retries = 1, timeout = 0.1 }) })
      end)

      it("is not made unless it is asked for, nor after what stays", function()
        assert.same({ 1, false }, { tries("/retry/unavailable/2", {}) })
        assert.same({ 1, false }, { tries("/retry/missing/2", { retries = 5 }) })
      end)

      it("is not made where twice is not as good as once", function()
        assert.same({ 1, false },
          { tries("/retry/unavailable/1", { method = "POST", retries = 5 }) })
        assert.same({ 2, true }, { tries("/retry/unavailable/1", { method = "PUT", retries = 5 }) })
        assert.same({ 2, true },
          { tries("/retry/unavailable/1", { method = "DELETE", retries = 5 }) })
      end)

      it("comes when the server wants it, if that is soon", function()
        local key = server:new_key()
        local r = fetch.get(url .. "/retry/after/1?key=" .. key, { retries = 1, retry_delay = 0 })
        assert.same({ true, 2 }, { r.ok, r.attempts })
        local seen = server:log(key).requests
        assert.is_true(seen[2].at - seen[1].at >= 0.95)
        assert.same({ 1, false }, { tries("/retry/after/3600", { retries = 5 }) })
        assert.same({ 2, true }, { tries("/retry/after/garbage", { retries = 5 }) })
      end)

      it("is not made once on_data has got something", function()
        local pieces = {}
        local function take(bytes) pieces[#pieces + 1] = bytes end
        assert.same({ 1, false },
          { tries("/stall/body", { retries = 3, timeout = 0.3, on_data = take }) })
        assert.equal(("x"):rep(100), table.concat(pieces))
      end)
    end)
  end)
end
