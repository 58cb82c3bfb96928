--- The servers that fetch's specs run against: they answer as they promise, end with whoever
--- started them, and leave nothing.
local uv = require("luv")
local child = require("spec.fetch.child")
local deflate = require("spec.fetch.hostile.deflate")
local hostile = require("spec.fetch.hostile")
local nginx = require("spec.fetch.nginx")
local processes = require("spec.native.processes")
local raw = require("spec.fetch.raw")
local waiting = require("spec.fetch.waiting")

-- With its first stream libuv opens a descriptor that it keeps.
waiting.close { uv.new_tcp() }

local quoted = require("perilune.shell").quoted

-- Starts `return CODE` in a process of its own: a pipe that gives what it prints.
local function start(code)
  return assert(io.popen(("exec %s -e %s"):format(quoted(uv.exepath()), quoted(code))))
end

local function exists(path) return uv.fs_stat(path) ~= nil end

describe("the hostile server", function()
  local before, server

  setup(function()
    before = processes.count()
    server = hostile.start()
  end)

  teardown(function()
    assert.equal(0, server:stop())
    processes.assert_none_left(before)
  end)

  local function get(target, options) return raw.exchange(server.port, raw.get(target), options) end

  it("answers rightly", function()
    assert.equal("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n", get("/plain/ok").text)
    assert.equal(("x"):rep(70000), raw.body(get("/plain/size/70000").text))
    assert.matches("^HTTP/1.1 404 ", get("/nowhere").text)
  end)

  it("answers one request after the other on a connection", function()
    local answer = raw.exchange(server.port, "GET /plain/ok HTTP/1.1\r\n\r\n"
      .. "POST /plain/echo HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi" .. raw.get("/plain/unmeasured"))
    assert.equal("end", answer.ended)
    assert.matches('hello\n.*"body":"hi".*hello\n$', answer.text)
  end)

  it("stalls, and notices that it is alone", function()
    for _, name in ipairs { "before", "status", "headers", "body", "chunk" } do
      local answer = get("/stall/" .. name, { seconds = 0.05 })
      assert.equal("open", answer.ended, name)
      assert.equal(name == "before", answer.text == "", name)
    end
  end)

  it("goes on for ever", function()
    for _, name in ipairs { "headers", "chunks", "body", "interim", "trailers" } do
      assert.equal("open", get("/endless/" .. name, { bytes = 1000000 }).ended, name)
    end
  end)

  it("ends with a reset when it says so", function()
    assert.same({ text = "", ended = "reset" }, get("/reset/before"))
    local answer = get("/reset/body")
    assert.equal("reset", answer.ended)
    assert.matches("x$", answer.text)
  end)

  it("ends after what is cut", function()
    assert.same({ text = "", ended = "end" }, get("/cut/before"))
    assert.same({ text = "HTTP/1.1 20", ended = "end" }, get("/cut/status"))
  end)

  it("drips", function()
    local start_time = uv.hrtime()
    local answer = get("/drip/all/2", { bytes = 20 })
    assert.is_true(#answer.text >= 20) -- one more may have come meanwhile
    assert.matches("^HTTP/1.1 200 OK\r\n", answer.text)
    assert.is_true(uv.hrtime() - start_time > 30e6)
  end)

  it("fails as often as it is told, by key", function()
    for _, key in ipairs { "a", "b" } do
      for _, status in ipairs { 503, 503, 200 } do
        assert.matches("^HTTP/1.1 " .. status, get("/retry/unavailable/2?key=" .. key).text)
      end
    end
    assert.matches("Retry%-After: 3600\r\n", get("/retry/after/long?key=c").text)
  end)

  it("redirects where it is told", function()
    assert.matches("^HTTP/1.1 307 .*Location: http://a/b%?c\r\n",
      get("/redirect/to?to=http%3A%2F%2Fa%2Fb%3Fc&code=307").text)
    assert.matches("Location: /redirect/chain/2%?key=d\r\n", get("/redirect/chain/3?key=d").text)
    assert.matches("Location: /plain/echo%?key=d\r\n", get("/redirect/chain/1?key=d").text)
  end)

  it("keeps what requests with a key had", function()
    local text = "PUT /plain/ok?key=e HTTP/1.1\r\nCookie: a=1\r\nX-A: b\r\nx-a: c\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    raw.exchange(server.port, text .. raw.get("/plain/unmeasured?key=e"))
    local log = server:log("e")
    assert.equal(2, log.count)
    local first, second = log.requests[1], log.requests[2]
    assert.same({ "PUT", "abcde", 5 }, { first.method, first.body, first.bytes })
    assert.same({ "a=1", "b, c" }, { first.headers.cookie, first.headers["x-a"] })
    assert.equal(first.connection, second.connection)
    assert.equal(0, server:log("nobody").count)
  end)

  it("answers before it has read a body", function()
    local text = "POST /early/refusal?key=f HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx"
    assert.matches("^HTTP/1.1 413 ", raw.exchange(server.port, text).text)
    assert.equal(0, server:log("f").requests[1].bytes)
  end)

  it("draws the same answer from a seed each time, and soon ends", function()
    local ends = { ["end"] = 0, reset = 0, open = 0 }
    for seed = 1, 60 do
      local answer = get("/random/" .. seed, { seconds = 5 })
      ends[answer.ended] = ends[answer.ended] + 1
      if answer.ended == "end" then
        assert.equal(answer.text, get("/random/" .. seed).text, "seed " .. seed)
      end
    end
    assert.equal(0, ends.open)
    assert.is_true(ends["end"] > 10 and ends.reset > 5,
      ("%d ended, %d reset"):format(ends["end"], ends.reset))
  end)
end)

describe("what the hostile server compresses", function()
  -- How many bytes gzip makes of it.
  local function decompressed(text, levels)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    local more = (" | gzip -dc"):rep(levels - 1)
    local pipe = assert(io.popen(("gzip -dc <%s%s | wc -c"):format(path, more)))
    local size = pipe:read("n")
    pipe:close()
    os.remove(path)
    return size
  end

  it("is gzip's", function()
    for _, size in ipairs { 1, 2, 258, 259, 260, 1000, 1048576, 10000019 } do
      local text = deflate.text(deflate.gzip { "a", size, "bc" })
      assert.equal(size + 3, decompressed(text, 1), "zeros: " .. size)
    end
  end)

  it("nests", function()
    local size = 100 << 20
    local once = deflate.gzip { size }
    assert.is_true(#deflate.text(once) < size // 1000)
    local twice = deflate.text(deflate.gzip(once))
    assert.is_true(#twice < 2000)
    assert.equal(size, decompressed(twice, 2))
  end)
end)

describe("an nginx", function()
  local before, server
  local reason = nginx.missing()

  setup(function()
    before = processes.count()
    if not reason then server = assert(nginx.start()) end
  end)

  teardown(function()
    if reason then return end
    server:stop()
    processes.assert_none_left(before)
    assert.is_false(exists(server.folder))
  end)

  -- What it answers to the requests of another program.
  local function curl(arguments)
    local pipe = assert(io.popen("curl -s " .. arguments))
    local output = pipe:read("a")
    local _, _, status = pipe:close()
    return output, status
  end

  local function works(name, fn)
    it(name, function()
      if reason then return pending(reason) end
      fn()
    end)
  end

  local function get(target, headers)
    return raw.exchange(server.ports.http, raw.get(target, headers)).text
  end

  works("serves files", function()
    assert.equal(server:read("files/large"), raw.body(get("/large")))
    assert.equal("", raw.body(get("/empty")))
    assert.matches("^HTTP/1.1 206 .*lines$", get("/text", "Range: bytes=5-9\r\n"))
  end)

  works("compresses", function()
    local answer = get("/gzip/text", "Accept-Encoding: gzip\r\n")
    assert.matches("Content%-Encoding: gzip", answer)
    assert.is_true(#answer < 600)
  end)

  works("has 187 bytes for benchmarks", function()
    assert.equal(187, #raw.body(get("/small/1")))
  end)

  works("wants a name and a password", function()
    assert.matches("^HTTP/1.1 401 ", get("/auth/text"))
    assert.matches("^HTTP/1.1 200 ", get("/auth/text", "Authorization: Basic bW9vbjp0aWRl\r\n"))
  end)

  works("tells what it was sent", function()
    local text = raw.body(get("/echo", "Cookie: a=1\r\nX-Test: b\r\n"))
    assert.matches("^method GET\ntarget /echo\nprotocol HTTP/1.1\n", text)
    assert.matches("\nauthorization \ncookie a=1\n", text)
    assert.matches("\nx%-test b\n", text)
  end)

  works("redirects", function()
    assert.matches("^HTTP/1.1 308 .*Location: http://127.0.0.1:%d+/echo\r\n", get("/redirect/308"))
    assert.matches("Location: /echo\r\n", get("/redirect/relative"))
    assert.matches("Location: file:///etc/passwd\r\n", get("/redirect/file"))
  end)

  works("takes what is put", function()
    local text = "PUT /put/new HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
      .. "Content-Length: 3\r\n\r\nabc"
    assert.matches("^HTTP/1.1 201 ", raw.exchange(server.ports.http, text).text)
    assert.equal("abc", server:read("put/new"))
  end)

  works("speaks TLS with a certificate that its authority has signed", function()
    local trusting = "--cacert " .. server.ca .. " -w '%{http_version}' -o /dev/null "
    assert.equal("2", (curl(trusting .. server.h2 .. "/text")))
    assert.equal("1.1", (curl(trusting .. server.https .. "/text")))
    for _, name in ipairs { "wrong", "alone", "past" } do
      local _, status = curl(trusting .. server[name] .. "/text")
      assert.equal(60, status, name)
    end
  end)

  works("wants a certificate of the client", function()
    local trusting = "--cacert " .. server.ca .. " " .. server.mutual .. "/text"
    assert.matches("400 ", (curl(trusting)))
    local own = (" --cert %s --key %s"):format(server.client.cert, server.client.key)
    assert.matches("^some lines", (curl(trusting .. own)))
  end)
end)

describe("the server with latency", function()
  local before, server, port

  setup(function()
    before = processes.count()
    server = child.start(uv.exepath():match("^(.*)/") .. "/spec/latency", { "20" })
    port = math.tointeger(tonumber(server:line()))
  end)

  teardown(function()
    assert.equal(0, server:stop())
    processes.assert_none_left(before)
  end)

  local ANSWER <const> = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    .. "Content-Length: 200\r\n\r\n" .. ("x"):rep(200)

  -- What comes of requests, and the milliseconds they take.
  local function exchange(requests, answers)
    local start_time = uv.hrtime()
    local answer = raw.exchange(port, requests, { bytes = answers * #ANSWER })
    return answer.text, (uv.hrtime() - start_time) / 1e6
  end

  it("takes its time, and never less", function()
    for _ = 1, 5 do
      local text, milliseconds = exchange("GET / HTTP/1.1\r\n\r\n", 1)
      assert.equal(ANSWER, text)
      assert.is_true(milliseconds >= 20)
    end
  end)

  it("answers one after the other on a connection", function()
    local text, milliseconds = exchange(("GET / HTTP/1.1\r\n\r\n"):rep(4), 4)
    assert.equal(ANSWER:rep(4), text)
    assert.is_true(milliseconds >= 80)
  end)

  it("closes on who asks too much", function()
    local answer = raw.exchange(port, "GET / HTTP/1.1\r\nX: " .. ("x"):rep(5000))
    assert.equal("", answer.text)
    assert.not_equal("open", answer.ended)
  end)
end)

describe("a server whose starter is killed", function()
  -- Prints its own pid and what else is to be looked at.
  local function assert_gone(code)
    local pipe = start(code)
    local own, server = pipe:read("n", "n")
    pipe:read("l")
    local folder = pipe:read("l")
    assert.is_true(folder == "" or exists(folder))
    assert.equal(0, uv.kill(math.tointeger(own), "sigkill"))
    processes.await_end(math.tointeger(server))
    pipe:close()
    if folder ~= "" then
      processes.await("its folder has gone", function() return not exists(folder) end)
    end
  end

  local PRINT <const> = [[
    print(require("luv").os_getpid(), %s)
    print(%s)
    io.stdout:flush()
    require("luv").sleep(60000)]]

  it("ends: hostile", function()
    assert_gone('local server = require("spec.fetch.hostile").start()'
      .. PRINT:format("server.process.pid", '""'))
  end)

  it("ends: nginx", function()
    if nginx.missing() then return pending(nginx.missing()) end
    assert_gone([[
      local server = assert(require("spec.fetch.nginx").start())
      local file = io.open(server.folder .. "/nginx.pid")
    ]] .. PRINT:format('file:read("n")', "server.folder"))
  end)

  it("ends with its nginx when the guard is killed", function()
    if nginx.missing() then return pending(nginx.missing()) end
    local server = assert(nginx.start())
    local pid = math.tointeger(tonumber(server:read("nginx.pid")))
    processes.kill(server.guard.pid)
    processes.await_end(pid)
    assert.equal(137, server.guard:stop())
    os.execute("rm -r " .. quoted(server.folder))
  end)
end)
