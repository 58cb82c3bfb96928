--- perilune.native.fetch: bodies to and from a real server, and where it redirects.
local echo = require("spec.fetch.echo")
local nginx = require("spec.fetch.nginx")
local sessions = require("spec.fetch.sessions")
local uv = require("luv")

describe("native fetch with nginx", function()
  local reason = nginx.missing()
  if reason then return pending(reason) end

  local server, s

  setup(function() server = sessions.start(nginx) end)
  teardown(function() server:stop() end)

  before_each(function() s = sessions.new({ timeout = 20 }) end)

  after_each(sessions.close)

  local function url(path) return server.http .. path end

  it("undoes compression", function()
    local text = server:read("files/text")
    local r = s:get(url "/gzip/text")
    assert.same({ "gzip", text, #text }, { r.headers["content-encoding"], r.body, r.bytes })
    r = s:get(url "/gzip/text", { compression = false })
    assert.same({ nil, text }, { r.headers["content-encoding"], r.body })
    assert.is_true(s:get(url "/gzip/large").body == server:read("files/large"))
  end)

  it("gets ranges", function()
    local text = server:read("files/text")
    local r = s:get(url "/text", { range = "5-9" })
    assert.same({ true, 206, text:sub(6, 10) }, { r.ok, r.status, r.body })
    assert.equal(("bytes 5-9/%d"):format(#text), r.headers["content-range"])
    assert.equal(text:sub(-7), s:get(url "/text", { range = "-7" }).body)
    r = s:get(url "/text", { range = "1000000-" })
    assert.same({ false, 416, "status" }, { r.ok, r.status, r.error.code })
  end)

  it("asks whether something has changed", function()
    local tag = s:get(url "/text").headers.etag
    local r = s:get(url "/text", { headers = { ["If-None-Match"] = tag } })
    assert.same({ false, 304, "", "status" }, { r.ok, r.status, r.body, r.error.code })
  end)

  it("gets large bodies whole, at once and in pieces", function()
    local large, path, pieces = server:read("files/large"), server.folder .. "/got", {}
    local results = s:all({
      url "/large", { url = url "/large", path = path },
      { url = url "/gzip/large", path = path .. "2" },
      { url = url "/large", on_data = function(piece) pieces[#pieces + 1] = piece end },
    })
    for _, r in ipairs(results) do assert.same({ true, #large }, { r.ok, r.bytes }) end
    assert.is_true(results[1].body == large)
    assert.is_true(server:read("got") == large)
    assert.is_true(server:read("got2") == large)
    assert.is_true(table.concat(pieces) == large)
  end)

  it("gets empty ones", function()
    local path = server.folder .. "/nothing"
    local r = s:get(url "/empty", { path = path })
    assert.same({ true, nil, 0 }, { r.ok, r.body, r.bytes })
    assert.equal("", server:read("nothing"))
    assert.equal("", s:get(url "/empty").body)
    r = s:get(url "/empty", { on_data = function() error("nothing came") end })
    assert.same({ true, nil, 0 }, { r.ok, r.body, r.bytes })
  end)

  it("puts, gets and deletes", function()
    local body = ("\0\255\r\n"):rep(1000)
    local place = url "/put/folder/name"
    assert.equal(201, s:put(place, { body = body }).status)
    assert.equal(body, s:get(place).body)
    assert.equal(204, s:put(place, { body = "other" }).status)
    assert.equal("other", server:read("put/folder/name"))
    assert.equal(201, s:put(url "/put/nothing").status)
    assert.equal("", server:read("put/nothing"))
    assert.equal(204, s:delete(place).status)
    assert.equal(404, s:delete(place).status)
    assert.is_nil(server:read("put/folder/name"))
  end)

  it("sends megabytes", function()
    local body = server:read("files/large"):rep(3)
    assert.equal(tostring(#body), echo(s:post(url "/echo", { body = body })).length)
    assert.equal(201, s:put(url "/put/large", { body = body }).status)
    assert.is_true(server:read("put/large") == body)
  end)

  it("is refused what is too large, and goes on", function()
    local r = s:post(url "/echo", { body = ("x"):rep((64 << 20) + 1) })
    assert.is_true(r.status == 413 or r.error.code == "reset", tostring(r.error))
    assert.is_true(s:get(url "/text").ok)
  end)

  it("goes on where each connection is closed", function()
    for _ = 1, 5 do
      assert.equal("closed\n", s:get(url "/close").body)
      assert.equal("closed\n", s:get(url "/text/../close").body)
    end
    local urls = {}
    for i = 1, 100 do urls[i] = url(i % 2 == 0 and "/close" or "/small/1") end
    for _, r in ipairs(s:all(urls)) do assert.is_true(r.ok, tostring(r.error)) end
  end)

  it("tells each status", function()
    for _, status in ipairs { 201, 204, 304, 400, 403, 404, 410, 429, 500, 502, 503, 504 } do
      local r = s:get(url("/status/" .. status))
      assert.same({ status, status < 300 }, { r.status, r.ok })
    end
  end)

  -- After a redirect with this status, the method that is used.
  local AFTER <const> = {
    GET = { [301] = "GET", [302] = "GET", [303] = "GET", [307] = "GET", [308] = "GET" },
    HEAD = { [301] = "HEAD", [302] = "HEAD", [303] = "HEAD", [307] = "HEAD", [308] = "HEAD" },
    POST = { [301] = "GET", [302] = "GET", [303] = "GET", [307] = "POST", [308] = "POST" },
    PUT = { [301] = "PUT", [302] = "PUT", [303] = "GET", [307] = "PUT", [308] = "PUT" },
    DELETE = { [301] = "DELETE", [302] = "DELETE", [307] = "DELETE", [308] = "DELETE" },
    OPTIONS = { [301] = "OPTIONS", [302] = "OPTIONS", [307] = "OPTIONS", [308] = "OPTIONS" },
  }

  for method, codes in pairs(AFTER) do
    it("is redirected: " .. method, function()
      for code, expected in pairs(codes) do
        local body = (method == "POST" or method == "PUT") and "text" or nil
        local r = s:request(method, url("/redirect/" .. code), { body = body })
        assert.equal(url "/echo", r.effective_url)
        if method == "HEAD" then
          assert.same({ 200, "" }, { r.status, r.body })
        else
          local seen = echo(r)
          assert.same({ expected, expected == method and body and "4" or "" },
            { seen.method, seen.length }, code)
        end
      end
    end)
  end

  it("is redirected to what lets it in", function()
    local r = s:get(url "/redirect/auth", { username = server.user, password = server.password })
    assert.equal(server:read("files/text"), r.body)
    assert.equal(401, s:get(url "/redirect/auth").status)
  end)

  it("is not redirected to a file, nor in circles", function()
    for place, message in pairs { file = "file", loop = "redirects" } do
      local r = s:get(url("/redirect/" .. place))
      assert.same({ false, "redirect", nil }, { r.ok, r.error.code, r.body })
      assert.matches(message, r.error.message)
    end
  end)

  it("leaves no file of one that is cancelled", function()
    local folder = server.folder .. "/cancelled"
    assert(uv.fs_mkdir(folder, tonumber("755", 8)))
    local items = { url "/small/1" }
    for i = 1, 10 do items[i + 1] = { url = url "/large", path = folder .. "/" .. i,
      max_receive_rate = 100000 } end
    for r in s:each(items) do -- luacheck: ignore 512
      assert.equal(1, r.index)
      break
    end
    assert.is_nil(uv.fs_scandir_next(assert(uv.fs_scandir(folder))))
  end)

  it("reaches a server through connect_to and resolve", function()
    local port = server.ports.http
    local address = "http://moon.example:" .. port
    local resolve = { ("moon.example:%d:127.0.0.1"):format(port) }
    assert.equal("moon.example:" .. port,
      echo(s:get(address .. "/echo", { resolve = resolve })).host)
    local connect_to = { ("tide.example:80:127.0.0.1:%d"):format(port) }
    assert.equal("tide.example",
      echo(s:get("http://tide.example/echo", { connect_to = connect_to })).host)
  end)

  it("resolves names for the requests alone that were told to", function()
    local port = server.ports.http
    local address = ("http://moon.invalid:%d/echo"):format(port)
    for _, entry in ipairs { "moon.invalid:%d:127.0.0.1", "*:%d:127.0.0.1" } do
      assert.is_true(s:get(address, { resolve = { entry:format(port) } }).ok)
      assert.equal("resolve", s:get(address).error.code)
    end
    local both = { resolve = { ("moon.invalid:%d:127.0.0.1"):format(port) },
      connect_to = { ("tide.invalid:80:127.0.0.1:%d"):format(port) } }
    assert.is_true(s:get(address, both).ok)
    assert.is_true(s:get("http://tide.invalid/echo", both).ok)
    assert.equal("connect", s:get(address, { resolve = { ("moon.invalid:%d:::1"):format(port) } })
      .error.code)
  end)
end)
