--- perilune.native.fetch: crowds of requests to one host, and the descriptors that they take. They
--- have lanes with connections of their own (native/fetch/lanes.h).
local echo = require("spec.fetch.echo")
local hostile = require("spec.fetch.hostile")
local nginx = require("spec.fetch.nginx")
local processes = require("spec.native.processes")
local quoted = require("perilune.shell").quoted
local sessions = require("spec.fetch.sessions")
local uv = require("luv")

-- From the second one on a host's requests have a lane more each, whose multi handle has two
-- descriptors; where there are few descriptors there are few lanes.
local CROWD <const>, OF_A_LANE <const> = 32, 2

describe("native fetch of a crowd", function()
  local server, s

  setup(function() server = sessions.start(hostile) end)
  teardown(function() server:stop() end)

  before_each(function() s = sessions.new({ timeout = 20 }) end)

  after_each(sessions.close)

  local function check(results)
    for _, r in ipairs(results) do assert.is_true(r.ok, tostring(r.error)) end
  end

  it("makes no more connections than requests that are under way", function()
    local function connections_of(n, concurrency)
      local key = server:new_key()
      local urls = server:urls(n, "/plain/after/5", key)
      for _ = 1, 3 do s:all(urls, { concurrency = concurrency }) end
      local seen, count = {}, 0
      for _, request in ipairs(server:log(key).requests) do
        count = count + (seen[request.connection] and 0 or 1)
        seen[request.connection] = true
      end
      return count
    end
    assert.equal(1, connections_of(5, 1))
    assert.equal(20, connections_of(100, 20))
    assert.equal(128, connections_of(300, 128))
  end)

  it("keeps no connections for each host that has had one", function()
    local before = processes.descriptors()
    local here = { ("::127.0.0.1:%d"):format(server.port) }
    for _, host in ipairs { "a.test", "b.test", "c.test", "d.test" } do
      check(s:all(server:urls(3 * CROWD, "/plain/after/5", nil, host), { connect_to = here }))
    end
    -- The first lane keeps twice as many: hosts of which none has a crowd share it.
    local most = 4 * CROWD + 3 * OF_A_LANE
    assert.is_true(processes.descriptors() <= before + most + 1, processes.descriptors() - before)
  end)

  it("leaves no room taken by what is cancelled", function()
    local urls, descriptors = server:urls(2 * CROWD, "/stall/body"), nil
    urls[1] = server.url .. "/plain/ok"
    for _ = 1, 6 do
      for r in s:each(urls) do -- luacheck: ignore 512
        assert.is_true(r.ok, tostring(r.error))
        break
      end
      descriptors = descriptors or processes.descriptors()
    end
    assert.equal(descriptors, processes.descriptors())
  end)

  -- What a program prints that may have so many descriptors.
  local function run(most, text)
    local path = os.tmpname()
    do
      local file <close> = assert(io.open(path, "w"))
      file:write(text)
    end
    local pipe = assert(io.popen(("ulimit -n %d; exec %s %s %s 2>&1"):format(most,
      quoted(os.getenv("PERILUNE") or uv.exepath()), quoted(path), server.url)))
    local output = pipe:read("a")
    pipe:close()
    os.remove(path)
    return output
  end

  it("takes no descriptors for lanes where there are few", function()
    local taken = run(200, [[
      local fetch, processes = require("perilune.native.fetch"), require("spec.native.processes")
      local s <close> = fetch.session()
      local urls, before = {}, processes.descriptors()
      for i = 1, 100 do urls[i] = arg[1] .. "/plain/after/200" end
      for r in s:each(urls) do
        print(processes.descriptors() - before)
        break
      end
    ]])
    -- One of epoll's.
    assert.is_true(tonumber(taken) <= 100 + OF_A_LANE + 1, taken)
  end)

  it("shares them out among as many lanes as it may have", function()
    for most, lanes in pairs { [600] = 2, [1024] = 4 } do
      local output = run(most, [[
        local fetch, processes = require("perilune.native.fetch"), require("spec.native.processes")
        local s <close> = fetch.session()
        local urls, before, most = {}, processes.descriptors(), 0
        for i = 1, 160 do urls[i] = arg[1] .. "/plain/after/200" end
        for r in s:each(urls, { concurrency = #urls }) do
          assert(r.ok, tostring(r.error))
          most = math.max(most, processes.descriptors() - before)
        end
        print(most)
      ]])
      -- One of epoll's.
      assert.equal(160 + lanes * OF_A_LANE + 1, tonumber(output), output)
    end
  end)

  it("tells why there are no more connections, and waits for one if it may", function()
    local output = run(60, [[
      local fetch, urls, seen = require("perilune.native.fetch"), {}, {}
      for i = 1, 100 do urls[i] = arg[1] .. "/plain/after/50" end
      for _, r in ipairs(fetch.all(urls)) do
        if not r.ok then seen[r.error.code .. ": " .. r.error.message] = true end
      end
      for text in pairs(seen) do print(text) end
      for _, r in ipairs(fetch.all(urls, { retries = 50, retry_delay = 0.1 })) do
        if not r.ok then print(r.error) end
      end
    ]])
    assert.equal("connect: Too many open files\n", output)
  end)

  describe("with and without TLS", function()
    local reason = nginx.missing()
    if reason then return pending(reason) end

    local site, own

    setup(function() site = sessions.start(nginx) end)
    teardown(function() site:stop() end)

    before_each(function() own = sessions.new({ ca_file = site.ca, timeout = 20 }) end)

    it("has the answers of each, and shares a connection where that is possible", function()
      local bases, urls = { site.http, site.https, site.h2, site.other }, {}
      for i = 1, 100 * #bases do urls[i] = ("%s/echo?%d"):format(bases[i % #bases + 1], i) end
      local seen, counts = {}, {}
      for i, r in ipairs(own:all(urls, { concurrency = 60 * #bases })) do
        assert.is_true(r.ok, tostring(r.error))
        local told, base = echo(r), bases[i % #bases + 1]
        assert.equal("/echo?" .. i, told.target)
        local connection = base .. told.connection
        counts[base] = (counts[base] or 0) + (seen[connection] and 0 or 1)
        seen[connection] = true
      end
      assert.equal(1, counts[site.h2])
      assert.is_true(counts[site.http] > CROWD)
      for _, base in ipairs(bases) do assert.is_true(counts[base] <= 100, base) end
    end)

    it("has one connection for each hundred at once where HTTP/2 is spoken", function()
      local urls = {}
      for i = 1, 600 do urls[i] = ("%s/echo?%d"):format(site.h2, i) end
      for _ = 1, 2 do
        local seen, count = {}, 0
        for i, r in ipairs(own:all(urls, { concurrency = 250 })) do
          local told = echo(r)
          assert.same({ "2", "/echo?" .. i }, { r.http_version, told.target })
          count = count + (seen[told.connection] and 0 or 1)
          seen[told.connection] = true
        end
        assert.equal(3, count)
      end
    end)

    it("goes from one to the other where it is redirected", function()
      local urls = {}
      for i = 1, 200 do
        urls[i] = i % 2 == 0 and site.http .. "/redirect/tls" or site.https .. "/redirect/plain"
      end
      for i, r in ipairs(own:all(urls, { per_host = 50 })) do
        assert.is_true(r.ok, tostring(r.error))
        assert.equal((i % 2 == 0 and site.https or site.http) .. "/echo", r.effective_url)
      end
    end)
  end)
end)
