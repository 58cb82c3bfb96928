--- perilune.pool: what goes to workers and back: plain values, tables, metatables.
local kinds = require("spec.contract.kinds")
local point = require("spec.contract.pool_point")
local pools = require("spec.contract.pools")

local NAN <const> = 0 / 0
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local DEPTH <const> = SANITIZED and 10000 or 100000

for tag, pool in kinds("pool") do
  describe("pool " .. tag .. " sends", function()
    local tasks = pools.tasks()
    local processes, p

    before_each(function()
      processes = pools.count_processes()
      p = pool.new({ workers = 1 })
    end)
    after_each(function()
      p:close()
      pools.assert_none_left(processes)
    end)

    local function echo(...) return ... end
    local function send(...) return p:submit(echo, ...):result() end

    -- The same type and bits.
    local function assert_exact(value, copied)
      assert.equal(type(value), type(copied))
      assert.equal(math.type(value), math.type(copied))
      if math.type(value) == "float" then
        assert.equal(string.pack("n", value), string.pack("n", copied))
      else
        assert.equal(value, copied)
      end
    end

    it("plain values exactly", function()
      for _, value in ipairs {
        true, false, 0, 1, -1, 255, 256, -32769, 1 << 31, 1 << 53, math.mininteger, math.maxinteger,
        0.0, -0.0, 1.0, 0.1, -2.5, 2.0 ^ 53, 2.0 ^ 63, 5e-324, 1.7976931348623157e308, math.huge,
        -math.huge, NAN, -NAN, string.unpack("n", ("\1\2\3\4\5\6\xf8\x7f")),
        "", "x", "a\0b", "\xff\xfe\r\n", ("long"):rep(10), ("longer"):rep(10000),
      } do
        assert_exact(value, (send(value)))
        assert_exact(value, send({ value })[1])
      end
      assert.is_nil(send(nil))
    end)

    it("strings of all bytes and of any length", function()
      local bytes = {}
      for i = 0, 255 do bytes[i + 1] = string.char(i) end
      local text = table.concat(bytes)
      for _, length in ipairs { 1, 40, 41, 255, 256, 4095, 4096, 4097, 32768, 70000, 1 << 20 } do
        local long = text:rep(length // 256 + 1):sub(1, length)
        assert.is_true(long == send(long))
        local list = send({ long, 1, long })
        assert.is_true(long == list[1] and long == list[3] and #list == 3)
      end
    end)

    it("tables of these", function()
      for _, value in ipairs {
        {}, { 1, 2, 3 }, { 1, nil, 3 }, { x = 1, ["a b"] = { { {} } } }, { [true] = 1, [2.5] = 2 },
        { [math.mininteger] = 1, [-1] = 2, [0] = 3 }, { { 1 }, { 1 } }, { 1.5, 2, "3", false },
      } do
        local copied = send(value)
        assert.not_equal(value, copied)
        assert.same(value, copied)
      end
      local big = {}
      for i = 1, 10000 do big[i] = i % 3 == 0 and ("item " .. i) or i end
      assert.same(big, send(big))
    end)

    it("shared tables as shared, cyclic ones as cyclic", function()
      local shared = { "shared" }
      local value = { a = shared, b = shared, [shared] = "key" }
      value.self = value
      value[value] = value
      local copied, again = send(value, shared)
      assert.equal("shared", copied.a[1])
      assert.is_true(rawequal(copied.a, copied.b))
      assert.is_true(rawequal(copied.a, again))
      assert.equal("key", copied[copied.a])
      assert.is_true(rawequal(copied, copied.self))
      assert.is_true(rawequal(copied, copied[copied]))
      assert.is_false(rawequal(value, copied))
    end)

    it("tables in tables, however deep", function()
      local value, depth = send(tasks.deep(DEPTH)), 0
      while value.a do value, depth = value.a, depth + 1 end
      assert.equal(DEPTH, depth)
    end)

    it("the raw fields of tables, whatever their metatables say", function()
      local trap = tasks.trap
      local value = setmetatable({ 1, x = 2 }, {
        __index = trap, __newindex = trap, __len = trap, __pairs = trap, __eq = trap,
      })
      local copied = send(value)
      assert.equal(1, rawget(copied, 1))
      assert.equal(2, rawget(copied, "x"))
      assert.equal("asked", pools.raised(function() return copied.y end))
    end)

    describe("objects", function()
      it("with a copy of their metatable", function()
        local metatable = { __index = { x = 5 }, __metatable = "locked" }
        metatable.__add = function(a, b) return a[1] + b[1] + metatable.__index.x end
        local one, two = send(setmetatable({ 1 }, metatable), setmetatable({ 2 }, metatable))
        assert.equal(8, one + two)
        assert.equal(5, one.x)
        assert.equal("locked", getmetatable(one))
        assert.not_equal(metatable, debug.getmetatable(one))
        assert.equal(debug.getmetatable(one), debug.getmetatable(two))
      end)

      it("that are their own metatables", function()
        local object = { x = 1 }
        object.__index = object
        setmetatable(object, object)
        local copied = send(object)
        assert.equal(1, copied.x)
        assert.is_true(rawequal(copied, getmetatable(copied)))
      end)

      it("of a module's class as that class's", function()
        local copied = send(point.new(3, 4))
        assert.equal(point.Point, getmetatable(copied))
        assert.equal(5, copied:norm())
        assert.equal(5, p:submit(point.norm_of, point.new(3, 4)):result())
        local function sum(a, b) return a + b, a:norm() end
        local total, norm = p:submit(sum, point.new(3, 4), point.new(1, 1)):result()
        assert.equal(point.Point, getmetatable(total))
        assert.same({ 4, 5, 5 }, { total.x, total.y, norm })
        assert.is_true(p:submit(function(name, require, getmetatable, object)
          return getmetatable(object) == require(name).Point
        end, "spec.contract.pool_point", require, getmetatable, point.new(1, 2)):result())
      end)

      it("of a registered class as that class's, there and back", function()
        local Account = { __name = "Account" }
        Account.__index = Account
        function Account:after(amount) return self.balance + amount end
        pool.register("spec.Account " .. tag, Account)
        local account = setmetatable({ balance = 10 }, Account)
        assert.equal(Account, getmetatable(send(account)))
        assert.is_true(p:submit(tasks.same_metatables, account, account):result())
        assert.equal(15, p:submit(function(a) return a:after(5) end, account):result())
        assert.is_true(p:submit(tasks.call, tasks.is_a(Account), account):result())
        assert.is_true(p:submit(tasks.is_a(Account), account):result())
        local made = p:submit(function(set, n) return set({ balance = n }, Account) end,
          setmetatable, 7):result()
        assert.equal(Account, getmetatable(made))
        assert.equal(8, made:after(1))
      end)

      it("of a registered class to each new worker", function()
        local Class = { __index = { x = 1 } }
        pool.register("spec.Class " .. tag, Class)
        for workers = 1, 3 do
          local q <close> = pool.new({ workers = workers, max_tasks_per_worker = 2 })
          local list = q:map(echo, { setmetatable({}, Class), 2, 3, setmetatable({}, Class) })
          assert.equal(Class, getmetatable(list[1]))
          assert.equal(Class, getmetatable(list[4]))
        end
      end)
    end)

    it("registers a name and a metatable once", function()
      local name, metatable = "spec.once " .. tag, {}
      pool.register(name, metatable)
      pool.register(name, metatable)
      assert.equal("bad argument #1 to 'register' (that is another metatable's name)",
        pools.raised(pool.register, name, {}))
      assert.equal("bad argument #2 to 'register' (the metatable has another name)",
        pools.raised(pool.register, name .. "x", metatable))
    end)

    describe("no", function()
      local co = coroutine.create(print)
      local unnamed = coroutine.wrap(print)

      -- The refusal, which points to the line of the call.
      local function assert_refused(text, ...)
        local arguments = table.pack(...)
        local function call() p:submit(echo, table.unpack(arguments, 1, arguments.n)) end
        local info = debug.getinfo(call, "S")
        assert.equal(("%s:%d: %s"):format(info.short_src, info.linedefined, text),
          pools.raised(call))
      end

      it("coroutines, userdata and functions of C without a name, wherever they are", function()
        local file <close> = assert(io.open("README.md"))
        assert_refused("argument 1: a coroutine cannot be sent", co)
        assert_refused("argument 2: a FILE* cannot be sent", 1, file)
        assert_refused("argument 3: a C function that no module has cannot be sent", 1, 2, unnamed)
        assert_refused("argument 2.items[3]: a coroutine cannot be sent",
          1, { items = { 1, 2, co } })
        assert_refused("argument 1.a.b.c: a FILE* cannot be sent", { a = { b = { c = file } } })
        assert_refused('argument 1["a b"][1.5]: a coroutine cannot be sent',
          { ["a b"] = { [1.5] = co } })
        assert_refused("argument 1[true][-1]: a coroutine cannot be sent",
          { [true] = { [-1] = co } })
        assert_refused("argument 1[a coroutine]: a coroutine cannot be sent", { [co] = 1 })
        assert_refused("argument 1[a table].x: a coroutine cannot be sent", { [{ x = co }] = 1 })
      end)

      it("functions and metatables that hold them", function()
        local file <close> = assert(io.open("README.md"))
        local function callback() return file end
        local function outer() return callback end
        assert_refused("argument 1.callback, upvalue 'file': a FILE* cannot be sent",
          { callback = callback })
        assert_refused("argument 1, upvalue 'callback', upvalue 'file': a FILE* cannot be sent",
          outer)
        assert_refused("argument 1.x, metatable.__index.y: a coroutine cannot be sent",
          { x = setmetatable({}, { __index = { y = co } }) })
        local list = { { x = { co } } }
        assert_refused("argument 1, upvalue 'list'[1].x[1]: a coroutine cannot be sent",
          function() return list end)
      end)

      it("tasks that hold them", function()
        local conn <close> = assert(io.open("README.md"))
        local function task() return conn end
        local text = "function, upvalue 'conn': a FILE* cannot be sent"
        for name, call in pairs {
          submit = function() p:submit(task) end,
          map = function() p:map(task, { 1 }) end,
          imap = function() p:imap(task, { 1 }) end,
          new = function() pool.new({ init = task }) end,
        } do
          local info = debug.getinfo(call, "S")
          local expected = name == "new" and text:gsub("^function", "init") or text
          assert.equal(("%s:%d: %s"):format(info.short_src, info.linedefined, expected),
            pools.raised(call))
        end
        assert.matches(": function: a C function that no module has cannot be sent$",
          pools.raised(function() p:submit(unnamed) end))
      end)

      it("items that hold them, and says which", function()
        local text = "item 3, argument 1.x: a coroutine cannot be sent"
        local items = { 1, { x = 2 }, { x = co }, 4 }
        for _, call in ipairs {
          function() p:map(echo, items) end,
          function() for _ in p:imap(echo, items) do assert.is_true(true) end end,
        } do
          local info = debug.getinfo(call, "S")
          assert.equal(("%s:%d: %s"):format(info.short_src, info.linedefined, text),
            pools.raised(call))
        end
        local n = 0
        local function next_item()
          n = n + 1
          return n, n == 5 and co or nil
        end
        assert.matches(": item 5, argument 2: a coroutine cannot be sent$", pools.raised(function()
          for i, result in p:imap(echo, next_item) do assert.equal(i, result) end
        end))
        assert.equal(7, send(7))
        assert.equal(0, p:stats().queued)
      end)

      it("pools and futures", function()
        local future = p:submit(echo, 1)
        for _, thing in ipairs { p, future } do
          assert.matches("argument 1.* cannot be sent", pools.raised(p.submit, p, echo, thing))
          assert.matches("argument 1%.x.* cannot be sent",
            pools.raised(p.submit, p, echo, { x = thing }))
        end
      end)

      it("paths that are too long to be read, but their ends", function()
        local outer = tasks.deep(1000)
        local inner = outer
        while inner.a do inner = inner.a end
        inner.bad = co
        local text = pools.raised(p.submit, p, echo, outer)
        assert.matches("argument 1.*%.%.%..*%.a%.a%.bad: a coroutine cannot be sent$", text)
        assert.is_true(#text < 200)
      end)
    end)
  end)
end
