--- perilune.native.fetch: names and passwords, and to whom they are sent.
local echo = require("spec.fetch.echo")
local fetch = require("perilune.native.fetch")
local nginx = require("spec.fetch.nginx")
local sessions = require("spec.fetch.sessions")

describe("native fetch with credentials", function()
  local reason = nginx.missing()
  if reason then return pending(reason) end

  local server, s

  setup(function() server = sessions.start(nginx) end)
  teardown(function() server:stop() end)
  before_each(function() s = sessions.new({ ca_file = server.ca, timeout = 20 }) end)
  after_each(sessions.close)

  local BASIC <const> = "Basic bW9vbjp0aWRl" -- moon:tide

  it("is let in with the right ones alone", function()
    local right = { username = server.user, password = server.password }
    local url = server.http .. "/auth/text"
    assert.equal(server:read("files/text"), s:get(url, right).body)
    for _, options in ipairs {
      {}, { username = server.user }, { username = server.user, password = "ebb" },
      { username = "sun", password = server.password }, { bearer = "tide" },
    } do
      local r = s:get(url, options)
      assert.same({ false, 401, "status" }, { r.ok, r.status, r.error.code })
    end
    right.auth = "any"
    assert.is_true(s:get(url, right).ok)
    right.auth = "digest"
    assert.equal(401, s:get(url, right).status)
    assert.equal(401, s:get(url).status)
  end)

  it("takes them from the URL, and does not show them", function()
    local url = ("http://moon:tide@127.0.0.1:%d"):format(server.ports.http)
    assert.is_true(s:get(url .. "/auth/text").ok)
    assert.equal(BASIC, echo(s:get(url .. "/echo")).authorization)
    assert.equal("", echo(s:get(server.http .. "/echo")).authorization)
    local escaped = ("http://mo%%6fn:ti%%64e@127.0.0.1:%d"):format(server.ports.http)
    assert.equal(BASIC, echo(s:get(escaped .. "/echo")).authorization)
    assert.equal("127.0.0.1:" .. server.ports.http, echo(s:get(url .. "/echo")).host)
  end)

  it("sends a token", function()
    assert.equal("Bearer crater", echo(s:get(server.http .. "/echo",
      { bearer = "crater" })).authorization)
  end)

  local KINDS <const> = {
    ["a name and a password"] = { username = "moon", password = "tide" },
    ["a token"] = { bearer = "crater" },
    ["the header Authorization"] = { headers = { authorization = "Lunar tide" } },
    ["the header Cookie"] = { headers = { Cookie = "tide=1" } },
  }

  for what, options in pairs(KINDS) do
    it("sends on where the host stays the same: " .. what, function()
      local first = echo(s:get(server.http .. "/echo", options))
      assert.is_true(first.authorization .. first.cookie ~= "")
      for _, place in ipairs { "302", "307", "relative", "plain" } do
        local last = echo(s:get(server.http .. "/redirect/" .. place, options))
        assert.same({ first.authorization, first.cookie }, { last.authorization, last.cookie })
      end
    end)

    it("does not send on to another host, port or protocol: " .. what, function()
      for _, place in ipairs { "port", "host", "both", "tls" } do
        local r = s:get(server.http .. "/redirect/" .. place, options)
        assert.is_nil(r.effective_url:find(server.http, 1, true))
        local last = echo(r)
        assert.same({ "", "" }, { last.authorization, last.cookie }, place)
      end
      local last = echo(s:get(server.https .. "/redirect/plain", options))
      assert.same({ "", "" }, { last.authorization, last.cookie })
    end)
  end

  it("does not send on what the URL told", function()
    local url = ("http://moon:tide@127.0.0.1:%d/redirect/"):format(server.ports.http)
    assert.equal(BASIC, echo(s:get(url .. "302")).authorization)
    assert.equal("", echo(s:get(url .. "host")).authorization)
    assert.equal("", echo(s:get(url .. "port")).authorization)
  end)

  it("keeps cookies of a session with their host", function()
    local own <close> = fetch.session({ cookies = true })
    assert.is_true(own:get(server.http .. "/cookie/set").ok)
    local sent = echo(own:get(server.http .. "/redirect/302")).cookie
    assert.is_true(sent == "first=1; second=2" or sent == "second=2; first=1", sent)
    assert.equal("", echo(own:get(server.http .. "/redirect/host")).cookie)
  end)

  it("does not send a referer by itself", function()
    assert.equal("", echo(s:get(server.http .. "/redirect/302")).referer)
    assert.equal("moon", echo(s:get(server.http .. "/echo", { referer = "moon" })).referer)
  end)
end)
