--- perilune.native.fetch: options that libcurl carries out.
local blame = require("spec.contract.blame")
local fetch = require("perilune.native.fetch")
local hostile = require("spec.fetch.hostile")
local sessions = require("spec.fetch.sessions")

-- All that are documented, with a value that does no harm.
local OPTIONS <const> = {
  address_family = "4", auth = "basic", bearer = "token", ca_file = "/none", ca_path = "/none",
  cert = "/none", cert_type = "PEM", ciphers = "DEFAULT", compression = true,
  connect_timeout = 5, connect_to = {}, cookie_file = "", cookie_jar = "", dns_cache_timeout = 1,
  headers = {}, http_version = "1.1", interface = "", keep_alive = true, key = "/none",
  key_password = "x", key_type = "PEM", max_age = 10, max_bytes = 100, max_receive_rate = 100000,
  max_redirects = 3, max_send_rate = 100000, no_proxy = "*", password = "x", pinned_key = "",
  proxy = "", proxy_auth = "any", proxy_headers = {}, proxy_password = "x",
  proxy_username = "x", query = {}, range = "0-", referer = "x", resolve = {}, retries = 1,
  retry_delay = 0, stall_rate = 1, stall_timeout = 5, timeout = 5,
  tls13_ciphers = "TLS_AES_256_GCM_SHA384", tls_min = "1.2", user_agent = "x", username = "x",
  verify = true,
}

describe("native fetch's options", function()
  local server, s

  setup(function() server = sessions.start(hostile) end)
  teardown(function() server:stop() end)
  before_each(function() s = sessions.new() end)
  after_each(sessions.close)

  it("are refused where a resolved address is none", function()
    for _, bad in ipairs { "moon", { "moon:80" }, { "moon:80:127.0.0.1,127.0.0.2" }, { 1 } } do
      local message = blame.message(s.get, s, "http://moon.invalid/", { resolve = bad })
      assert.matches("option resolve: a list of HOST:PORT:ADDRESS expected", message, 1, true)
    end
  end)

  it("write cookies to a file, and read them from there", function()
    local path, other = os.tmpname(), sessions.new()
    local function get(target) return other:get(server.url .. target, { cookie_jar = path }) end
    assert.is_true(s:get(server.url .. "/cookie/no_path", { cookie_jar = path }).ok)
    assert.is_true(get("/cookie/two").ok)
    local seen = get("/plain/echo"):json().headers.cookie
    for _, cookie in ipairs { "first=1", "second=2" } do
      assert.is_true(seen:find(cookie, 1, true) ~= nil, seen)
    end
    get("/plain/ok")
    s:close() -- which writes nothing again
    local file <close> = assert(io.open(path))
    local text = file:read("a")
    for _, cookie in ipairs { "first\t1", "second\t2", "name\tvalue" } do
      assert.is_true(text:find(cookie, 1, true) ~= nil, cookie)
    end
    os.remove(path)
    assert.is_nil(other:get(server.url .. "/plain/echo"):json().headers.cookie)
  end)

  it("write no cookies of a request that was given up", function()
    local path = os.tmpname()
    assert(os.remove(path))
    local items = { server.url .. "/plain/ok",
      { url = server.url .. "/stall/body", cookie_jar = path } }
    for _ in s:each(items) do break end -- luacheck: ignore 512
    s:close()
    assert.is_nil(io.open(path))
  end)

  it("are known, each of them", function()
    for name, value in pairs(OPTIONS) do
      local r = s:get(server.url .. "/plain/ok", { [name] = value })
      assert.equal("hello\n", r.body, ("%s: %s"):format(name, tostring(r.error)))
    end
    assert.equal("connect", s:get(server.url, { unix_socket = "/none" }).error.code)
  end)

  it("have choices that are told", function()
    assert.equal('bad argument #2 to \'get\' (option tls_min: one of "1.2" "1.3" expected)',
      blame.message(s.get, s, server.url, { tls_min = "1.1" }))
  end)

  it("hold rates down", function()
    local url = server.url .. "/plain/size/5000000"
    local r = s:get(url, { max_receive_rate = 10000, timeout = 1 })
    assert.same({ "timeout", 200 }, { r.error and r.error.code, r.status })
    assert.is_true(r.bytes < 5000000)
    assert.is_true(s:get(url, { max_receive_rate = 1000000000 }).ok)
    r = s:post(server.url .. "/plain/ok",
      { body = ("x"):rep(5000000), max_send_rate = 10000, timeout = 0.3 })
    assert.equal("timeout", r.error and r.error.code)
  end)

  it("of one request do not stay for others", function()
    local url = server.url .. "/plain/echo"
    s:get(url, { range = "0-1", username = "moon", password = "tide", user_agent = "one",
      headers = { ["X-A"] = "1" }, http_version = "1.0", timeout = 1 })
    s:post(url, { body = "text" })
    s:head(url)
    local seen = s:get(url):json()
    assert.same({ "GET", "HTTP/1.1", "" }, { seen.method, seen.version, seen.body })
    local headers = seen.headers
    assert.same({}, { headers.range, headers.authorization, headers["x-a"],
      headers["content-length"], headers["content-type"] })
    assert.equal("perilune", headers["user-agent"])
  end)

  it("go through a proxy", function()
    local key = "proxy1"
    local r = s:get("http://moon.invalid/plain/echo?key=" .. key, { proxy = server.url,
      proxy_username = "moon", proxy_password = "tide", proxy_headers = {} })
    local seen = server:log(key).requests[1]
    assert.equal("http://moon.invalid/plain/echo?key=" .. key, seen.target)
    assert.equal("Basic bW9vbjp0aWRl", seen.headers["proxy-authorization"])
    assert.equal(404, r.status) -- it is no proxy
    for code, proxy in pairs { connect = "http://127.0.0.1:1", resolve = "http://moon.invalid" } do
      -- Here the environment says nothing.
      local failed = s:get(server.url, { proxy = proxy, no_proxy = "" })
      assert.equal(code, failed.error and failed.error.code)
    end
  end)

  it("are libcurl's, whose version can be asked for", function()
    assert.matches("^libcurl %d+%.%d+%.%d+%S*, %S+", fetch.version())
  end)
end)
