local message = require("perilune.native.message")

local function sent(...)
  return select(2, message.decode((message.encode(...))))
end

local function same_float(a, b)
  return string.pack("n", a) == string.pack("n", b)
end

describe("message", function()
  it("keeps nil, booleans, numbers and strings, and how many there are", function()
    local values = table.pack(sent(nil, true, false, 0, -1, 1.5, "", "a\0b", nil))
    assert.are.same({ n = 9, nil, true, false, 0, -1, 1.5, "", "a\0b", nil }, values)
    assert.are.equal(0, select("#", sent()))
  end)

  it("keeps integers integers and floats floats, to the last bit", function()
    local edges = { 0, 127, 128, -128, -129, 32767, 32768, -32769, 1 << 31, -(1 << 31) - 1,
      math.maxinteger, math.mininteger }
    for _, value in ipairs(edges) do
      local got = sent(value)
      assert.are.equal("integer", math.type(got))
      assert.are.equal(value, got)
      assert.are.equal("float", math.type((sent(value + 0.0))))
    end
    assert.is_true(same_float(-0.0, (sent(-0.0))))
    assert.is_true(same_float(0 / 0, (sent(0 / 0))))
    assert.is_true(same_float(-(0 / 0), (sent(-(0 / 0)))))
    assert.are.equal(math.huge, (sent(math.huge)))
  end)

  it("keeps lists, with floats among integers and with holes", function()
    local list = { 1, 2, 300, -70000, 1 << 40, 1.0, 2.5, "x", true, 3, nil, nil, 4 }
    local got = sent(list)
    assert.are.same(list, got)
    assert.are.equal("float", math.type(got[6]))
    assert.are.equal("integer", math.type(got[10]))
    assert.are.equal(#list, #got)
  end)

  it("keeps keys of every kind", function()
    local key = {}
    local got = sent({ key, map = { [key] = 1, [true] = 2, [1.5] = 3, [-1] = 4, [1 << 60] = 5 } })
    assert.are.equal(1, got.map[got[1]])
    assert.are.equal(2, got.map[true])
    assert.are.equal(3, got.map[1.5])
    assert.are.equal(4, got.map[-1])
    assert.are.equal(5, got.map[1 << 60])
  end)

  it("keeps a list that was filled from its end", function()
    local list = { name = "x" }
    for i = 1000, 1, -1 do
      list[i] = i * i
    end
    assert.are.same(list, (sent(list)))
  end)

  it("keeps shared and cyclic tables so, also between values", function()
    local shared = { 1 }
    local a, b = sent({ shared, shared }, shared)
    assert.are.equal(a[1], a[2])
    assert.are.equal(a[1], b)
    local ring = {}
    ring.next = { back = ring }
    ring[ring] = ring
    local got = sent(ring)
    assert.are.equal(got, got.next.back)
    assert.are.equal(got, got[got])
  end)

  it("consults no metatable and leaves it behind", function()
    local function refuse()
      error("a metamethod was called")
    end
    local guarded = setmetatable({ 1, x = 2 }, {
      __index = refuse, __len = refuse, __pairs = refuse, __eq = refuse, __name = "guarded",
      __newindex = refuse, __metatable = false,
    })
    local got = sent({ guarded, guarded })
    assert.are.same({ 1, x = 2 }, got[1])
    assert.is_nil(getmetatable(got[1]))
  end)

  it("carries 100,000 tables inside each other", function()
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
  end)

  it("packs a million integers, and gives them back", function()
    local list = {}
    for i = 1, 1000000 do
      list[i] = i % 100
    end
    local bytes = message.encode(list)
    assert.is_true(#bytes < 1010000)
    local _, got = message.decode(bytes)
    assert.are.equal(#list, #got)
    for i = 1, #list do
      if list[i] ~= got[i] then
        error("item " .. i)
      end
    end
  end)

  it("carries long binary strings", function()
    local long = string.char(0, 255, 10, 13):rep(1 << 20)
    assert.is_true(long == sent(long))
  end)
end)

describe("message refuses", function()
  local function refusal(...)
    local bytes, text, code = message.encode(...)
    assert.is_nil(bytes)
    assert.are.equal("data", code)
    return text
  end

  it("functions, userdata and coroutines, and says where they are", function()
    assert.are.equal("value 1: a function cannot be sent", refusal(print))
    assert.are.equal("items[3].x: a function cannot be sent",
      refusal({ items = { 1, 2, { x = print } } }))
    assert.are.equal("value 2, [true].f: a FILE* cannot be sent",
      refusal(1, { [true] = { f = io.stdout } }))
    assert.are.equal("[\"a b\"][1.5]: a coroutine cannot be sent",
      refusal({ ["a b"] = { [1.5] = coroutine.create(print) } }))
  end)

  it("userdata without a name, as what they are", function()
    for _, metatable in ipairs({ {}, { __name = 42 } }) do
      local file = io.tmpfile()
      local own = debug.getmetatable(file)
      debug.setmetatable(file, metatable)
      assert.are.equal("value 1: a userdata cannot be sent", refusal(file))
      debug.setmetatable(file, own)
      file:close()
    end
  end)

  it("a function as a key", function()
    for key, text in pairs({
      [""] = '[""]', ["1a"] = '["1a"]', ["a\1"] = '["a?"]', [false] = "[false]", a1_ = "a1_",
    }) do
      assert.are.equal(text .. ": a function cannot be sent", refusal({ [key] = print }))
    end
    assert.matches('^%["x+%.%.%."%]: a function', refusal({ [("x"):rep(200)] = print }))
    assert.are.equal("x[a function]: a function cannot be sent", refusal({ x = { [print] = 1 } }))
  end)

  it("with the end of a path that is too long to be read", function()
    local outer = {}
    local inner = outer
    for _ = 1, 1000 do
      inner.a = {}
      inner = inner.a
    end
    inner.f = print
    local text = refusal(outer)
    assert.matches("^%.%.%..*%.a%.f: a function cannot be sent$", text)
    assert.is_true(#text < 100)
  end)
end)

describe("message", function()
  it("carries a list with more holes than are worth a nil each", function()
    local list = { table.unpack({ 1, [42] = 5, [200] = 6 }, 1, 200) }
    local _, copy = message.decode(message.encode(list))
    assert.same({ 1, [42] = 5, [200] = 6 }, copy)
  end)
end)

describe("message, decoding bytes that are none,", function()
  local function assert_harmless(bytes)
    local before = collectgarbage("count")
    local results = table.pack(message.decode(bytes))
    local grown = (collectgarbage("count") - before) * 1024
    if not results[1] then
      assert.matches("^not a message: ", results[2])
      assert.are.equal("data", results[3])
    end
    assert.is_true(grown < 64 * 1024 + 200 * #bytes, "took too much memory")
    return results[1]
  end

  it("refuses every beginning of a message", function()
    local bytes = message.encode({ 1, 2.5, "x", { y = { true } }, 70000 }, "z", nil)
    for length = 0, #bytes - 1 do
      assert.is_nil(assert_harmless(bytes:sub(1, length)))
    end
    assert.is_nil(assert_harmless(bytes .. "\0"))
  end)

  it("believes no count", function()
    local varint = ("\xff"):rep(9) .. "\1"
    local TABLE, STRING, REF = "\9", "\8", "\10"
    assert_harmless(varint)
    assert_harmless(("\xff"):rep(20))
    assert_harmless("\1" .. STRING .. varint .. "x")
    assert_harmless("\1" .. TABLE .. varint .. "\63\12")
    assert_harmless("\1" .. REF .. "\1")
    assert_harmless("\255\255\127" .. ("\0"):rep(100))
  end)

  it("refuses more values than Lua's stack holds", function()
    local count = string.char(0x80 | 1000000 & 0x7f, 0x80 | 1000000 >> 7 & 0x7f, 1000000 >> 14)
    local value, text = message.decode(count .. ("\0"):rep(1000000))
    assert.is_nil(value)
    assert.equal("not a message: it has too many values", text)
  end)

  it("gives many tables that claim to be large no more than their bytes are worth", function()
    local claim = "\9\xff\xff\x7f\20"
    assert_harmless("\1\9\0\0" .. claim:rep(20000) .. ("\12"):rep(20001))
  end)

  it("refuses nil and NaN as keys", function()
    local PAIRS, END = "\11", "\12"
    assert.is_nil(assert_harmless("\1\9\0\1" .. PAIRS .. "\0\1" .. END))
    local nan = "\7" .. string.pack("n", 0 / 0)
    assert.is_nil(assert_harmless("\1\9\0\1" .. PAIRS .. nan .. "\1" .. END))
  end)

  it("survives 20,000 messages with bytes changed, and noise", function()
    local seed = os.time()
    math.randomseed(seed)
    local ring = { "x", { y = 1.5 }, 70000 }
    ring[ring] = { ring, ("s"):rep(200), 1 << 40 }
    local honest = message.encode(ring, { 1, 2, 3, nil, 5 }, "tail")
    local ok, problem = pcall(function()
      for _ = 1, 10000 do
        local at = math.random(#honest)
        local cut = math.random(0, 3)
        local byte = string.char(math.random(0, 255))
        local changed = byte:rep(math.random(0, 2))
        assert_harmless(honest:sub(1, at - 1) .. changed .. honest:sub(at + cut))
        local noise = {}
        for i = 1, math.random(40) do
          noise[i] = string.char(math.random(0, math.random(2) == 1 and 12 or 255))
        end
        assert_harmless(table.concat(noise))
      end
    end)
    assert(ok, ("%s (seed %d)"):format(problem, seed))
  end)
end)
