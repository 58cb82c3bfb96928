--- What parcels refuse to carry, and what is refused as a parcel.
local message = require("perilune.native.message")
local parcels = require("spec.native.parcels")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

local sent, refusal, fault = parcels.sent, parcels.refusal, parcels.fault

describe("a parcel refuses", function()
  it("coroutines, userdata and C functions, and says where they are", function()
    local co, file = coroutine.create(print), io.tmpfile()
    local lines = file:lines()
    assert.are.equal("argument 1: a coroutine cannot be sent", refusal(co))
    assert.are.equal("argument 2.items[3]: a coroutine cannot be sent",
      refusal(1, { items = { 1, 2, co } }))
    assert.are.equal("argument 1: a FILE* cannot be sent", refusal(file))
    assert.are.equal("argument 1[\"a b\"][a userdata]: a FILE* cannot be sent",
      refusal({ ["a b"] = { [file] = 1 } }))
    assert.are.equal("argument 3.f: a C function that no module has cannot be sent",
      refusal(1, 2, { f = lines }))
    file:close()
  end)

  it("an item of a list that was filled from its end", function()
    local list = {}
    for i = 10, 1, -1 do
      list[i] = i == 7 and coroutine.create(print) or i
    end
    assert.are.equal("argument 2[7]: a coroutine cannot be sent", refusal(1, list))
  end)

  it("what upvalues and metatables lead to", function()
    local conn, x = io.tmpfile(), {}
    local f = function() return conn end
    assert.are.equal("argument 1, upvalue 'conn': a FILE* cannot be sent", refusal(f))
    assert.are.equal("argument 1.callback, upvalue 'conn': a FILE* cannot be sent",
      refusal({ callback = f }))
    x.list = { conn }
    assert.are.equal("argument 2, upvalue 'x'.list[1]: a FILE* cannot be sent",
      refusal(1, function() return x end))
    assert.are.equal("argument 1.x, metatable.__index.conn: a FILE* cannot be sent",
      refusal({ x = setmetatable({}, { __index = { conn = conn } }) }))
    assert.are.equal("argument 1, upvalue 'g', upvalue 'conn': a FILE* cannot be sent",
      refusal((function()
        local g = f
        return function() return g end
      end)()))
    conn:close()
  end)

  it("with the end of a path that is too long to be read", function()
    local f = coroutine.create(print)
    for _ = 1, 1000 do
      local g = f
      f = function() return g end
    end
    local text = refusal(f)
    assert.matches("^argument 1%.%.%.,? ?upvalue 'g', upvalue 'g'.*: a coroutine cannot be sent$",
      text)
    assert.is_true(#text < 400)
  end)

  it("and goes on as before", function()
    local shared = { 1 }
    for _ = 1, 3 do
      refusal({ shared, shared, ("long"):rep(2000), { coroutine.create(print) } })
      local got = sent({ shared, shared })
      assert.are.equal(got[1], got[2])
      assert.are.same({ 1 }, got[1])
    end
  end)
end)

describe("bytes of a parcel", function()
  -- Without what is written for one registered already: that may be left out unnoticed.
  local function sample()
    local n, ring = 0, { 1, 2, { "x", 1 << 40, 0.5 } }
    ring.self, ring[ring] = ring, true
    local function up()
      n = n + 1
      return n, up
    end
    return message.pack(ring, up, math.sqrt, setmetatable({}, { __index = ring }), _G,
      ("long"):rep(20000), nil)
  end

  it("that are cut short anywhere are no parcel", function()
    local bytes = sample()
    local step = SANITIZED and 997 or 97
    local size = 0
    while size < #bytes do
      assert.are.equal("not a parcel: it is cut short", fault(bytes:sub(1, size), 1000))
      fault(bytes:sub(1, size), 1000, #bytes - size)
      size = size + (size > 1000 and size < #bytes - 1000 and step or 1)
    end
    assert.is_true((message.unpack(bytes, 1000)))
  end)

  it("that never come are said to be missing", function()
    local bytes = sample()
    assert.are.equal("not a parcel: the rest of it did not come", fault(bytes:sub(1, 2), 1, 10))
    for _, size in ipairs({ 300, #bytes // 2, #bytes - 1 }) do
      assert.matches("did not come$", fault(bytes:sub(1, size), 100, #bytes - size))
    end
  end)

  it("with plain values, some of them changed, do no harm", function()
    local seed = os.time()
    math.randomseed(seed)
    local ring = { "x", { y = 1.5 }, 70000, setmetatable({}, { a = 1 }) }
    ring[ring] = { ring, ("s"):rep(200), 1 << 40 }
    local honest = message.pack(ring, { 1, 2, 3, nil, 5 }, "tail")
    local ok, problem = pcall(function()
      for _ = 1, SANITIZED and 1000 or 10000 do
        local at, cut = math.random(#honest), math.random(0, 3)
        local changed = string.char(math.random(0, 255)):rep(math.random(0, 2))
        local bytes = honest:sub(1, at - 1) .. changed .. honest:sub(at + cut)
        assert(type(message.unpack(bytes, math.random(50))) ~= "string")
      end
    end)
    assert(ok, ("%s (seed %d)"):format(problem, seed))
  end)

  -- What Lua itself has written of a function stays: it believes whatever is there.
  it("with functions, changed but for their code, do no harm", function()
    local n, m, list = 1, 2, {}
    local function up() return n, m end
    local function down() return n, list end
    list[1] = up
    local bytes = assert(message.pack(up, { down }, setmetatable({}, { __index = down })))
    local code, wrong = {}, {}
    for _, fn in ipairs { up, down } do
      local text = string.dump(fn)
      local first, last = assert(bytes:find(text, 1, true))
      for i = first, last do code[i] = true end
    end
    for i = 1, #bytes do
      for value = 0, code[i] and -1 or 24 do
        local results = table.pack(pcall(message.unpack,
          bytes:sub(1, i - 1) .. string.char(value) .. bytes:sub(i + 1)))
        assert.is_true(results[1], results[2])
        if not results[2] then wrong[results[3]] = true end
      end
    end
    for _, text in ipairs { "it refers to an upvalue that it lacks", "it has an unknown tag",
      "a function has fewer upvalues" } do
      assert.is_true(wrong["not a parcel: " .. text], text)
    end
  end)

  it("with upvalues of what is no Lua function are no parcel", function()
    local TRUE <const>, END <const> = "\2", "\12"
    local bytes = message.pack(math.sqrt)
    assert.equal(END, bytes:sub(-1))
    assert.are.equal("not a parcel: it has upvalues for no function",
      fault(bytes:sub(1, -2) .. TRUE .. END))
  end)

  it("with an upvalue of what has none are no parcel", function()
    local UPVALUE <const>, END <const>, NIL <const> = "\19", "\12", "\0"
    local text = "not a parcel: it refers to an upvalue that it lacks"
    local function f() return text end
    local bytes = message.pack(math.sqrt, {}, f)
    local shared = UPVALUE .. "\3\1" .. END
    assert.is_truthy(message.pack(f, function() return text end):find(UPVALUE .. "\1\1", 1, true))
    local own = bytes:sub(1, -(#text + 4)) -- up to the upvalue of f, a text
    assert.equal(bytes, own .. "\8" .. string.char(#text) .. text .. END)
    assert.is_truthy(message.unpack(own .. shared))
    for _, wrong in ipairs { "\1\1", "\2\1", "\3\2", "\4\1", "\0\1", "\3\128\2" } do
      assert.equal(text, fault(own .. UPVALUE .. wrong .. END))
    end
    assert.equal(text, fault(own .. shared:sub(1, -2) .. shared))
    for _, cut in ipairs { "", "\3" } do
      assert.equal("not a parcel: it is cut short", fault(own .. UPVALUE .. cut))
    end
    assert.is_truthy(message.unpack(own .. NIL .. END))
  end)

  it("with more of a function than its code are read behind it", function()
    local function f() return 42 end
    local bytes, code = message.pack(f), string.dump(f)
    local first, last = assert(bytes:find(code, 1, true))
    local longer = bytes:sub(1, first - 9) .. ("<I8"):pack(#code + 5) .. code .. "extra"
      .. bytes:sub(last + 1)
    for _, at_once in ipairs { 1, #longer } do
      local ok, got = message.unpack(longer, at_once)
      assert.is_true(ok, got)
      assert.equal(42, got())
    end
  end)

  it("that another thing follows are no parcel", function()
    local bytes = message.pack(1, "x")
    assert.matches("^not a parcel: ", fault(bytes .. "\0"))
    assert.are.equal("not a parcel: it is cut short", fault(""))
  end)
end)
