--- perilune serve: the command, what it counts, what chance decides, and how it ends.
local clock = require("perilune.clock")
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local latency = require("spec.cli.latency")
local loop = require("spec.host.loop")
local program = require("spec.cli.program")
local uv = require("luv")

local MANY <const> = 50

describe("perilune serve", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local server

  local function start(...)
    server = latency.start(...)
    return server
  end

  before_each(loop.remember)
  after_each(function()
    if server then server:stop() end
    server = nil
    loop.check()
  end)

  local function request(path) return "GET " .. path .. " HTTP/1.1\r\nHost: here\r\n\r\n" end

  local function stats() return dkjson.decode(server:ask("/stats").body) end

  --- Clients that have asked for the path, all at once.
  local function crowd(count, path)
    local clients = {}
    for i = 1, count do clients[i] = server:connect() end
    for _, client in ipairs(clients) do client:send(request(path)) end
    return clients
  end

  --- Not by luv's loop, which another server keeps busy.
  local function refused(code, words, ...)
    local command = ("'%s' serve '%s' --until-eof 2>&1 </dev/null"):format(
      program.path, table.concat({ ... }, "' '"))
    local pipe = assert(io.popen(command))
    local text = pipe:read("a")
    assert.matches("^perilune: [^\n]+\n$", text)
    assert.truthy(text:find(words, 1, true), text)
    assert.equal(code, select(3, pipe:close()))
  end

  it("prints its URL, and nothing else before it ends", function()
    start()
    assert.matches("^http://127%.0%.0%.1:%d+/\n$", server.out.text)
    assert.equal("/\n", server:ask("/").body)
    assert.equal("", server.err.text)
  end)

  it("ends by Ctrl-C or SIGTERM, with what it has done", function()
    for _, signal in ipairs({ "sigint", "sigterm" }) do
      start("--latency=0")
      server:ask("/1")
      server:ask("/2")
      server:stop(signal)
      assert.equal(0, server.code)
      assert.equal("perilune: 2 requests, 0 errors, at most 1 in flight at once\n",
        server.err.text)
    end
  end)

  it("ends at once, with requests in flight", function()
    start("--latency=60")
    local clients = crowd(3, "/")
    while stats().in_flight < 3 do uv.sleep(1) end
    server:stop()
    assert.equal("perilune: 3 requests, 0 errors, at most 3 in flight at once\n", server.err.text)
    for _, client in ipairs(clients) do assert.equal("", client:rest()) end
  end)

  it("ends with standard input, if it is told to", function()
    start()
    server.input:close()
    server:join()
    assert.equal(0, server.code)
    assert.matches("^perilune: 0 requests, ", server.err.text)
    assert.matches("^http://", program.run({ "serve", "--port=0", "--until-eof" }, "/").out)
  end)

  it("is quiet if it is told to be", function()
    start("--quiet")
    server:stop()
    assert.equal("", server.err.text)
  end)

  it("answers no earlier than its latency", function()
    start("--latency=0.1")
    local began = clock.now()
    server:ask("/")
    assert.is_true(clock.now() - began >= 0.1)
    for _, path in ipairs({ "/?latency=0.2", "/delay/0.2" }) do
      began = clock.now()
      assert.equal(path .. "\n", server:ask(path).body)
      assert.is_true(clock.now() - began >= 0.2)
    end
  end)

  it("answers many at once, each after its latency", function()
    start("--latency=0.2")
    local began = clock.now()
    for _, client in ipairs(crowd(MANY, "/x")) do
      assert.equal("/x\n", client:answer().body)
      client:close()
    end
    assert.is_true(clock.now() - began < 0.2 * MANY / 2)
    assert.equal(MANY, stats().most_in_flight)
  end)

  it("counts requests, those in flight and connections, without those for /stats", function()
    start("--latency=0")
    local keeps = server:connect()
    for _ = 1, 3 do keeps:send(request("/")):answer() end
    local slow = crowd(2, "/?latency=60")
    local now
    repeat now = stats() until now.in_flight == 2
    assert.same({ 5, 0, 2, 2 }, { now.requests, now.errors, now.in_flight, now.most_in_flight })
    assert.is_true(now.connections >= 4 and now.open >= 4 and now.open <= now.connections)
    for _, client in ipairs(slow) do client:close() end
    assert.equal(2, dkjson.decode(server:ask("/stats", "DELETE").body).requests)
    keeps:close()
  end)

  it("forgets a request whose connection is reset", function()
    start("--latency=60")
    local client = crowd(1, "/")[1]
    while stats().in_flight == 0 do uv.sleep(1) end
    client.tcp:close_reset()
    while stats().in_flight == 1 do uv.sleep(1) end
    assert.equal(1, stats().requests)
  end)

  -- So much is sent ahead that it stops reading, and does not hear of the reset before it writes.
  it("outlives a client that is gone when its answer comes", function()
    start("--latency=0")
    local client = server:connect()
    client:send(request("/a?latency=0.3"), request("/b"):rep(6000))
    while stats().in_flight == 0 do uv.sleep(1) end
    client.tcp:close_reset()
    while stats().in_flight == 1 do uv.sleep(1) end
    assert.equal(1, stats().requests)
  end)

  it("closes connections that do nothing for as long as it is told, and no others", function()
    start("--idle=0.05", "--latency=0")
    local silent, half, waits = server:connect(), server:connect(), server:connect()
    half:send("GET / HTTP/1.1\r\nHost: he")
    waits:send(request("/slow?latency=0.5"))
    assert.equal("", silent:rest())
    assert.equal("", half:rest())
    assert.equal("/slow?latency=0.5\n", waits:answer().body)
    assert.equal("", waits:rest())
    assert.equal(1, stats().open)
  end)

  --- What became of paths that were asked for one after another, by path.
  local function outcomes(paths)
    local list = {}
    for _, path in ipairs(paths) do
      local answer = server:ask(path)
      list[path] = answer and answer.status or "closed"
    end
    return list
  end

  it("has a line for each request before its answer, if it is asked for", function()
    start("--log=-", "--latency=0.02")
    local began = clock.now()
    server:ask("/a?x=1")
    server:ask("/status/404", "POST")
    server:ask("/stats")
    server:ask("/?errors=1")
    local lines = {}
    for came, answered, rest in server.out.text:gmatch("(%S+) (%S+) ([^\n]*)\n") do
      assert.is_true(tonumber(came) >= began and tonumber(answered) - tonumber(came) >= 0.02)
      lines[#lines + 1] = rest
    end
    assert.same({ "200 GET /a?x=1", "404 POST /status/404" }, { lines[1], lines[2] })
    assert.matches("^[50]%d* GET /%?errors=1$", lines[3])
    assert.equal(3, #lines)
  end)

  it("tells in its file of a request whose connection was reset", function()
    local folder = program.folder()
    start("--latency=60", "--log", folder .. "/log")
    local clients = crowd(1, "/gone")
    while stats().in_flight < 1 do uv.sleep(1) end
    server:stop()
    assert.matches("^%S+ %S+ 0 GET /gone\n$", files.read(folder .. "/log"))
    assert.equal("", clients[1]:rest())
    program.remove(folder)
  end)

  it("says once that its log cannot be written, and goes on", function()
    start("--latency=0", "--log=/dev/full", "--quiet")
    for _ = 1, 2 do assert.equal("/\n", server:ask("/").body) end
    server:stop()
    assert.equal("perilune: the log cannot be written: No space left on device\n", server.err.text)
  end)

  it("injects errors, the same by the same seed in any order", function()
    local paths, reverse = {}, {}
    for i = 1, MANY do
      paths[i] = "/" .. i
      reverse[MANY + 1 - i] = paths[i]
    end
    start("--latency=0", "--errors=0.5", "--seed=7")
    local first, second = outcomes(paths), outcomes(paths)
    local seen = {}
    for _, outcome in pairs(first) do seen[outcome] = true end
    assert.same({ [200] = true, [500] = true, [503] = true, closed = true }, seen)
    assert.not_same(first, second)
    local errors = stats().errors
    server:stop()
    assert.equal(("perilune: %d requests, %d errors, at most 1 in flight at once, seed 7\n"):format(
      2 * MANY, errors), server.err.text)

    start("--latency=0", "--errors=0.5", "--seed=7")
    assert.same(first, outcomes(reverse))
    assert.same(second, outcomes(reverse))
    server:stop()
    start("--latency=0", "--errors=0.5", "--seed=8")
    assert.not_same(first, outcomes(paths))
  end)

  it("injects no errors or all of them, as a query says", function()
    start("--latency=0", "--errors=1")
    for i = 1, 10 do
      local answer = server:ask("/" .. i)
      assert.is_true(answer == nil or answer.status >= 500)
      assert.equal(200, server:ask("/?errors=0&i=" .. i).status)
    end
  end)

  it("answers as many bytes as it is told to", function()
    start("--latency=0", "--size=5")
    assert.equal("/\n/\n/", server:ask("/").body)
    assert.equal("/?siz", server:ask("/?size=5").body)
    assert.equal("", server:ask("/?size=0").body)
  end)

  it("listens on an address of IPv6, or a name", function()
    start("--host=::1")
    if not server.code then assert.matches("^http://%[::1%]:%d+/$", server.url) end
    server:stop()
    start("--host=localhost")
    assert.matches("^http://", server.url)
  end)

  it("is started by a program as the guide shows", function()
    local guide <close> = assert(io.open("docs/guide/serve.md"))
    local code = guide:read("a"):match("```lua\n(.-)```")
    code = code:gsub('"perilune"', ("%q"):format(program.path))
    local result = program.run({ "-e", code }, "/")
    assert.matches("^serves at http://127%.0%.0%.1:%d+/\n\n$", result.out)
    assert.matches("^perilune: 0 requests, ", result.err)
    assert.equal(0, result.code)
  end)

  it("says in one line why it cannot listen", function()
    start()
    refused(1, "port " .. server.port .. ": address already in use", "--port=" .. server.port)
    refused(1, "cannot listen on 192.0.2.1, port 0: address not available", "--host=192.0.2.1",
      "--port=0")
    refused(1, "cannot listen on no such host", "--host=no such host")
    refused(1, "the log cannot be written: /no/where: No such file", "--log=/no/where")
  end)

  it("names what it is not told right", function()
    refused(2, "'65536' is no port", "--port=65536")
    refused(2, "'x' is no port", "--port=x")
    refused(2, "'-1' is no number of seconds", "--latency=-1")
    refused(2, "'nan' is no number of seconds", "--jitter=nan")
    refused(2, "'moon' is no number of seconds", "--idle=moon")
    refused(2, "'1.5' is no share", "--errors=1.5")
    refused(2, "'1.5' is no number of bytes", "--size=1.5")
    refused(2, "'z' is no seed", "--seed=z")
    refused(2, "unexpected argument 'x'", "x")
  end)

  it("fails where its URL cannot be written", function()
    local pipe = assert(io.popen(("'%s' serve --port 0 2>&1 >/dev/full"):format(program.path)))
    assert.equal("perilune: cannot write to standard output: No space left on device\n",
      pipe:read("a"))
    assert.equal(1, select(3, pipe:close()))
  end)
end)
