--- perilune.impl: which implementation of a core is used.
local SOURCE <const> = "host/lua/perilune/impl.lua"
local SCRIPT <const> = "host/lua/perilune/script/hashset.lua"

local script = require("perilune.script.hashset")
local native = require("perilune.native.hashset")

-- The module before any choice, with PERILUNE_IMPL as given.
local function fresh(variable)
  local getenv = function(name) return name == "PERILUNE_IMPL" and variable or nil end
  local environment = setmetatable({ os = { getenv = getenv } }, { __index = _G })
  return assert(loadfile(SOURCE, "t", environment))()
end

describe("perilune.impl", function()
  local loaded = package.loaded["perilune.hashset"]
  local path = os.tmpname() .. ".lua"

  after_each(function()
    package.loaded["perilune.hashset"] = loaded
    os.remove(path)
    os.remove((path:gsub("%.lua$", "")))
  end)

  local function write(code)
    local file <close> = assert(io.open(path, "w"))
    file:write(code)
  end

  it("gives the native version unless told otherwise", function()
    local impl = fresh()
    assert.equal("native", impl.chosen("hashset"))
    assert.equal(native, impl.load("hashset"))
    assert.same({ "hashset", "memo", "graph", "pool", "fetch" }, impl.cores)
  end)

  it("takes one for all cores, or core by core; the last wins", function()
    for spec, expected in pairs {
      ["script"] = "script",
      ["native"] = "native",
      ["hashset=script"] = "script",
      ["script,hashset=native"] = "native",
      ["hashset=native , script"] = "script",
    } do
      local impl = fresh()
      assert.is_true(impl.set(spec))
      assert.equal(expected, impl.chosen("hashset"))
      assert.equal(expected == "script" and script or native, impl.load("hashset"))
    end
  end)

  it("takes a Lua file", function()
    local impl = fresh()
    assert.is_true(impl.set("hashset=" .. SCRIPT))
    assert.equal(SCRIPT, impl.chosen("hashset"))
    assert.equal(1, #impl.load("hashset").new { 1 })
    assert.equal(impl.load("hashset"), impl.load("hashset"))
  end)

  it("closes the pool by which it has tried a file", function()
    write([[
      local pool = require("perilune.script.pool")
      local module = { closed = 0 }
      for name, fn in pairs(pool) do module[name] = fn end
      function module.new(options)
        local p = pool.new(options)
        local close = p.close
        function p.close(self)
          module.closed = module.closed + 1
          close(self)
        end
        return p
      end
      return module]])
    local impl = fresh()
    assert.is_true(impl.set("pool=" .. path))
    assert.equal(1, impl.load("pool").closed)
    write([[
      local module = { new = function()
        return setmetatable({ close = function() error("stuck", 0) end },
          { __index = function() return print end })
      end }
      return setmetatable(module, { __index = function() return print end })]])
    assert.same({ nil, path .. " is no implementation of pool: it close() failed: stuck" },
      { impl.set("pool=" .. path) })
  end)

  it("goes by PERILUNE_IMPL until a choice is made", function()
    local impl = fresh("hashset=script")
    assert.equal("script", impl.chosen("hashset"))
    impl.set("native")
    assert.equal("native", impl.chosen("hashset"))
  end)

  it("makes the next require give the new choice", function()
    local impl = fresh()
    package.loaded["perilune.hashset"] = script
    impl.set("native")
    assert.is_nil(package.loaded["perilune.hashset"])
  end)

  it("refuses what it does not know, and keeps its choice", function()
    local impl = fresh()
    impl.set("script")
    for spec, message in pairs {
      ["quick"] = "unknown implementation 'quick': script, native, or CORE=quick",
      [""] = "unknown implementation '': script, native, or CORE=",
      ["mine.lua"] = "unknown implementation 'mine.lua': script, native, or CORE=mine.lua",
      ["hashset=quick"] = "unknown implementation 'quick' of hashset: script, native or a Lua file",
      ["memory=script"] = "unknown core 'memory' (there is: hashset, memo, graph, pool, fetch)",
      ["native,hashset="] = "unknown implementation '' of hashset: script, native or a Lua file",
      ["hashset=no/such.lua"] = "cannot open no/such.lua: No such file or directory",
    } do
      assert.same({ nil, message }, { impl.set(spec) })
      assert.equal("script", impl.chosen("hashset"))
    end
  end)

  it("says what is wrong with a file", function()
    local methods = "add remove contains values iter copy clear bind"
    local object = "local s = {} for m in ('" .. methods .. "'):gmatch('%a+') do s[m] = print end "
    local functions = "new = function() return s end, duplicates = print"
    local not_one = path .. " is no implementation of hashset: it "
    for code, message in pairs {
      ["x ="] = path .. ":1: unexpected symbol near <eof>",
      ["error('no', 0)"] = ("cannot load %s: no"):format(path),
      ["return 5"] = not_one .. "returned a number, not a table of functions",
      ["return {}"] = not_one .. "lacks the function 'new'",
      [object .. "return {" .. functions .. "}"] = not_one .. "lacks the function 'unique'",
      [object .. "return {" .. functions .. ", unique = 1}"] = not_one
        .. "lacks the function 'unique'",
      [object .. "return {" .. functions .. ", unique = print}"] = not_one
        .. "lacks the method 'stats'",
      ["return {new = print, duplicates = print, unique = print}"] = not_one
        .. "new() did not return an object",
      ["return {new = function() error('sorry', 0) end, duplicates = print, unique = print}"] =
        not_one .. "new() failed: sorry",
    } do
      write(code)
      assert.same({ nil, message }, { fresh().set("hashset=" .. path) })
    end
  end)

  it("raises an error at a wrong PERILUNE_IMPL when it is needed", function()
    local impl = fresh("quick")
    local text = "PERILUNE_IMPL: unknown implementation 'quick': script, native, or CORE=quick"
    assert.has_error(function() impl.load("hashset") end, text)
    assert.has_error(function() impl.chosen("hashset") end, text)
    assert.is_true(impl.set("script"))
    assert.equal(script, impl.load("hashset"))
  end)

  it("refuses a core that there is not", function()
    assert.has_error(function() fresh().load("memory") end, "unknown core 'memory'")
    assert.has_error(function() fresh().chosen(nil) end, "unknown core 'nil'")
  end)
end)
