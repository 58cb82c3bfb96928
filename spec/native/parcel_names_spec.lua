--- What goes by name in parcels: modules, what they hold, metatables.
local message = require("perilune.native.message")
local parcels = require("spec.native.parcels")
local uv = require("luv")

local sent, refusal, fault = parcels.sent, parcels.refusal, parcels.fault
local with_module = parcels.with_module

describe("what a module holds", function()
  it("goes by name: modules, functions, userdata and tables", function()
    local values = { math, math.sqrt, io.stdout, string, string.format, package.loaded, print, _G,
      require, table.unpack, message, message.pack }
    local got = { sent(table.unpack(values)) }
    for i, value in ipairs(values) do
      assert.are.equal(value, got[i])
    end
    local f = sent(function() return math, message end)
    assert.are.same({ math, message }, { f() })
  end)

  it("is not there where the module's loader fails with what is no text", function()
    local made, bytes = { f = function() end }, nil
    with_module("spec.failing", made, function() bytes = message.pack(made) end)
    package.preload["spec.failing"] = function() error({}) end
    local value, text = message.unpack(bytes)
    package.preload["spec.failing"] = nil
    assert.is_nil(value)
    assert.matches("'spec.failing'.*no message", text)
  end)

  it("goes by name beside what has none", function()
    local odd, large = { function() end, io.stdout, n = 1, f = uv.now }, { f = uv.hrtime }
    for i = 1, 5000 do large["field" .. i] = i end
    with_module("spec.odd", odd, function()
      with_module("spec.large", large, function()
        package.loaded[1], package.loaded["spec.plain"], _G.own = odd, true, uv.version
        local f, module, own = sent(odd.f, large, _G.own)
        package.loaded[1], package.loaded["spec.plain"], _G.own = nil, nil, nil
        assert.same({ uv.now, large, uv.version }, { f, module, own })
      end)
    end)
  end)

  it("is required by the receiver", function()
    local made = { f = function() return "old" end, data = { 1 } }
    with_module("spec.parcel", made, function()
      local bytes = message.pack(made, made.f, made.data)
      package.loaded["spec.parcel"] = nil
      package.preload["spec.parcel"] = function(name)
        return { f = function() return name end, data = { 2 } }
      end
      local _, module, f, data = message.unpack(bytes)
      assert.are.equal(package.loaded["spec.parcel"], module)
      assert.are.equal("spec.parcel", f())
      assert.are.equal(module.data, data)
    end)
  end)

  it("is found when the module came, changed or was replaced after the first parcel", function()
    for round = 1, 3 do
      local module = { round = round }
      with_module("spec.late" .. round, module, function()
        assert.are.equal(module, (sent(module)))
        module.f = function() return round end
        assert.are.equal(module.f, (sent(module.f)))
        module.file = io.stdin
        assert.are.equal(io.stdin, (sent(module.file)))
        local other = {}
        package.loaded["spec.late" .. round] = other
        assert.are.equal(other, (sent(other)))
        assert.are_not.equal(module, (sent(module)))
      end)
    end
  end)

  it("goes by its own module's name before another's that has it, too", function()
    with_module("spec.borrower", { insert = table.insert, lib = math, print = print }, function()
      local bytes = message.pack(table.insert, math, print)
      package.loaded["spec.borrower"] = nil
      assert.are.same({ true, table.insert, math, print }, { message.unpack(bytes) })
    end)
  end)

  it("may be a function or a userdata itself", function()
    with_module("spec.callable", function() return 1 end, function(f)
      assert.are.equal(f, (sent(f)))
    end)
    with_module("spec.object", io.tmpfile(), function(object)
      assert.are.equal(object, (sent(object)))
      object:close()
    end)
  end)

  it("is not the program's own globals", function()
    rawset(_G, "parcel_table", { 1 })
    rawset(_G, "parcel_function", function() return 2 end)
    local t, f = sent(_G.parcel_table, _G.parcel_function)
    assert.are.same({ 1 }, t)
    assert.are_not.equal(_G.parcel_table, t)
    assert.are_not.equal(_G.parcel_function, f)
    assert.are.equal(2, f())
    rawset(_G, "parcel_table", nil)
    rawset(_G, "parcel_function", nil)
  end)

  it("is missed by name", function()
    local module = { f = function() end, t = {} }
    with_module("spec.gone", module, function()
      local bytes, field = message.pack(module), message.pack(1, { module.f })
      package.loaded["spec.gone"] = { t = 1 }
      assert.are.equal("module 'spec.gone' has no 'f'", fault(field))
      package.loaded["spec.gone"] = nil
      assert.are.equal("module 'spec.gone' is not found: it must be where package.path leads, "
        .. "or be set in init", fault(bytes))
      package.preload["spec.gone"] = function() error("broken\nin two lines", 0) end
      assert.matches("^module 'spec.gone' cannot be loaded: .*broken$", fault(bytes))
      package.preload["spec.gone"] = function() return true end
      assert.are.equal("module 'spec.gone' is nothing that can be referred to", fault(bytes))
      assert.are.equal("module 'spec.gone' has no 'f'", fault(field))
    end)
  end)
end)

