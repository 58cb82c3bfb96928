--- perilune.native.fetch and TLS: who is trusted, HTTP/2, certificates of one's own.
local echo = require("spec.fetch.echo")
local hostile = require("spec.fetch.hostile")
local nginx = require("spec.fetch.nginx")
local sessions = require("spec.fetch.sessions")

describe("native fetch with TLS", function()
  local reason = nginx.missing()
  if reason then return pending(reason) end

  local server, s, plain

  setup(function() server = sessions.start(nginx) end)
  teardown(function() server:stop() end)

  before_each(function()
    s, plain = sessions.new({ ca_file = server.ca, timeout = 20 }), sessions.new()
  end)

  after_each(sessions.close)

  local function fails(result)
    assert.same({ false, "tls" }, { result.ok, result.error and result.error.code },
      tostring(result.error))
    assert.same({ nil, nil, 0 }, { result.status, result.body, result.bytes })
  end

  it("trusts those whom its authority has signed", function()
    local r = s:get(server.https .. "/text")
    assert.same({ true, server:read("files/text") }, { r.ok, r.body }, tostring(r.error))
    assert.is_true(r.timing.connect < r.timing.appconnect)
    assert.is_true(r.timing.appconnect <= r.timing.pretransfer)
    assert.is_true(s:get("https://127.0.0.1:" .. server.ports.https .. "/empty").ok)
  end)

  it("does not trust an authority that nobody has named", function()
    fails(plain:get(server.https .. "/text"))
    fails(plain:get(server.h2 .. "/text"))
  end)

  it("does not trust another's certificate, one that signs itself, or an old one", function()
    for _, name in ipairs { "wrong", "alone", "past" } do fails(s:get(server[name] .. "/text")) end
  end)

  it("trusts one that signs itself where it is named", function()
    local path = server.folder .. "/alone.pem"
    assert.is_true(plain:get(server.alone .. "/text", { ca_file = path }).ok)
    fails(plain:get(server.https .. "/text", { ca_file = path }))
  end)

  it("trusts everybody where it is told to, and only there", function()
    for _, name in ipairs { "https", "wrong", "alone", "past" } do
      assert.is_true(s:get(server[name] .. "/text", { verify = false }).ok, name)
    end
    -- A connection that nobody has verified is none for those who verify.
    for _, name in ipairs { "wrong", "alone", "past" } do fails(s:get(server[name] .. "/text")) end
    fails(plain:get(server.https .. "/text"))
  end)

  it("fails where there is no such file of authorities", function()
    fails(plain:get(server.https .. "/text", { ca_file = server.folder .. "/none.pem" }))
  end)

  it("fails where the other side does not speak it", function()
    local port = server.ports.http
    fails(s:get(("https://localhost:%d/text"):format(port), { retries = 0 }))
  end)

  it("does not follow a redirect to one who is not trusted", function()
    local r = s:get(server.http .. "/redirect/wrong")
    assert.same({ false, "tls" }, { r.ok, r.error.code })
    assert.equal(server.https .. "/echo", s:get(server.http .. "/redirect/tls").effective_url)
  end)

  it("waits for no connection to share where a redirect leads to one without TLS", function()
    local slow <close> = assert(hostile.start())
    local urls = {}
    for i = 1, 3 do
      urls[i] = ("%s/redirect/to?url=%s/plain/after/100?key=moved"):format(server.https, slow.url)
    end
    for _, r in ipairs(s:all(urls)) do assert.equal("late\n", r.body, tostring(r.error)) end
    assert.equal(3, slow:log("moved").most)
  end)

  it("wants a key that it was told of", function()
    local pin = "sha256//" .. ("A"):rep(43) .. "="
    fails(s:get(server.https .. "/text", { pinned_key = pin }))
  end)

  it("takes a session up again on another connection, also for other options", function()
    assert.equal(".", s:get(server.https .. "/session").body)
    assert.equal("r", s:get(server.https .. "/session").body)
    assert.equal("r", s:get(server.https .. "/session", { user_agent = "x" }).body)
    local own = sessions.new({ ca_file = server.ca })
    assert.equal(".", own:get(server.https .. "/session").body)
  end)

  it("takes no session up for those who want more of it", function()
    for _, name in ipairs { "wrong", "alone", "past" } do
      local session = server[name] .. "/session"
      for _, body in ipairs { ".", "r" } do
        assert.equal(body, s:get(session, { verify = false }).body, name)
      end
      fails(s:get(session))
    end
    local with = { cert = server.client.cert, key = server.client.key }
    for _, body in ipairs { ".", "r" } do
      assert.equal(body, s:get(server.mutual .. "/session", with).body)
    end
    assert.equal(400, s:get(server.mutual .. "/session").status)
  end)

  it("keeps to the versions of TLS that it is told", function()
    assert.matches("^TLSv1%.[23]$", echo(s:get(server.https .. "/echo", { tls_min = "1.2" })).tls)
    local r = s:get(server.https .. "/echo", { tls_min = "1.3" })
    if r.ok then assert.equal("TLSv1.3", echo(r).tls) else fails(r) end
  end)

  it("agrees on HTTP/2, unless it is told to speak an older one", function()
    assert.equal("2", s:get(server.h2 .. "/text").http_version)
    assert.equal("1.1", s:get(server.h2 .. "/text", { http_version = "1.1" }).http_version)
    assert.equal("2", s:get(server.h2 .. "/text", { http_version = "2" }).http_version)
    assert.equal("1.1", s:get(server.https .. "/text", { http_version = "2" }).http_version)
    assert.equal("1.1", s:get(server.http .. "/text", { http_version = "2" }).http_version)
  end)

  it("makes many requests at once on one connection", function()
    local urls, seen = {}, {}
    for i = 1, 500 do urls[i] = server.h2 .. "/echo?" .. i end
    for i, r in ipairs(s:all(urls)) do
      local told = echo(r)
      assert.same({ "2", "/echo?" .. i, "HTTP/2.0" },
        { r.http_version, told.target, told.protocol })
      seen[told.connection] = true
    end
    assert.is_nil(next(seen, (next(seen))))
  end)

  it("carries large bodies both ways on one connection", function()
    local large = server:read("files/large")
    local results = s:all({
      server.h2 .. "/large", server.h2 .. "/text", server.h2 .. "/large",
      { url = server.h2 .. "/put/h2", method = "PUT", body = large },
    })
    assert.is_true(results[1].body == large and results[3].body == large)
    assert.equal(201, results[4].status)
    assert.is_true(server:read("put/h2") == large)
  end)

  it("cancels one of those on a connection, and the others go on", function()
    local bytes = 0
    local ok, problem = pcall(s.get, s, server.h2 .. "/large", { on_data = function(piece)
      bytes = bytes + #piece
      if bytes > 1000000 then error("enough", 0) end
    end })
    assert.same({ false, "enough" }, { ok, problem })
    local r = s:get(server.h2 .. "/large")
    assert.same({ true, 16 << 20 }, { r.ok, r.bytes })
  end)

  it("shows its own certificate where it is told to", function()
    local with = { cert = server.client.cert, key = server.client.key }
    assert.is_true(s:get(server.mutual .. "/text", with).ok)
    assert.equal(400, s:get(server.mutual .. "/text").status)
    assert.is_true(s:get(server.mutual .. "/text", with).ok)
  end)

  it("fails where its own certificate or key is missing, or they differ", function()
    local client, none = server.client, server.folder .. "/none.pem"
    fails(s:get(server.mutual .. "/text", { cert = none, key = client.key }))
    fails(s:get(server.mutual .. "/text", { cert = client.cert, key = none }))
    fails(s:get(server.mutual .. "/text",
      { cert = client.cert, key = server.folder .. "/server.key" }))
  end)
end)
