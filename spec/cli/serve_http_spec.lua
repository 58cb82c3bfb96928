--- perilune serve: what is asked and answered, byte by byte.
local dkjson = require("dkjson")
local latency = require("spec.cli.latency")
local loop = require("spec.host.loop")
local program = require("spec.cli.program")

local HOST <const> = "Host: here\r\n"
local MANY <const> = 3000 -- more than is read ahead

describe("perilune serve speaks HTTP", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local server, client

  setup(function() server = latency.start("--latency=0.001") end)
  teardown(function() server:stop() end)
  before_each(function()
    loop.remember()
    client = server:connect()
  end)
  after_each(function()
    if not client.tcp:is_closing() then client:close() end
    loop.check()
  end)

  local function get(path, ...)
    return "GET " .. path .. " HTTP/1.1\r\n" .. HOST .. table.concat({ ... }) .. "\r\n"
  end

  local function post(path, headers, body)
    return "POST " .. path .. " HTTP/1.1\r\n" .. HOST .. headers .. "\r\n" .. body
  end

  local function echoed() return dkjson.decode(client:answer().body) end

  it("with a body that is the target", function()
    local answer = client:send(get("/item/7?x=%20")):answer()
    assert.equal(200, answer.status)
    assert.equal("/item/7?x=%20\n", answer.body)
    assert.equal("text/plain; charset=utf-8", answer.headers["content-type"])
    assert.matches("^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d GMT$", answer.headers.date)
  end)

  it("again and again on a connection", function()
    for i = 1, 3 do
      assert.equal("/" .. i .. "\n", client:send(get("/" .. i)):answer().body)
    end
  end)

  it("in the order of requests that come at once", function()
    local requests = { get("/0?latency=0.05") }
    for i = 1, MANY do requests[#requests + 1] = get("/?latency=0&i=" .. i) end
    client:send(table.concat(requests))
    assert.equal("/0?latency=0.05\n", client:answer().body)
    for i = 1, MANY do assert.equal("/?latency=0&i=" .. i .. "\n", client:answer().body) end
  end)

  it("with requests that come byte by byte", function()
    local bytes = post("/echo", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n")
    for i = 1, #bytes do
      client:send(bytes:sub(i, i))
      require("luv").run("nowait")
    end
    assert.equal("a", echoed().body)
  end)

  it("while another request is half there", function()
    local half = server:connect():send("GET /half HTTP/1.1\r\nHo")
    assert.equal("/whole\n", client:send(get("/whole")):answer().body)
    assert.equal("/half\n", half:send("st: here\r\n\r\n"):answer().body)
    half:close()
  end)

  it("and shows the request to who asks for /echo", function()
    client:send("PUT /echo?a=1 HTTP/1.1\r\n", HOST,
      "X-Name: one\r\nx-name:  two \r\nContent-Length: 3\r\n\r\n\u{e9}.")
    assert.same({
      method = "PUT", target = "/echo?a=1", path = "/echo", query = "a=1", length = 3,
      body = "\u{e9}.",
      headers = { host = "here", ["x-name"] = "one, two", ["content-length"] = "3" },
    }, echoed())
    client:send(post("/echo", "Content-Length: 2\r\n", "\xff\0"))
    local shown = echoed()
    assert.is_nil(shown.body)
    assert.equal("ff00", shown.hex)
    assert.equal(2, shown.length)
  end)

  it("and shows headers alone in /headers", function()
    client:send(get("/headers", "Accept: text/*\r\n"))
    assert.same({ host = "here", accept = "text/*" }, echoed())
  end)

  it("with bodies in chunks, extensions and trailers", function()
    client:send(post("/echo", "Transfer-Encoding: chunked\r\n",
      "5;x=y\r\nhello\r\n00A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"), get("/next"))
    assert.equal("hello0123456789", echoed().body)
    assert.equal("/next\n", client:answer().body)
  end)

  it("with a large body", function()
    local body = ("x"):rep(1 << 20)
    client:send(post("/echo", "Content-Length: 1048576\r\n", body))
    assert.equal(body, echoed().body)
  end)

  it("and gives leave to send a body", function()
    client:send(post("/echo", "Content-Length: 4\r\nExpect: 100-continue\r\n", ""))
    local CONTINUE <const> = "HTTP/1.1 100 Continue\r\n\r\n"
    assert.equal(CONTINUE, client:take(#CONTINUE))
    client:send("body")
    assert.equal("body", echoed().body)
  end)

  it("without a body to HEAD, with its length", function()
    client:send("HEAD /bytes/70000 HTTP/1.1\r\n", HOST, "\r\n", get("/next"))
    local answer = client:answer(true)
    assert.equal(200, answer.status)
    assert.equal("70000", answer.headers["content-length"])
    assert.equal("/next\n", client:answer().body)
  end)

  it("with as many bytes as are wanted", function()
    for _, count in ipairs({ 0, 1, 10, 25, 64 * 1024, 1000003 }) do
      local answer = client:send(get("/bytes/" .. count)):answer()
      assert.equal(("0123456789"):rep(count // 10 + 1):sub(1, count), answer.body)
    end
    assert.equal("/a?siz", client:send(get("/a?size=6")):answer().body)
    assert.equal("/a?size=12\n/", client:send(get("/a?size=12")):answer().body)
  end)

  it("with the status that is wanted", function()
    for _, status in ipairs({ 200, 301, 404, 418, 503, 599 }) do
      assert.equal(status, client:send(get("/status/" .. status)):answer().status)
    end
    for _, status in ipairs({ 204, 205, 304 }) do
      local answer = client:send(get("/status/" .. status)):answer()
      assert.equal(status, answer.status)
      assert.equal("", answer.body)
    end
    assert.equal("/after\n", client:send(get("/after")):answer().body)
  end)

  it("with as many redirections as are wanted", function()
    local first = client:send(get("/redirect/2?latency=0")):answer()
    assert.equal(302, first.status)
    assert.equal("/redirect/1?latency=0", first.headers.location)
    assert.equal("/redirect/0", client:send(get("/redirect/1")):answer().headers.location)
    assert.equal(200, client:send(get("/redirect/0")):answer().status)
  end)

  it("and says what is wrong with a path or a query", function()
    for path, words in pairs({
      ["/delay/soon"] = "'soon' is no number of seconds", ["/status/99"] = "/status/N",
      ["/bytes/-1"] = "/bytes/N", ["/redirect/x"] = "/redirect/N",
      ["/?errors=2"] = "errors: '2' is no share", ["/?size=1.5"] = "size: '1.5' is no number",
    }) do
      local answer = client:send(get(path)):answer()
      assert.equal(400, answer.status, path)
      assert.truthy(answer.body:find(words, 1, true), answer.body)
    end
  end)

  it("and keeps a connection of HTTP/1.0 only if it is asked to", function()
    client:send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
    assert.equal("keep-alive", client:answer().headers.connection)
    assert.matches("^HTTP/1.1 200 OK\r\n.*Connection: close\r\n\r\n/\n$",
      client:send("GET / HTTP/1.0\r\n\r\n"):rest())
  end)

  it("and closes after the last answer that is wanted", function()
    local text = client:send(get("/a", "Connection: x, Close\r\n"), get("/b")):rest()
    assert.matches("\r\n\r\n/a\n$", text)
  end)

  it("to a client that sends no more", function()
    client:send(get("/a"), get("/b")).tcp:shutdown()
    local text = client:rest()
    assert.matches("\r\n\r\n/a\n.*\r\n\r\n/b\n$", text)
  end)

  it("to a client that asks for a whole URL, or after blank lines", function()
    assert.equal("/\n", client:send("\r\n\r\n", get("http://here")):answer().body)
    assert.equal("/a?b\n", client:send(get("http://here:80/a?b")):answer().body)
  end)

  local REFUSED <const> = {
    { 400, "malformed", "GET / HTTP/1.1 x\r\n\r\n" },
    { 400, "malformed", "GET  / HTTP/1.1\r\n\r\n" },
    { 400, "no HTTP request", "\22\3\1\2\0" },
    { 400, "no HTTP request", "GET / HTTP/1.1\nHost: here\n\n" },
    { 400, "no path", get("here") },
    { 400, "no Host", "GET / HTTP/1.1\r\n\r\n" },
    { 400, "more than one Host", get("/", HOST) },
    { 400, "header is malformed", get("/", "Name : value\r\n") },
    { 400, "header is malformed", get("/", "Name: value\r\n folded\r\n") },
    { 400, "header is malformed", get("/", "Name: \0\r\n") },
    { 400, "Content-Length", post("/", "Content-Length: -1\r\n", "") },
    { 400, "Content-Length", post("/", "Content-Length: 1\r\nContent-Length: 2\r\n", "") },
    { 400, "ambiguous", post("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "") },
    { 400, "chunk's size", post("/", "Transfer-Encoding: chunked\r\n", "x\r\n") },
    { 400, "longer than its size", post("/", "Transfer-Encoding: chunked\r\n", "1\r\nab\r\n") },
    { 413, "8388608", post("/", "Content-Length: 8388609\r\n", "some") },
    { 413, "8388608", post("/", "Content-Length: " .. ("9"):rep(400) .. "\r\n", "") },
    { 413, "8388608", post("/", "Transfer-Encoding: chunked\r\n", ("f"):rep(30) .. "\r\n") },
    { 413, "", post("/", "Content-Length: 8388609\r\nExpect: 100-continue\r\n", "") },
    { 417, "100-continue", get("/", "Expect: wonders\r\n") },
    { 431, "16384", get("/" .. ("x"):rep(20000)) },
    { 431, "16384", "GET / HTTP/1.1\r\nX: " .. ("x"):rep(200000) },
    { 431, "trailers", post("/", "Transfer-Encoding: chunked\r\n", "0\r\n" .. ("x"):rep(20000)) },
    { 501, "chunked", post("/", "Transfer-Encoding: gzip\r\n", "") },
    { 505, "HTTP/1.1", "GET / HTTP/3.0\r\n\r\n" },
  }

  it("and refuses what is malformed or too large, then closes", function()
    for _, refused in ipairs(REFUSED) do
      local status, words, bytes = table.unpack(refused)
      local text = server:connect():send(bytes):rest()
      assert.truthy(text:find(("^HTTP/1.1 %d "):format(status)), bytes:sub(1, 80) .. text)
      assert.truthy(text:find(words, 1, true), text)
      assert.truthy(text:find("\r\nConnection: close\r\n", 1, true), text)
    end
    assert.equal("/still\n", client:send(get("/still")):answer().body)
  end)
end)