describe("a metatable in a parcel", function()
  local Point = {}
  Point.__index = Point
  function Point:length() return math.sqrt(self.x ^ 2 + self.y ^ 2) end

  it("is copied along, once, with its functions", function()
    local p, q = sent(setmetatable({ x = 3, y = 4 }, Point), setmetatable({ x = 0, y = 1 }, Point))
    assert.are.same({ 5.0, 1.0 }, { p:length(), q:length() })
    local copy = getmetatable(p)
    assert.are_not.equal(Point, copy)
    assert.are.equal(copy, getmetatable(q))
    assert.are.equal(copy, copy.__index)
  end)

  it("may be the table itself, or have one", function()
    local own = {}
    own.__index = function(_, key) return key .. "!" end
    setmetatable(own, own)
    local got = sent(own)
    assert.are.equal(got, getmetatable(got))
    assert.are.equal("x!", got.x)
    local Base = { __index = { base = 1 } }
    local Derived = setmetatable({ derived = 2 }, Base)
    Derived.__index = Derived
    local object = sent({ setmetatable({}, Derived) })[1]
    assert.are.same({ 1, 2 }, { object.base, object.derived })
  end)

  it("is obeyed by nothing while the table is filled", function()
    local function refuse() error("a metamethod was called") end
    local guarded = setmetatable({ 1, x = 2 }, {
      __index = refuse, __newindex = refuse, __len = refuse, __eq = refuse, __metatable = false,
    })
    local got = sent({ guarded })[1]
    assert.are.same({ 1, 2 }, { rawget(got, 1), rawget(got, "x") })
    assert.is_false(getmetatable(got))
  end)

  it("has its finaliser and its weak keys there", function()
    with_module("spec.log", {}, function(log)
      local original = setmetatable({ 7 }, { __gc = function(t) log[#log + 1] = t[1] end })
      local got = sent(original)
      setmetatable(original, nil)
      assert.are.equal(7, got[1])
      got = nil -- luacheck: ignore 311
      collectgarbage()
      collectgarbage()
      assert.are.same({ 7 }, log)
    end)
    local weak = sent(setmetatable({}, { __mode = "k" }))
    weak[{}] = 1
    collectgarbage()
    assert.is_nil(next(weak))
  end)

  it("that a module holds is the module's", function()
    with_module("spec.class", { class = { __index = {} } }, function(module)
      local got = sent(setmetatable({}, module.class))
      assert.are.equal(module.class, getmetatable(got))
    end)
    with_module("spec.class", Point, function()
      assert.are.equal(Point, getmetatable((sent(setmetatable({}, Point)))))
    end)
  end)

  it("goes by the name it is registered under, both ways", function()
    local Named = { __name = "named" }
    Named.__index = Named
    local name = parcels.name_of(Named)
    message.register(name, Named)
    message.register(name, Named)
    local got, class, list = sent(setmetatable({ 1 }, Named), Named, { setmetatable({}, Named) })
    assert.are.equal(Named, getmetatable(got))
    assert.are.equal(Named, class)
    assert.are.equal(Named, getmetatable(list[1]))
  end)

  it("has one name, and the name one metatable", function()
    local a = {}
    local name = parcels.name_of(a)
    message.register(name, a)
    assert.error_matches(function() message.register(name, {}) end, "another metatable's name")
    assert.error_matches(function() message.register("spec.B", a) end, "has another name")
    assert.error_matches(function() message.register("spec.C", 1) end, "table expected")
    assert.error_matches(function() message.register(nil, {}) end, "string expected")
  end)
end)

describe("a registered metatable", function()
  local function registered(metatable)
    local name = parcels.name_of(metatable)
    message.register(name, metatable)
    return name
  end

  -- What the code, in another process, sends back when it gets the bytes.
  local function elsewhere(bytes, code)
    local path <const> = os.tmpname()
    local _ <close> = setmetatable({}, { __close = function() os.remove(path) end })
    assert(assert(io.open(path, "wb")):write(bytes)):close()
    local script = [[
      local message = require("perilune.native.message")
      local function get(bytes) return select(2, assert(message.unpack(bytes))) end
      local bytes = io.open(arg[1], "rb"):read("a")
      io.write(assert(message.pack((function() %s end)())))]]
    local run <close> = assert(io.popen(("'%s' run - '%s' <<'END'\n%s\nEND"):format(
      uv.exepath():gsub("'", "'\\''"), path, script:format(code))))
    local ok, result = message.unpack(run:read("a"))
    assert(ok, result)
    return result
  end

  it("is defined where it is unknown, once, and comes back under its name", function()
    local Point = { scale = 2 }
    Point.__index = Point
    function Point:length() return Point.scale * (self.x + self.y) end
    registered(Point)
    local bytes = message.pack(setmetatable({ x = 3, y = 4 }, Point), { Point })
    local got = elsewhere(bytes, [[
      local p, list = get(bytes)
      local q = get(bytes)
      local class = getmetatable(p)
      class.scale = 3
      return { p:length(), q:length(), class == getmetatable(q), list[1] == class, p, q ~= p }]])
    assert.are.same({ 21, 21, true, true, true }, { got[1], got[2], got[3], got[4], got[6] })
    assert.are.equal(Point, getmetatable(got[5]))
    assert.are.equal(14, got[5]:length())
  end)

  it("is sent as it was when it was first sent", function()
    local Dated = { year = 1 }
    Dated.__index = Dated
    registered(Dated)
    message.pack(setmetatable({}, Dated))
    Dated.year = 2
    local bytes = message.pack(setmetatable({}, Dated))
    assert.are.equal(1, elsewhere(bytes, "return get(bytes).year"))
  end)

  it("takes those along that it refers to", function()
    local Base, Derived, Other = { base = 1 }, { derived = 2 }, { other = 3 }
    Base.__index, Derived.__index, Other.__index = Base, Derived, Other
    setmetatable(Derived, Base)
    Base.sub, Derived.aside = Derived, { setmetatable({}, Other) }
    registered(Base)
    registered(Derived)
    registered(Other)
    local bytes = message.pack(setmetatable({}, Derived))
    for _ = 1, 2 do
      local got = elsewhere(bytes, [[
        local p = get(bytes)
        return { p.base, p.derived, p.sub == getmetatable(p), p.aside[1].other, p }]])
      assert.are.same({ 1, 2, true, 3 }, { got[1], got[2], got[3], got[4] })
      assert.are.equal(Derived, getmetatable(got[5]))
      bytes = message.pack(setmetatable({}, Derived))
    end
  end)

  it("is registered by a module that comes after it, and goes by what that has", function()
    local Late, bytes = { made = "sent" }, nil
    Late.__index = Late
    local name = registered(Late)
    with_module("spec.late", { 1 }, function(late)
      bytes = message.pack(setmetatable({}, Late), { late })
    end)
    local got = elsewhere(bytes, ([[
      local Late = { made = "here" }
      Late.__index = Late
      package.preload["spec.late"] = function()
        message.register(%q, Late)
        return { 2 }
      end
      local first, second = get(bytes), get(bytes)
      return { first.made, second.made, getmetatable(second) == Late }]]):format(name))
    assert.same({ "sent", "here", true }, got)
  end)

  it("that is cut short is not half defined", function()
    local Cut = { long = ("x"):rep(100) }
    registered(Cut)
    local bytes = message.pack(setmetatable({}, Cut))
    assert.are.same({ 0, true, 100 }, elsewhere(bytes, [[
      local good = 0
      for size = 0, #bytes - 1 do
        if message.unpack(bytes:sub(1, size)) then good = good + 1 end
      end
      local p = get(bytes)
      return { good, getmetatable(p) == getmetatable(get(bytes)), #getmetatable(p).long }]]))
  end)

  it("is refused with its name where it cannot be sent", function()
    local Bad = { deep = { co = coroutine.create(print) } }
    local name = registered(Bad)
    local expected = ("metatable '%s'.deep.co: a coroutine cannot be sent"):format(name)
    assert.are.equal(expected, refusal(setmetatable({}, Bad)))
    Bad.deep = nil
    assert.are.equal(Bad, getmetatable((sent(setmetatable({}, Bad)))))
  end)
end)
