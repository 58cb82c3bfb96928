--- perilune.native.fetch and a server that answers wrongly: every request ends in time, with a
--- result that is no lie.
local fetch = require("perilune.native.fetch")
local hostile = require("spec.fetch.hostile")
local memory = require("spec.fetch.memory")
local sessions = require("spec.fetch.sessions")

local is_sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

-- Seconds for all of a room, where some of its answers never end.
local TIMEOUTS <const> = { drip = 0.2, early = 2, endless = 2, stall = 0.2 }
local MOST <const> = 1 << 20 -- bytes

local TENS <const> = ("0123456789"):rep(1000)
local ANY <const> = {} -- any body, for it is an echo's

-- What becomes of each answer, by room and name: the body of one that is accepted, else, in a
-- table, the error's code, or several.
local OUTCOMES <const> = {
  bodiless = {
    no_content = "", chunked = "", reset_content = "hello", not_modified = { "status" },
    head = "hello",
  },
  chunks = {
    right = "hello", upper = "hellohello", zeros = "hello", blank = "hello", feeds = "hello",
    extension = "hello", trailers = "hello", surplus = "hello", old = "hello",
    blank_before = { "protocol" }, negative = { "protocol" }, plus = { "protocol" },
    hexadecimal = { "protocol" }, garbage = { "protocol" }, empty = { "protocol" },
    huge = { "protocol" }, overflow = { "protocol" }, wrapped = { "protocol" },
    many_zeros = { "protocol" }, short = { "protocol" }, long = { "protocol" },
    no_end = { "protocol" }, unknown = { "protocol" }, large = { "reset" },
    -- Lenient: what follows a size is not looked at, and a coding that is named twice counts once.
    nul = "hello", twice = "hello",
  },
  cut = {
    before = { "reset" }, status = { "reset" }, body = { "reset" }, no_body = { "reset" },
    size = { "reset" }, chunk = { "reset" }, last = { "reset" }, trailers = { "reset" },
    interim = { "reset" }, redirect = "hello\n",
    -- Lenient: headers that end with the connection are whole.
    line = "", header = "", headers = "",
  },
  drip = { all = { "timeout" }, body = { "timeout" }, chunks = { "timeout" } },
  early = {
    answer = "hello\n", refusal = { "status" }, reset = { "reset" }, close = { "reset" },
    stall = { "timeout" },
  },
  endless = {
    status = { "protocol" }, header = { "protocol" }, headers = { "protocol" },
    interim = { "protocol|timeout" }, trailers = { "protocol" }, size = { "protocol" },
    body = { "too_large" }, length = { "too_large" }, chunks = { "too_large" },
    bytes = { "too_large|timeout" }, extension = { "timeout" },
  },
  gzip = {
    right = "hello\n", raw = "hello\n", twice = "hello\n", empty = "",
    many = { "protocol" }, wrong_sum = { "protocol" }, wrong_size = { "protocol" },
    wrong_block = { "protocol" }, surplus = { "protocol" }, members = { "protocol" },
    garbage = { "protocol" }, unknown = { "protocol" }, brotli = { "protocol" },
    zstd = { "protocol" }, flags = { "protocol" }, endless = { "protocol" },
    bomb = { "too_large" }, nested = { "too_large" },
    -- Lenient: where a compressed body is too short, what there is of it is all.
    header = "", truncated = TENS:sub(1, 4985), no_trailer = TENS,
  },
  header = {
    folded = "hello", no_name = "hello", no_value = "hello", no_blank = "hello",
    blanks = "hello", high = "hello", utf8 = "hello", twice = "hello", long = "hello",
    long_name = "hello", content_type = "hello", location = "hello", many = "hello",
    same = "hello", nul = { "protocol" }, nul_in_name = { "protocol" },
    no_colon = { "protocol" }, folded_first = { "protocol" }, encoding = { "protocol" },
    too_long = { "protocol" }, none = " hello", none_after_hint = "\thello",
    folded_lower = { "protocol" }, folded_tab = { "protocol" }, folded_hint = { "protocol" },
    folded_after_hint = { "protocol" },
    -- Lenient.
    bare_return = "hello", bare_feed = "hello", colon = "hello", blank_in_name = "hello",
    blank_before_colon = "hello", control = "hello", status_like = "hello",
  },
  interim = {
    continue = "hello", hints = "hello", unknown = "hello", storm = "hello",
    switching = { "status" }, length = { "protocol" },
  },
  keep = {
    close = "hello\n", told = "hello\n", lie = "hello\n", later = "hello\n", reset = "hello\n",
    once = "hello\n", surplus = "hello\n", garbage = "hello\n",
  },
  length = {
    right = "hello", twice = "hello", list = "hello", chunked = "hello", zero = "",
    short = "he", long = { "reset" }, negative = { "protocol" }, garbage = { "protocol" },
    empty = { "protocol" }, huge = { "too_large" }, overflow = { "too_large" },
    wrapped = { "too_large" },
    -- Lenient: the number that a value begins with counts, and of several the last.
    plus = "hello", hexadecimal = "", fraction = "hello", tail = "hello", two = "hel",
    list_of_two = "hello",
  },
  redirect = {
    blanks = ANY, relative = ANY, fragment = ANY, newline = ANY, high = ANY, folded = ANY,
    long = ANY, to = ANY, chain = ANY, credentials = ANY, two = "hello\n",
    file = { "redirect" }, ftp = { "redirect" }, dict = { "redirect" }, gopher = { "redirect" },
    data = { "redirect" }, javascript = { "redirect" }, unknown = { "redirect" },
    no_host = { "redirect" }, no_host_port = { "redirect" }, port_huge = { "redirect" },
    loop = { "redirect" }, onward = { "redirect" }, query = { "redirect" },
    port_0 = { "connect" }, nul = { "protocol" }, empty = { "status" }, nowhere = { "status" },
    backslash = { "status" },
  },
  reset = {
    after = "hello\n", before = { "reset" }, status = { "reset" }, line = { "reset" },
    header = { "reset" }, headers = { "reset" }, body = { "reset" }, no_body = { "reset" },
    size = { "reset" }, chunk = { "reset" }, last = { "reset" }, trailers = { "reset" },
    redirect = { "reset" }, interim = { "reset" },
  },
  stall = {
    before = { "timeout" }, status = { "timeout" }, headers = { "timeout" },
    body = { "timeout" }, chunk = { "timeout" }, last = { "timeout" }, interim = { "timeout" },
    redirect = { "timeout" },
  },
  status = {
    right = "hello", old = "hello", no_reason = "hello", blank_reason = "hello",
    long_reason = "hello", unknown = "hello", feeds = "hello", large = { "status" },
    no_status = { "protocol" }, letters = { "protocol" }, negative = { "protocol" },
    short = { "protocol" }, zero = { "protocol" }, zero_2 = { "protocol" },
    four_digits = { "protocol" },
    huge = { "protocol" }, version_3 = { "protocol" }, version_9 = { "protocol" },
    version_huge = { "protocol" }, no_version = { "protocol" }, icy = { "protocol" },
    nul = { "protocol" }, garbage = { "protocol" }, mail = { "protocol" }, empty = { "protocol" },
    http09 = { "protocol" }, nuls = { "protocol" }, tls = { "protocol" },
    blank_lines = { "protocol" }, returns = { "reset" },
    -- Lenient.
    blanks = "hello", control_reason = "hello", lower_case = "hello", version_2 = "hello",
  },
}

