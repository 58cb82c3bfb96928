--- perilune.fetch: requests and their results.
local blame = require("spec.contract.blame")
local hostile = require("spec.fetch.hostile")
local json = require("dkjson")
local kinds = require("spec.contract.kinds")

for tag, fetch in kinds("fetch") do
  describe("fetch " .. tag, function()
    local server, url

    setup(function() server = hostile.start() end)
    teardown(function() server:stop() end)
    before_each(function() url = server.url end)

    --- What a request was, as the server saw it.
    local function echo(result)
      assert.is_true(result.ok, tostring(result.error))
      return assert(json.decode(result.body))
    end

    local keys = 0
    local function new_key()
      keys = keys + 1
      return ("%s%d"):format(tag:gsub("%W", ""), keys)
    end

    describe("a request", function()
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

    describe("a result", function()
      it("tells what came", function()
        local r = fetch.get(url .. "/plain/ok")
        assert.same({ true, 200, "hello\n", 6, 1, "1.1" },
          { r.ok, r.status, r.body, r.bytes, r.attempts, r.http_version })
        assert.same({ url .. "/plain/ok", url .. "/plain/ok" }, { r.url, r.effective_url })
        assert.is_nil(r.error)
        assert.is_nil(r.index)
      end)

      it("tells how long each phase took, one after the other", function()
        local s <close> = fetch.session()
        local t = s:get(url .. "/plain/after/30").timing
        assert.equal(0, t.appconnect)
        assert.equal(0, t.redirect)
        assert.is_true(0 <= t.namelookup and t.namelookup <= t.connect)
        assert.is_true(t.connect <= t.pretransfer and t.pretransfer <= t.starttransfer)
        assert.is_true(0.02 <= t.starttransfer and t.starttransfer <= t.total)
        assert.is_true(t.queued >= 0)
      end)

      it("has all of its fields in pairs, and the same ones each time", function()
        local r, fields = fetch.get(url .. "/plain/ok"), {}
        for name, value in pairs(r) do fields[name] = value end
        local names = {}
        for name in pairs(fields) do names[#names + 1] = name end
        table.sort(names)
        assert.same({ "attempts", "body", "bytes", "effective_url", "headers", "http_version", "ok",
          "status", "timing", "url" }, names)
        for name, value in pairs(fields) do assert.is_true(rawequal(value, r[name]), name) end
        r.timing = nil
        assert.is_nil(r.timing)
        local failed = fetch.get("http://127.0.0.1:1/")
        for name, value in pairs(failed) do assert.is_true(rawequal(value, failed[name]), name) end
        assert.same({ nil, nil, 1 }, { failed.status, failed.headers, failed.attempts })
      end)

      it("has headers by names in any case", function()
        local headers = fetch.get(url .. "/cookie/two").headers
        assert.equal("6", fetch.get(url .. "/plain/ok").headers["Content-Length"])
        assert.equal("first=1; Path=/, second=2; Path=/", headers["SET-COOKIE"])
        assert.is_nil(headers["x-none"])
        assert.is_nil(headers[1])
        local names = {}
        for name, value in pairs(headers) do names[name] = value end
        assert.equal(headers["set-cookie"], names["set-cookie"])
        assert.equal(headers["content-length"], names["content-length"])
      end)

      it("has all values of a header", function()
        local r = fetch.get(url .. "/cookie/two")
        assert.same({ "first=1; Path=/", "second=2; Path=/" }, r:header_values("Set-Cookie"))
        assert.same({}, r:header_values("x-none"))
        assert.same({}, fetch.get("http://127.0.0.1:1/"):header_values("x-none"))
      end)

      it("has the headers of a folded line, and trailers", function()
        assert.equal("end", fetch.get(url .. "/plain/chunked/3000").headers["x-trailer"])
        assert.equal("a b c", fetch.get(url .. "/header/folded").headers["x-header"])
      end)

      it("reads JSON", function()
        assert.equal("GET", fetch.get(url .. "/plain/echo"):json().method)
        local value, message = fetch.get(url .. "/plain/ok"):json()
        assert.is_nil(value)
        assert.is_string(message)
        assert.same({ nil, "there is no body" }, { fetch.get("http://127.0.0.1:1/"):json() })
      end)

      it("is not ok but an error where the status is none of success", function()
        local r = fetch.get(url .. "/nowhere")
        assert.same({ false, 404, "nothing is here\n" }, { r.ok, r.status, r.body })
        assert.same({ "status", "404 Not Found" }, { r.error.code, r.error.message })
        assert.equal("404 Not Found", tostring(r.error))
        assert.is_true(fetch.is_error(r.error))
        assert.is_false(fetch.is_error({ code = "status" }))
      end)
    end)

    describe("a failure", function()
      local function fails(code, address, options)
        local r = fetch.get(address, options)
        assert.same({ false, code }, { r.ok, r.error and r.error.code }, tostring(r.error))
        assert.is_true(#r.error.message > 0)
        return r
      end

      it("is told by its kind", function()
        fails("connect", "http://127.0.0.1:1/")
        fails("resolve", "http://nowhere.invalid/")
        fails("url", "")
        fails("url", "http://")
        fails("url", "http://a b/")
        fails("url", "file:///etc/passwd")
        fails("url", "ftp://127.0.0.1/")
        fails("reset", url .. "/cut/before")
        fails("reset", url .. "/reset/before")
        fails("reset", url .. "/cut/no_body")
        fails("protocol", url .. "/status/garbage")
        fails("redirect", url .. "/redirect/loop")
        fails("redirect", url .. "/redirect/file")
      end)

      it("is a time-out where nothing comes", function()
        fails("timeout", url .. "/stall/before", { timeout = 0.1 })
        fails("timeout", url .. "/stall/headers", { timeout = 0.1 })
        local r = fails("timeout", url .. "/stall/body", { timeout = 0.1 })
        assert.equal(200, r.status)
        assert.is_true(r.timing.total >= 0.1)
      end)

      it("is a stall where too little comes", function()
        fails("stalled", url .. "/stall/before", { stall_timeout = 1 })
      end)

      it("is too large a body, before and after it was decompressed", function()
        assert.equal(0, fails("too_large", url .. "/plain/size/1001", { max_bytes = 1000 }).bytes)
        fails("too_large", url .. "/plain/chunked/3000", { max_bytes = 1000 })
        fails("too_large", url .. "/gzip/bomb/100", { max_bytes = 10 << 20 })
        assert.is_true(fetch.get(url .. "/plain/size/1000", { max_bytes = 1000 }).ok)
        assert.is_true(fetch.get(url .. "/gzip/bomb/1", { max_bytes = 1 << 20 }).ok)
        assert.equal(0, fails("too_large", url .. "/plain/ok", { max_bytes = 0 }).bytes)
      end)

      it("of one does not concern others", function()
        local rs = fetch.all({ "http://127.0.0.1:1/", url .. "/plain/ok", "", url .. "/nowhere" })
        assert.same({ "connect", nil, "url", "status" }, {
          rs[1].error.code, rs[2].error, rs[3].error.code, rs[4].error.code,
        })
        assert.is_true(rs[2].ok)
      end)
    end)

    describe("a request", function()
      it("has each method", function()
        for _, name in ipairs { "get", "post", "put", "delete" } do
          assert.equal(name:upper(), echo(fetch[name](url .. "/plain/echo")).method)
        end
        local r = fetch.head(url .. "/plain/size/1000")
        assert.same({ true, "", 0, "1000" }, { r.ok, r.body, r.bytes, r.headers["content-length"] })
        assert.equal("PATCH", echo(fetch.request("patch", url .. "/plain/echo")).method)
        assert.equal("OPTIONS", echo(fetch.request("OPTIONS", url .. "/plain/echo")).method)
      end)

      it("sends a body of any bytes with each method that may have one", function()
        local body = "\0\r\n\255" .. ("y"):rep(100000)
        for _, name in ipairs { "post", "put", "delete" } do
          local key = new_key()
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
          local key = new_key()
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
    end)

    describe("a body that is not kept", function()
      local path

      before_each(function()
        path = os.tmpname()
        os.remove(path)
      end)
      after_each(function() os.remove(path) end)

      local function contents()
        local file <close> = io.open(path, "rb")
        return file and file:read("a")
      end

      it("goes into a file", function()
        local r = fetch.get(url .. "/plain/size/300000", { path = path })
        assert.same({ true, path, 300000 }, { r.ok, r.path, r.bytes })
        assert.is_nil(r.body)
        assert.equal(("x"):rep(300000), contents())
        assert.equal(path, fetch.get(url .. "/plain/ok", { path = path }).path)
        assert.equal("hello\n", contents())
      end)

      it("leaves the file as it was where the answer is no success, or not whole", function()
        assert.is_true(fetch.get(url .. "/plain/ok", { path = path }).ok)
        for _, bad in ipairs { "/nowhere", "/cut/size", "/redirect/loop" } do
          local r = fetch.get(url .. bad, { path = path })
          assert.same({ false, nil, nil }, { r.ok, r.path, r.body })
          assert.equal("hello\n", contents())
        end
        local list = assert(io.popen(("ls -a '%s'* '%s/.'*%s* 2>/dev/null"):format(path,
          path:match("^(.*)/"), path:match("[^/]*$"))))
        assert.equal(path .. "\n", list:read("a"))
        list:close()
      end)

      it("fails where the file cannot be made", function()
        local r = fetch.get(url .. "/plain/ok", { path = "/nowhere/to/be" })
        assert.same({ false, "file", "No such file or directory" },
          { r.ok, r.error.code, r.error.message })
      end)

      it("goes to a function piece by piece", function()
        local pieces, addresses = {}, {}
        local r = fetch.get(url .. "/plain/size/3000000", { on_data = function(bytes, from)
          pieces[#pieces + 1] = bytes
          addresses[from] = true
        end })
        assert.same({ true, nil, 3000000 }, { r.ok, r.body, r.bytes })
        assert.is_true(#pieces > 1)
        assert.equal(("x"):rep(3000000), table.concat(pieces))
        assert.same({ [url .. "/plain/size/3000000"] = true }, addresses)
      end)

      it("ends with the function's error", function()
        local ok, problem = pcall(fetch.get, url .. "/plain/size/3000000",
          { on_data = function() error({ "mine" }) end })
        assert.same({ false, { "mine" } }, { ok, problem })
        assert.is_true(fetch.get(url .. "/plain/ok").ok)
      end)

      it("may be longer than what is kept", function()
        local bytes = 0
        local r = fetch.get(url .. "/gzip/bomb/70", { on_data = function(piece)
          bytes = bytes + #piece
        end })
        assert.same({ true, 70 << 20, 70 << 20 }, { r.ok, r.bytes, bytes })
        assert.equal("too_large", fetch.get(url .. "/gzip/bomb/70").error.code)
      end)
    end)

    describe("another try", function()
      local function tries(path, options)
        local key = new_key()
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
        local key = new_key()
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

    describe("many requests", function()
      local function urls_of(n)
        local urls = {}
        for i = 1, n do urls[i] = ("%s/plain/size/%d"):format(url, i) end
        return urls
      end

      it("give results in the order of the URLs", function()
        local rs = fetch.all(urls_of(150), { concurrency = 20 })
        assert.equal(150, rs.n)
        for i = 1, 150 do assert.same({ i, i, true }, { rs[i].bytes, rs[i].index, rs[i].ok }) end
        assert.same({ n = 0 }, fetch.all({}))
      end)

      it("may be told more one by one", function()
        local rs = fetch.all({
          url .. "/plain/echo",
          { url = url .. "/plain/echo", method = "post", json = { 1 },
            headers = { ["X-A"] = "2" } },
          { url = url .. "/plain/echo", query = { a = 1 } },
        }, { headers = { ["X-A"] = "1" } })
        assert.same({ "GET", "1" }, { echo(rs[1]).method, echo(rs[1]).headers["x-a"] })
        assert.same({ "POST", "2", "[1]" },
          { echo(rs[2]).method, echo(rs[2]).headers["x-a"], echo(rs[2]).body })
        assert.same({ "/plain/echo?a=1", "1" }, { echo(rs[3]).target, echo(rs[3]).headers["x-a"] })
      end)

      it("may go into files of their own", function()
        local paths, items = {}, {}
        for i = 1, 5 do
          paths[i] = os.tmpname()
          items[i] = { url = url .. "/plain/size/" .. i, path = paths[i] }
        end
        for i, r in ipairs(fetch.all(items)) do
          assert.equal(paths[i], r.path)
          local file <close> = assert(io.open(paths[i]))
          assert.equal(("x"):rep(i), file:read("a"))
          os.remove(paths[i])
        end
      end)

      it("come one by one as they end", function()
        local seen = {}
        for r in fetch.each(urls_of(40), { concurrency = 7 }) do
          assert.is_nil(seen[r.index])
          seen[r.index] = r.bytes
        end
        for i = 1, 40 do assert.equal(i, seen[i]) end
      end)

      it("may be endlessly many, asked for a little ahead", function()
        local asked, got = 0, 0
        for r in fetch.each(function()
          asked = asked + 1
          return url .. "/plain/ok"
        end, { concurrency = 3 }) do
          assert.is_true(r.ok)
          got = got + 1
          assert.is_true(asked - got <= 12)
          if got == 50 then break end
        end
        assert.is_true(fetch.get(url .. "/plain/ok").ok)
      end)

      it("end with an error of the iterator's", function()
        local n = 0
        local ok, problem = pcall(fetch.all, function()
          n = n + 1
          if n == 3 then error({ "mine" }) end
          return url .. "/plain/ok"
        end)
        assert.same({ false, { "mine" } }, { ok, problem })
      end)

      it("tell how far they have come", function()
        local told = {}
        fetch.all(urls_of(3), { concurrency = 1, on_progress = function(...)
          told[#told + 1] = { ... }
        end })
        assert.same({ { 1, 3, 1 }, { 2, 3, 3 }, { 3, 3, 6 } }, told)
        for _ in fetch.each(coroutine.wrap(function() coroutine.yield(url .. "/plain/ok") end),
          { on_progress = function(...) told = table.pack(...) end }) do end
        assert.same({ 1, nil, 6, n = 3 }, told)
      end)

      it("go to a function piece by piece", function()
        local bytes = {}
        local rs = fetch.all(urls_of(10), { on_data = function(piece, from)
          bytes[from] = (bytes[from] or 0) + #piece
        end })
        for i = 1, 10 do
          assert.same({ true, nil, i }, { rs[i].ok, rs[i].body, bytes[rs[i].url] })
        end
      end)
    end)

    describe("a session", function()
      it("has options for all of its requests", function()
        local s <close> = fetch.session({ headers = { ["X-A"] = "1", ["X-B"] = "2" },
          user_agent = "session" })
        local seen = echo(s:get(url .. "/plain/echo", { headers = { ["x-b"] = "3" } })).headers
        assert.same({ "1", "3", "session" }, { seen["x-a"], seen["x-b"], seen["user-agent"] })
        seen = echo(s:all({ url .. "/plain/echo" })[1]).headers
        assert.same({ "1", "2" }, { seen["x-a"], seen["x-b"] })
        assert.is_nil(echo(fetch.get(url .. "/plain/echo")).headers["x-a"])
      end)

      it("keeps cookies where it is told to", function()
        local s <close> = fetch.session({ cookies = true })
        assert.is_true(s:get(url .. "/cookie/two").ok)
        for _, r in ipairs { s:get(url .. "/plain/echo"), s:all({ url .. "/plain/echo" })[1] } do
          local cookie = echo(r).headers.cookie
          assert.is_true(cookie == "first=1; second=2" or cookie == "second=2; first=1", cookie)
        end
        local plain <close> = fetch.session()
        plain:get(url .. "/cookie/two")
        assert.is_nil(echo(plain:get(url .. "/plain/echo")).headers.cookie)
        fetch.get(url .. "/cookie/two")
        assert.is_nil(echo(fetch.get(url .. "/plain/echo")).headers.cookie)
      end)

      it("is not used once it is closed, and may be closed twice", function()
        local s = fetch.session()
        assert.is_true(s:get(url .. "/plain/ok").ok)
        s:close()
        s:close()
        local function use() s:get(url) end
        assert.equal(blame.at(use, 0, "calling 'get' on bad self (the session is closed)"),
          blame.message(use))
      end)
    end)

    describe("the caller's mistakes", function()
      local function refuses(text, fn)
        assert.equal(blame.at(fn, 0, text), blame.message(fn))
      end

      it("are told at the caller's line", function()
        refuses("bad argument #1 to 'get' (string expected, got nil)", function() fetch.get() end)
        refuses("bad argument #2 to 'get' (table expected, got number)",
          function() fetch.get(url, 1) end)
        refuses("bad argument #2 to 'post' (options body, form, json: one of them at most)",
          function() fetch.post(url, { body = "", json = 1 }) end)
        refuses("bad argument #2 to 'get' (option timeout: a number from 0 expected)",
          function() fetch.get(url, { timeout = -1 }) end)
        refuses("bad argument #2 to 'get' (option timeout: number expected, got string)",
          function() fetch.get(url, { timeout = "1" }) end)
        refuses("bad argument #2 to 'get' (option concurrency: there is no such option)",
          function() fetch.get(url, { concurrency = 1 }) end)
        refuses("bad argument #2 to 'get' (option retries: an integer from 0 expected, got 1.5)",
          function() fetch.get(url, { retries = 1.5 }) end)
        refuses("bad argument #2 to 'all' (option concurrency: an integer from 1 expected, got 0)",
          function() fetch.all({}, { concurrency = 0 }) end)
        refuses("bad argument #1 to 'each' (list or iterator of URLs expected, got string)",
          function() fetch.each("x") end)
        refuses("bad argument #1 to 'request' (a method's name expected)",
          function() fetch.request("G T", url) end)
        refuses("bad argument #1 to 'session' (option cookies: a boolean expected, got 1)",
          function() fetch.session({ cookies = 1 }) end)
        refuses("bad argument #2 to 'all' (option path: each item needs its own)",
          function() fetch.all({}, { path = "x" }) end)
        refuses("bad argument #1 to 'session' (option path: each request needs its own)",
          function() fetch.session({ path = "x" }) end)
        refuses("bad argument #2 to 'get' (options path, on_data: one of them at most)",
          function() fetch.get(url, { path = "x", on_data = print }) end)
      end)

      it("with fields are told, whatever is in them", function()
        local endless = {}
        endless.a = endless
        for _, fields in ipairs {
          { "a", b = 1 }, { a = { b = 1 } }, { a = { { 1 } } }, { a = print }, endless,
        } do
          local ok, message = pcall(fetch.get, url, { query = fields })
          assert.is_false(ok)
          assert.matches("option query: a table of strings, numbers, booleans and lists", message)
          assert.is_false((pcall(fetch.post, url, { form = fields })))
        end
      end)

      it("in an item are told with its number", function()
        assert.equal("bad argument #1 to 'all' (item 2: a URL or a table expected, got number)",
          blame.message(fetch.all, { url .. "/plain/ok", 1 }))
        assert.equal("bad argument #1 to 'all' (item 1: option x: there is no such option)",
          blame.message(fetch.all, { { url = url, x = 1 } }))
        assert.equal(
          "bad argument #1 to 'all' (item 1: options path, on_data: one of them at most)",
          blame.message(fetch.all, { { url = url, path = "x" } }, { on_data = print }))
      end)

      it("with headers cannot add others", function()
        local broken = "a line break or a zero byte in it"
        for _, value in ipairs { "a\r\nX-B: 1", "a\nb", "a\0b" } do
          refuses(("bad argument #2 to 'get' (option headers: X-A: %s)"):format(broken),
            function() fetch.get(url, { headers = { ["X-A"] = value } }) end)
        end
        refuses("bad argument #2 to 'get' (option headers: \"X A\" is no name of a header)",
          function() fetch.get(url, { headers = { ["X A"] = "" } }) end)
        refuses(("bad argument #2 to 'get' (option user_agent: %s)"):format(broken),
          function() fetch.get(url, { user_agent = "a\r\nX-B: 1" }) end)
      end)
    end)
  end)
end
