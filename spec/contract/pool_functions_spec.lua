--- perilune.pool: functions that go to workers, and what they find there.
local kinds = require("spec.contract.kinds")
local point = require("spec.contract.pool_point")
local pools = require("spec.contract.pools")

for tag, pool in kinds("pool") do
  describe("pool " .. tag .. ", of functions,", function()
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

    local function run(fn, ...) return p:submit(fn, ...):result() end
    local function echo(...) return ... end

    describe("sends upvalues", function()
      it("as they are when a task's function is first handed in", function()
        local n, list = 1, { 1 }
        local function read() return n, list[1] end
        local future = p:submit(read)
        n, list[1] = 2, 2
        assert.same({ 1, 1 }, { future:result() })
        n, list[1] = 3, 3
        assert.same({ 1, 1 }, { run(read) })
        assert.same({ 1, 1 }, { p:map(read, { 0 })[1], 1 })
        local function read_again() return n, list[1] end
        assert.same({ 3, 3 }, { run(read_again) })
      end)

      it("to a copy that keeps its changes, one a worker", function()
        local n = 10
        local function count()
          n = n + 1
          return n
        end
        for i = 11, 15 do assert.equal(i, run(count)) end
        assert.same({ 16, 17, n = 2 }, p:map(count, { 0, 0 }))
        for _, result in p:imap(count, { 0 }) do assert.equal(18, result) end
        assert.equal(10, n)
        local q <close> = pool.new({ workers = 1 })
        assert.equal(11, q:submit(count):result())
      end)

      it("to the copies of a pool of several workers", function()
        local n = 0
        local function count()
          n = n + 1
          return n
        end
        local q <close> = pool.new({ workers = 2 })
        local results = q:map(count, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })
        table.sort(results)
        -- 1, 2... of one worker or of two.
        local _, twice = table.concat(results, " "):gsub("%f[%d](%d+) %1%f[%D]", "")
        assert.equal(10 - twice, results[10])
        assert.equal(0, n)
      end)

      it("of functions among the arguments as they are at each call", function()
        local n = 1
        local function read() return n end
        assert.equal(1, run(tasks.call, read))
        n = 2
        assert.equal(2, run(tasks.call, read))
      end)

      it("that are nil or false", function()
        local nothing, no
        no = false
        local function read()
          nothing = nothing or no
          return nothing, no
        end
        assert.same({ false, false }, { run(read) })
        assert.is_nil(nothing)
      end)

      it("of all kinds", function()
        local shared = { "shared" }
        local upvalues = { a = shared, b = shared, 1.5, -0.0, "text", math.mininteger }
        local copied = run(function() return upvalues end)
        assert.same(upvalues, copied)
        assert.equal(copied.a, copied.b)
        assert.equal("-0.0", tostring(copied[2]))
      end)

      it("that functions share, as shared", function()
        local n = 0
        local function add()
          n = n + 1
          return n
        end
        local function get() return n end
        local function both()
          add()
          add()
          return n, get()
        end
        assert.same({ 2, 2 }, { run(both) })
        assert.same({ 4, 4 }, { run(both) })
        local added, got = run(echo, add, get)
        assert.equal(1, added())
        assert.equal(1, got())
        assert.equal(0, n)
      end)

      it("of more than one function that a table holds", function()
        local object, n = {}, 5
        function object.get() return n end
        function object.set(value) n = value end
        local copied = run(echo, object)
        copied.set(7)
        assert.equal(7, copied.get())
        assert.equal(5, n)
      end)
    end)

    it("sends recursive ones", function()
      local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
      assert.equal(610, run(fib, 15))
      local is_odd
      local function is_even(n)
        if n == 0 then return true end
        return is_odd(n - 1)
      end
      function is_odd(n)
        if n == 0 then return false end
        return is_even(n - 1)
      end
      assert.is_true(run(is_even, 10))
      assert.is_false(run(is_odd, 10))
      local list = {}
      function list.get() return list end
      local copied = run(echo, list)
      assert.is_true(rawequal(copied, copied.get()))
    end)

    it("sends those that others hold, 5,000 deep", function()
      local fn = function() return 0 end
      for _ = 1, 5000 do
        local inner = fn
        fn = function(n)
          if n == 0 then return inner end
        end
      end
      local copied = run(echo, fn)
      for _ = 1, 5000 do copied = copied(0) end
      assert.equal(0, copied())
    end)

    it("gives those that tasks return", function()
      local function adder(n) return function(m) return n + m end end
      assert.equal(5, run(adder, 2)(3))
      local global = run(tasks.global_reader)
      _G.perilune_spec = "the program's"
      assert.equal("the program's", global("perilune_spec"))
      _G.perilune_spec = nil
    end)

    it("sends variadic ones, and all their constants", function()
      local function variadic(...)
        local text = "a text of more than forty characters, which is a long one"
        return text, 1 << 40, 2.5, true, nil, ...
      end
      assert.same(table.pack(variadic(1, nil)), table.pack(run(variadic, 1, nil)))
    end)

    describe("finds by name", function()
      it("functions of the libraries", function()
        local sqrt, insert, print, require = math.sqrt, table.insert, print, require
        assert.equal(3, run(function(x) return sqrt(x) end, 9))
        assert.same({ 1 }, run(function(list)
          insert(list, 1)
          return list
        end, {}))
        for _, fn in ipairs { sqrt, insert, print, require } do assert.equal(fn, run(echo, fn)) end
        assert.equal(math.floor, run(tasks.global_at, "math", "floor"))
      end)

      it("libraries and modules", function()
        local math, string = math, string
        assert.equal(4, run(function() return math.max(3, 4) end))
        for _, module in ipairs { math, string, point } do
          assert.equal(module, run(echo, module))
        end
        assert.is_true(run(tasks.same_as_required, point, "spec.contract.pool_point"))
        assert.is_true(run(tasks.same_as_required, string, "string"))
      end)

      it("what modules hold", function()
        local class, new = point.Point, point.new
        assert.equal(class, run(echo, class))
        assert.equal(new, run(echo, new))
        assert.is_true(run(tasks.same_as_required, class, "spec.contract.pool_point", "Point"))
        assert.equal(5, run(function(x, y) return new(x, y):norm() end, 3, 4))
        assert.equal(5, run(point.norm_of, new(3, 4)))
      end)

      it("open files of the library", function()
        local out = io.stdout
        assert.equal(io.stdout, run(echo, out))
        assert.same({ "userdata", nil, "file" }, { run(tasks.type_of, out) })
        assert.equal(io.stdout, run(function() return { out } end)[1])
      end)
    end)

    describe("finds globals of its worker's own,", function()
      after_each(function() _G.config = nil end)

      it("those of Lua", function()
        local names = {}
        for _, name in ipairs(run(tasks.standard)) do names[name] = true end
        for name in ([[_G _VERSION assert collectgarbage coroutine debug dofile error getmetatable
          io ipairs load loadfile math next os package pairs pcall print rawequal rawget rawlen
          rawset require select setmetatable string table tonumber tostring type utf8 warn
          xpcall]]):gmatch("%S+") do
          assert.is_true(names[name], name)
          names[name] = nil
        end
        assert.is_nil(names.describe)
        assert.is_nil(names.config)
        assert.equal(_VERSION, run(tasks.global, "_VERSION"))
      end)

      it("none of the program's, and is told so", function()
        _G.config = { 1 }
        local q <close> = pool.new({ workers = 1 })
        local problem = q:submit(tasks.read_config):error()
        assert.equal(("spec/contract/pool_tasks.lua:%d: global 'config' is not set in a worker: "
          .. "make it local, hand it over as an argument, or set it in init"):format(
          debug.getinfo(tasks.read_config, "S").linedefined), problem.message)
        assert.matches("global 'config' is not set in a worker",
          q:submit(tasks.load_config):error().message)
        assert.matches("global 'config' is not set in a worker",
          q:submit(tasks.global, "config"):error().message)
      end)

      it("nil for what nobody has set", function()
        assert.is_nil(run(tasks.read_nothing))
        assert.is_nil(run(tasks.global, "no_such_global"))
        assert.is_nil(run(tasks.global, 5))
      end)

      it("and what tasks have set, which the program does not see", function()
        run(tasks.set_config, "set")
        assert.equal("set", run(tasks.read_config))
        assert.equal("set", run(tasks.load_config))
        assert.equal("set", run(tasks.global, "config"))
        assert.is_nil(_G.config)
        local q <close> = pool.new({ workers = 1 })
        assert.is_nil(q:submit(tasks.read_config):result())
      end)

      it("whichever table they are handed over in", function()
        _G.config = "the program's"
        local globals = _G
        local q <close> = pool.new({ workers = 1 })
        local function set(value) globals.config = value end
        q:submit(set, "the worker's"):result()
        assert.equal("the worker's", q:submit(tasks.read_config):result())
        assert.equal("the program's", _G.config)
        assert.equal(_G, q:submit(echo, _G):result())
      end)

      it("where a test framework has put a way to its own in their place", function()
        local count = function(list) return #list + select("#", table.unpack(list)) end
        assert.equal(6, run(count, { 1, 2, 3 }))
        local proxy = setmetatable({}, { __index = function() return io.popen end })
        assert.equal("table", run(load("return type(math)", "=chunk", "t", proxy)))
      end)

      it("but not an environment, which goes along", function()
        local environment = { config = "its own" }
        local read = load("return config", "=chunk", "t", environment)
        assert.equal("its own", run(read))
        local set = load("config = ... return config", "=chunk", "t", environment)
        assert.equal("changed", run(set, "changed"))
        assert.equal("its own", environment.config)
        assert.is_nil(run(tasks.read_config))
      end)
    end)
  end)
end