-- What cannot be of any result.
local function assert_sane(r, what)
  assert.equal("boolean", type(r.ok), what)
  assert.is_true(r.ok == (r.error == nil), what)
  assert.is_true(r.ok or fetch.is_error(r.error), what)
  assert.is_true(not r.ok or r.status >= 200 and r.status < 300, what)
  assert.is_true((r.status == nil) == (r.headers == nil), what)
  assert.is_true(not r.ok or r.body == nil or #r.body == r.bytes, what)
  assert.is_true(r.bytes >= 0 and r.attempts >= 1, what)
  for name, value in pairs(r.headers or {}) do
    assert.is_true(type(name) == "string" and type(value) == "string", what)
  end
  assert.is_true(#r:header_values("x-header") >= 0)
end

local function is_one_of(code, codes)
  return code ~= nil and ("|" .. codes .. "|"):find("|" .. code .. "|", 1, true) ~= nil
end

local function assert_outcome(expected, r, what)
  assert_sane(r, what)
  what = ("%s: %s"):format(what, r.error and r.error.code .. ": " .. r.error.message or "ok")
  if expected == ANY then
    assert.is_true(r.ok, what)
  elseif type(expected) == "string" then
    assert.same({ true, expected }, { r.ok, r.body }, what)
  else
    assert.is_true(is_one_of(r.error and r.error.code, expected[1]), what)
    assert.is_true(r.error.code == "status" or r.body == nil, what)
  end
end

describe("native fetch with a hostile server", function()
  local server, s

  setup(function() server = sessions.start(hostile) end)
  teardown(function() server:stop() end)

  before_each(function()
    s = sessions.new({ timeout = 20, max_bytes = MOST })
  end)

  after_each(sessions.close)

  local function item(room, name)
    local url = ("%s/%s/%s"):format(server.url, room, name)
    if room ~= "early" then return url end
    return { url = url, method = "POST", body = ("x"):rep(1000000) }
  end

  local function names_of(room)
    local names = {}
    for name in pairs(require("spec.fetch.hostile." .. room)) do names[#names + 1] = name end
    table.sort(names)
    return names
  end

  for room, outcomes in pairs(OUTCOMES) do
    it("ends as it should: " .. room, function()
      local names, items = names_of(room), {}
      for i, name in ipairs(names) do items[i] = item(room, name) end
      local options = { timeout = TIMEOUTS[room] }
      for i, r in ipairs(s:all(items, options)) do
        local what = room .. "/" .. names[i]
        assert(outcomes[names[i]] ~= nil, what)
        assert_outcome(outcomes[names[i]], r, what)
        assert.is_true(r.timing.total < 20, what)
      end
      -- And one after the other, on the connections that are left.
      for i, name in ipairs(names) do
        local code = type(outcomes[name]) == "table" and outcomes[name][1]
        if code ~= "timeout" and room ~= "endless" and room ~= "gzip" then
          local r = room == "early" and s:post(items[i].url, { body = "x" }) or s:get(items[i])
          assert_sane(r, name)
        end
      end
      assert.equal("hello\n", s:get(server.url .. "/plain/ok").body)
    end)
  end

  it("tells of no headers where the first line is refused, again and again", function()
    local seen = {}
    for i = 1, 3 do
      local r = s:get(server.url .. "/status/nul")
      seen[i] = { r.error.code, r.status or 0, next(r.headers or {}) or 0 }
    end
    assert.same({ seen[1], seen[1], seen[1] }, seen)
    assert.equal("protocol", seen[1][1])
  end)

  it("keeps the headers before one that looks like a status line", function()
    local headers = s:get(server.url .. "/header/status_like").headers
    assert.same({ "a", "b", "c" },
      { headers["x-header"], headers["http/a"], headers["http/1.1"] })
  end)

  it("ends within its deadline, to a file and to a function as well", function()
    local path = os.tmpname()
    os.remove(path)
    for _, room in ipairs { "stall", "cut", "gzip", "chunks" } do
      local items, pieces, timeout = {}, {}, room == "stall" and 0.3 or 10
      for i, name in ipairs(names_of(room)) do
        local url = item(room, name)
        items[2 * i - 1] = { url = url, path = ("%s.%d"):format(path, i), timeout = timeout }
        items[2 * i] = { url = url, timeout = timeout, on_data = function(piece)
          pieces[i] = (pieces[i] or "") .. piece
        end }
      end
      local results = s:all(items)
      for i, name in ipairs(names_of(room)) do
        local kept, given, expected = results[2 * i - 1], results[2 * i], OUTCOMES[room][name]
        assert.equal(kept.ok, given.ok, name)
        local file <close> = io.open(("%s.%d"):format(path, i), "rb")
        assert.equal(kept.ok, file ~= nil, name)
        if file then
          assert.equal(expected, file:read("a"), name)
          assert.equal(expected, pieces[i] or "", name)
          os.remove(kept.path)
        end
      end
    end
  end)

  it("stops at max_bytes with little memory, however large the bomb", function()
    local grown, results = memory.growth(function()
      return s:all({ server.url .. "/gzip/bomb/1000", server.url .. "/gzip/nested/10000",
        server.url .. "/endless/body", server.url .. "/endless/chunks" }, { timeout = 10 })
    end)
    for _, r in ipairs(results) do
      assert.same({ false, "too_large", nil }, { r.ok, r.error.code, r.body })
      assert.is_true(r.bytes <= MOST)
    end
    if not grown or is_sanitized then return end
    assert.is_true(grown < 16 << 10, grown .. " KiB")
  end)

  it("stops at max_bytes where nobody keeps them, with little memory", function()
    local bytes, pieces = 0, 0
    local grown, r = memory.growth(function()
      -- It is known when a piece is taken, and must be told then: no other timer would.
      return s:get(server.url .. "/gzip/bomb/100", { max_bytes = 80 << 20, timeout = 60,
        connect_timeout = 0, stall_timeout = 0, on_data = function(piece)
          bytes, pieces = bytes + #piece, pieces + 1
          if pieces % 20 == 0 then collectgarbage() end -- what pieces leave is not fetch's
        end })
    end)
    assert.equal("too_large", r.error.code)
    assert.is_true(bytes <= 80 << 20 and r.bytes > 70 << 20)
    -- libcurl decompresses all that it has read, 16 KiB, before it waits: to 16 MiB here, which it
    -- copies for each piece that is taken.
    if not grown or is_sanitized then return end
    assert.is_true(grown < 72 << 10, grown .. " KiB")
  end)

  it("takes what drips, if it has the time", function()
    assert.equal("hello\n", s:get(server.url .. "/drip/all/2").body)
    assert.equal(100, s:get(server.url .. "/drip/chunks/1", { timeout = 10 }).bytes)
  end)

  it("is not led astray by a first header that goes on with those of the answer before", function()
    for name, outcome in pairs(OUTCOMES.header) do
      if name:find("^folded") or name:find("^none") then
        assert.equal("1000", s:get(server.url .. "/header/many/1000").headers["x-1000"])
        assert_outcome(outcome, s:get(server.url .. "/header/" .. name), name)
        assert.equal("hello\n", s:get(server.url .. "/plain/ok").body)
      end
    end
  end)

  it("stops at a large number of headers", function()
    for _, count in ipairs { 1000, 3000 } do
      local r = s:get(("%s/header/many/%d"):format(server.url, count))
      assert.equal(tostring(count), r.headers["x-" .. count])
    end
    local r = s:get(server.url .. "/header/many/100000")
    assert.same({ false, "protocol" }, { r.ok, r.error.code }, tostring(r.error))
    r = s:get(server.url .. "/header/same/5000")
    assert.equal(5000, #r:header_values("x-header"))
  end)

  it("does not take a second answer for that of the next request", function()
    for _ = 1, 20 do
      assert.equal("hello\n", s:get(server.url .. "/keep/surplus").body)
      local r = s:get(server.url .. "/plain/size/7")
      assert.is_true(not r.ok or r.body == "xxxxxxx", r.body)
    end
  end)

  it("stands whatever is drawn by chance", function()
    local count, base = is_sanitized and 1000 or 10000, os.time() * 1000
    local own, done, ok = fetch.session({ timeout = 10, max_bytes = MOST }), 0, 0
    local function urls(from, to)
      local seed = from - 1
      return function()
        seed = seed + 1
        if seed <= to then return ("%s/random/%d"):format(server.url, base + seed) end
      end
    end
    local function fetch_all(from, to)
      for r in own:each(urls(from, to), { concurrency = 100 }) do
        local what = ("seed base %d: %s"):format(base, r.url)
        assert_sane(r, what)
        assert.is_true(not r.error or r.error.code ~= "timeout", what)
        assert.is_true(r.timing.total < 5, what)
        done, ok = done + 1, ok + (r.ok and 1 or 0)
      end
    end
    fetch_all(1, count // 2)
    local resident = memory.resident()
    fetch_all(count // 2 + 1, count)
    local grown = memory.resident() - resident
    own:close()
    assert.equal(count, done, "seed base " .. base)
    assert.is_true(ok > count // 10, "seed base " .. base)
    if not is_sanitized then
      assert.is_true(grown < 8 << 10, ("seed base %d: %d KiB"):format(base, grown))
    end
  end)
end)
