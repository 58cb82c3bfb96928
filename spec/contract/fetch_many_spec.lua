--- perilune.fetch: many requests, and bodies that are not kept.
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
        assert.same({ false, "file", "/nowhere/to/be: No such file or directory" },
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
  end)
end
