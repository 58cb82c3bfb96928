--- What processes of a pool send each other: messages with code in them.
local message = require("perilune.native.message")
local parcels = require("spec.native.parcels")

local sent = parcels.sent

describe("a parcel", function()
  it("carries plain values as a message does", function()
    local values = table.pack(sent(nil, true, false, 0, -1, 1.5, "", "a\0b", { 1, { x = 2 } }, nil))
    assert.are.same({ n = 10, nil, true, false, 0, -1, 1.5, "", "a\0b", { 1, { x = 2 } }, nil },
      values)
    assert.are.equal(0, select("#", sent()))
    assert.are.equal(math.mininteger, (sent(math.mininteger)))
    assert.are.equal(string.pack("n", -0.0), string.pack("n", (sent(-0.0))))
    assert.are.equal(string.pack("n", 0 / 0), string.pack("n", (sent(0 / 0))))
    assert.are.equal(-math.huge, (sent(-math.huge)))
  end)

  it("is the same bytes when it is written at once", function()
    for _, values in ipairs({ { n = 0 }, { n = 3, nil, true, false }, { n = 2, 1 << 40, "text" },
      { n = 4, 1.5, -3, "", ("s"):rep(4096) } }) do
      local bytes = message.pack(table.unpack(values, 1, values.n))
      assert.are.equal(bytes, message.pack_plain(table.unpack(values, 1, values.n)))
    end
    assert.is_nil(message.pack_plain(1, {}))
    assert.is_nil(message.pack_plain(print))
    assert.is_nil(message.pack_plain(("s"):rep(5000)))
    local long = ("s"):rep(4000)
    assert.is_nil(message.pack_plain(long, long, long, long, long))
  end)

  it("does not depend on how its bytes arrive", function()
    local n = 0
    local values = { "x", ("medium"):rep(3000), ("long"):rep(50000), { 1, 2.5, "y" }, function()
      n = n + 1
      return n
    end }
    local bytes = message.pack(table.unpack(values))
    for _, piece in ipairs({ 1, 2, 3, 100, 8191, 8192, 8193, 65536, #bytes }) do
      local ok, a, b, c, d, f = message.unpack(bytes, piece)
      assert(ok, a)
      assert.are.equal("x", a)
      assert.is_true(b == values[2] and c == values[3])
      assert.are.same(values[4], d)
      assert.are.equal(2, f() + n + 1)
    end
  end)

  it("leaves a string as it was, whatever its size", function()
    for _, size in ipairs({ 39, 40, 41, 127, 128, 8191, 8192, 8193, 32767, 32768, 65535, 65536,
      1 << 21, (1 << 22) + 1 }) do
      local text = string.pack(">I4", size):rep(size // 4) .. ("z"):rep(size % 4)
      local a, b, c = sent(text, size, { text, text })
      assert.is_true(a == text and b == size and c[1] == text and c[2] == text)
    end
  end)

  it("carries 100,000 tables inside each other, and 10,000 functions", function()
    local outer = {}
    local inner = outer
    for _ = 1, 100000 do
      inner[1] = {}
      inner = inner[1]
    end
    local got, depth = sent(outer), 0
    while got[1] do
      got, depth = got[1], depth + 1
    end
    assert.are.equal(100000, depth)
    local f = function() return 0 end
    for _ = 1, 10000 do
      local g = f
      f = function(steps) return g, steps end
    end
    got, depth = sent(f), 0
    while got() ~= 0 do
      got, depth = got(), depth + 1
    end
    assert.are.equal(10000, depth)
  end)

  it("must come by one byte at a time at least", function()
    assert.has_error(function() message.unpack(message.pack(1), 0) end,
      "bad argument #2 to 'unpack' (no bytes)")
  end)

  it("keeps tables and functions as keys", function()
    local key, f = {}, function() return 7 end
    local got, got_key, got_f = sent({ [key] = 1, [f] = 2, [print] = 3 }, key, f)
    assert.are.equal(1, got[got_key])
    assert.are.equal(2, got[got_f])
    assert.are.equal(3, got[print])
  end)
end)

describe("a function in a parcel", function()
  it("keeps its upvalues' values, arguments and results", function()
    local a, b, c = 1, "two", { 3 }
    local f = sent(function(x, ...) return a, b, c[1], x, select("#", ...) end)
    assert.are.same({ 1, "two", 3, 4, 2 }, { f(4, nil, nil) })
  end)

  it("is a copy, which keeps its own changes", function()
    local n = 0
    local f = sent(function()
      n = n + 1
      return n
    end)
    assert.are.same({ 1, 2, 0 }, { f(), f(), n })
  end)

  it("shares upvalues with others of the parcel, and only what it shared", function()
    local n, other = 0, 100
    local function up() n = n + 1 end
    local function get() return n, other end
    local function set(value) other = value end
    local got_up, both = sent(up, { get = get, set = set })
    got_up()
    got_up()
    both.set(5)
    assert.are.same({ 2, 5 }, { both.get() })
    assert.are.same({ 0, 100 }, { n, other })
    local fs = {}
    for i = 1, 3 do
      fs[i] = function()
        i = i + 1
        return i
      end
    end
    local got = sent(fs)
    assert.are.same({ 2, 3, 4, 3 }, { got[1](), got[2](), got[3](), got[1]() })
  end)

  it("may call itself, and others that call it", function()
    local function factorial(n) return n < 2 and 1 or n * factorial(n - 1) end
    assert.are.equal(2432902008176640000, sent(factorial)(20))
    local is_even
    local function is_odd(n) return n ~= 0 and is_even(n - 1) end
    function is_even(n) return n == 0 or is_odd(n - 1) end
    local even, odd = sent(is_even, is_odd)
    assert.are.same({ true, false, false, true }, { even(10), even(7), odd(10), odd(7) })
  end)

  it("that occurs twice is one", function()
    local function f() return f end
    local a, b, list = sent(f, f, { f })
    assert.are.equal(a, b)
    assert.are.equal(a, list[1])
    assert.are.equal(a, a())
  end)

  it("sees the receiver's globals", function()
    rawset(_G, "parcel_spec", 1)
    local f, g = sent(load("return parcel_spec, _ENV"), _G)
    rawset(_G, "parcel_spec", 2)
    local value, env = f()
    rawset(_G, "parcel_spec", nil)
    assert.are.equal(2, value)
    assert.are.equal(_G, env)
    assert.are.equal(_G, g)
  end)

  it("takes along globals that look others up in a table, or that are some themselves", function()
    local function reader(env, index)
      return load("return x", "=x", "t", setmetatable(env, { __index = index }))
    end
    assert.equal(5, sent(reader({}, { x = 5 }))())
    assert.equal(7, sent(reader({ y = 1 }, function() return 7 end))())
  end)

  it("sees them, too, where its own only led to others, as in a test framework", function()
    local function f() return _ENV, math end
    local env = setmetatable({}, { __index = function(_, key) return _G[key] end })
    local g = load("return _ENV, math", "=g", "t", env)
    assert.are.equal(env, (g()))
    assert.are.same({ package.loaded._G, math }, { sent(f)() })
    assert.are.same({ package.loaded._G, math }, { sent(g)() })
    rawset(env, "x", 1)
    assert.are.equal(1, sent(g)().x)
    assert.are_not.equal(env, (sent(g)()))
  end)

  it("takes along an environment that is not the globals", function()
    local f = load("x = x + 1 return x, print", "=f", "t", { x = 1, print = print })
    local got = sent(f)
    assert.are.same({ 2, print }, { got() })
    assert.are.same({ 3, print }, { got() })
    assert.are.same({ 2, print }, { f() })
  end)

  it("is refused for what any of its upvalues leads to", function()
    local first, second = {}, { coroutine.create(print) }
    local bytes, text = message.pack(function() return first, second end)
    assert.is_nil(bytes)
    assert.equal("argument 1, upvalue 'second'[1]: a coroutine cannot be sent", text)
  end)

  it("takes along an environment that computes some fields, and one that is no table", function()
    local computing = setmetatable({ a = 3 }, { __index = function(_, key) return key .. "!" end })
    assert.equal("3b!", sent(load("return a .. b", "=f", "t", computing))())
    assert.has_error(function() sent(load("return a", "=f", "t", 5))() end)
  end)

  it("without debug information has its upvalues, too", function()
    local n = 5
    local f = load(string.dump(function() return n, math end, true))
    debug.upvaluejoin(f, 1, function() return n end, 1)
    debug.setupvalue(f, 2, _G)
    local a, b = sent(f)()
    assert.are.equal(5, a)
    assert.are.equal(math, b)
  end)

  it("with as many upvalues as there may be keeps them all", function()
    local lines = { "local t = ..." }
    local sum = {}
    for part = 1, 2 do
      for i = 1, 120 do
        lines[#lines + 1] = part == 1 and i > 60 and "" or ("local v%d_%d = %d"):format(part, i, i)
        if not (part == 1 and i > 60) then sum[#sum + 1] = ("v%d_%d"):format(part, i) end
      end
    end
    lines[#lines + 1] = "return function() return " .. table.concat(sum, "+") .. ", t end"
    local f = assert(load(table.concat(lines, "\n")))({ "t" })
    local total, t = sent(f)()
    assert.are.equal(60 * 61 // 2 + 120 * 121 // 2, total)
    assert.are.same({ "t" }, t)
  end)

  it("names its file and lines in errors", function()
    local f = sent(function() error("here") end)
    local line = debug.getinfo(f, "S").linedefined
    local ok, text = pcall(f)
    assert.is_false(ok)
    assert.matches("parcel_spec%.lua:" .. line .. ": here$", text)
  end)

  it("of a coroutine that is suspended keeps what its variables were", function()
    local f = coroutine.wrap(function()
      local x = { 1 }
      coroutine.yield(function() return x end)
      return x
    end)()
    assert.are.same({ 1 }, sent(f)())
  end)
end)

describe("a message is not a parcel:", function()
  it("code is not accepted in it", function()
    for _, value in ipairs({ print, function() end, _G, math, setmetatable({}, { 1 }) }) do
      local ok, text, code = message.decode((message.pack(value)))
      assert.is_nil(ok)
      assert.are.equal("not a message: it has an unknown tag", text)
      assert.are.equal("data", code)
    end
  end)

  it("plain values are the same in both", function()
    local value = { 1, 2, { x = "y" } }
    assert.are.equal(message.encode(value, "z"), message.pack(value, "z"))
  end)
end)
