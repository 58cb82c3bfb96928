--- perilune.fetch: results, sessions, and what is refused.
local blame = require("spec.contract.blame")
local hostile = require("spec.fetch.hostile")
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
        local function misuse() s.get(nil, url) end
        assert.equal(
          blame.at(misuse, 0,
            "calling 'get' on bad self (perilune.fetch.Session expected, got nil)"),
          blame.message(misuse))
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

      it("with headers cannot pass for another request", function()
        local problem = "bad argument #2 to 'post' (option headers: %s: the body has another " ..
          "length)"
        for name, value in pairs { ["Content-Length"] = "1", ["content-length"] = 4 } do
          refuses(problem:format(name),
            function() fetch.post(url, { body = "abc", headers = { [name] = value } }) end)
        end
        local r = fetch.post(url .. "/plain/echo",
          { body = "abc", headers = { ["content-length"] = 3 } })
        assert.equal("abc", r:json().body)
      end)

      it("with headers and URLs that are too long are told", function()
        local most = 900 << 10
        refuses("bad argument #2 to 'get' (option headers: they are longer than 900 KiB)",
          function() fetch.get(url, { headers = { ["X-A"] = ("a"):rep(most) } }) end)
        local r = fetch.get(url .. "/" .. ("a"):rep(most))
        assert.same({ "url", "the URL is longer than 900 KiB" }, { r.error.code, r.error.message })
      end)

      it("with headers cannot add others", function()
        local broken = "a line break or a zero byte in it"
        for _, value in ipairs { "a\r\nX-B: 1", "a\nb", "a\0b" } do
          refuses(("bad argument #2 to 'get' (option headers: X-A: %s)"):format(broken),
            function() fetch.get(url, { headers = { ["X-A"] = value } }) end)
        end
        refuses("bad argument #2 to 'get' (option headers: \"X A\" is no name of a header)",
          function() fetch.get(url, { headers = { ["X A"] = "" } }) end)
        refuses("bad argument #2 to 'get' (option headers: X-A: a string, number or boolean " ..
          "expected, got function)",
          function() fetch.get(url, { headers = { ["X-A"] = print } }) end)
        refuses(("bad argument #2 to 'get' (option user_agent: %s)"):format(broken),
          function() fetch.get(url, { user_agent = "a\r\nX-B: 1" }) end)
      end)
    end)
  end)
end
