--- perilune.pool: wrong arguments. Errors name them and blame the caller's line.
local blame = require("spec.contract.blame")
local kinds = require("spec.contract.kinds")
local pools = require("spec.contract.pools")

local NAN <const> = 0 / 0

local NO_INTEGERS <const> = { 0, -1, 1.5, NAN, "2", true, {} }
local NO_BOOLEANS <const> = { 0, "true", {} }
local NO_FUNCTIONS <const> = { 1, "print", true, {} }
local NO_SECONDS <const> = { -1, -0.5, NAN, -math.huge, "1", true, {} }

-- Option -> what it must be, and what it is not.
local pool_options = {
  workers = { "an integer from 1 to 256", { 0, -1, 257, 1.5, NAN, math.huge, "2", true, {} } },
  init = { "a function", NO_FUNCTIONS },
  max_tasks_per_worker = { "an integer from 1", NO_INTEGERS },
  retries = { "an integer from 0", { -1, 1.5, NAN, "2", true, {} } },
  task_timeout = { "a number of seconds above 0", { 0, -1, NAN, "1", true, {} } },
  memory_limit = { "an integer from 1", NO_INTEGERS },
  timeline = { "a boolean", NO_BOOLEANS },
}

local map_options = {
  chunksize = { 'an integer from 1, or "auto"', { 0, -1, 1.5, NAN, "2", "Auto", true, {} } },
  on_error = { '"raise" or "return"', { "ignore", 1, true, {} } },
}

local imap_options = {
  chunksize = map_options.chunksize, on_error = map_options.on_error,
  ordered = { "a boolean", NO_BOOLEANS },
  window = { "an integer from 1", NO_INTEGERS },
}

-- How errors show a value.
local function shown(value)
  if type(value) == "string" then return ("%q"):format(value) end
  return math.type(value) and tostring(value) or type(value)
end

-- The function, which is on one line, raises an error that blames that line.
local function refuses(text, fn)
  assert.equal(blame.at(fn, 0, text), blame.message(fn))
end

local function refuses_options(argument, name, options, call)
  local text = ("bad argument #%d to '%s' (%%s)"):format(argument, name)
  for option, case in pairs(options) do
    for _, value in ipairs(case[2]) do
      local why = ("option '%s': %s expected, got %s"):format(option, case[1], shown(value))
      assert.equal(text:format(why), blame.message(call, { [option] = value }):match(": (.*)"))
    end
  end
  local names = {}
  for option in pairs(options) do names[#names + 1] = option end
  table.sort(names)
  local why = ('there is no option "x"; the options: %s'):format(table.concat(names, ", "))
  assert.equal(blame.at(call, 0, text:format(why)), blame.message(call, { x = 1 }))
  assert.equal(blame.at(call, 0, text:format(why:gsub('"x"', "1"))), blame.message(call, { true }))
  for _, value in ipairs { 5, "x", true, shown } do
    why = "table expected, got " .. type(value)
    assert.equal(blame.at(call, 0, text:format(why)), blame.message(call, value))
  end
end

for tag, pool in kinds("pool") do
  describe("pool errors " .. tag, function()
    local processes, p, future

    local function echo(...) return ... end

    before_each(function()
      processes = pools.count_processes()
      p = pool.new({ workers = 1 })
      future = p:submit(echo, 1)
    end)
    after_each(function()
      p:close()
      pools.assert_none_left(processes)
    end)

    it("refuse a bad self in every method", function()
      local text = "calling '%s' on bad self (%s expected, got %s)"
      local function refuses_selves(object, expected, names, others)
        for _, name in ipairs(names) do
          for got, self in pairs(others) do
            refuses(text:format(name, expected, got), function() local _ = object[name](self) end)
          end
          assert.equal(text:format(name, expected, "nil"), blame.message(object[name], nil))
        end
      end
      refuses_selves(p, "perilune.pool",
        { "submit", "map", "imap", "stats", "timeline", "shutdown", "close" },
        { number = 1, table = {}, ["FILE*"] = io.stdout, ["perilune.pool.Future"] = future })
      refuses_selves(future, "perilune.pool.Future",
        { "result", "error", "done", "cancel", "cancelled" },
        { number = 1, table = {}, ["FILE*"] = io.stdout, ["perilune.pool"] = p })
    end)

    it("refuse bad options", function()
      refuses_options(1, "new", pool_options, function(given) local _ = pool.new(given) end)
      refuses_options(3, "map", map_options, function(given) local _ = p:map(echo, {}, given) end)
      refuses_options(3, "imap", imap_options,
        function(given) local _ = p:imap(echo, {}, given) end)
      refuses_options(1, "cancel", { kill = { "a boolean", NO_BOOLEANS } },
        function(given) local _ = future:cancel(given) end)
      refuses_options(1, "shutdown", { cancel = { "a boolean", NO_BOOLEANS } },
        function(given) p:shutdown(given) end)
      assert.equal(5, p:submit(echo, 5):result())
    end)

    it("take integers that are floats", function()
      local q <close> = pool.new({ workers = 1.0, max_tasks_per_worker = 2.0, retries = 0.0 })
      local options = { chunksize = 2.0, window = 3.0 }
      for i, result in q:imap(echo, { 1, 2, 3 }, options) do assert.equal(i, result) end
      assert.same({ 1, 2, n = 2 }, q:map(echo, { 1, 2 }, { chunksize = 1.0 }))
    end)

    it("refuse what is no function", function()
      local text = "bad argument #1 to '%s' (function expected, got %s)"
      local callable = setmetatable({}, { __call = echo })
      for got, fn in pairs { number = 1, string = "print", table = callable, boolean = true } do
        refuses(text:format("submit", got), function() p:submit(fn) end)
        refuses(text:format("map", got), function() p:map(fn, { 1 }) end)
        refuses(text:format("imap", got), function() p:imap(fn, { 1 }) end)
      end
      refuses(text:format("submit", "nil"), function() p:submit() end)
    end)

    it("refuse what is no list", function()
      local text = "bad argument #2 to '%s' (%s)"
      for got, items in pairs { number = 1, string = "x", boolean = true, ["FILE*"] = io.stdout } do
        refuses(text:format("map", "table expected, got " .. got),
          function() p:map(echo, items) end)
        refuses(text:format("imap", "table or function expected, got " .. got),
          function() p:imap(echo, items) end)
      end
      refuses(text:format("map", "table expected, got nil"), function() p:map(echo) end)
      refuses(text:format("map", "table expected, got function"), function() p:map(echo, echo) end)
      for _, n in ipairs { -1, 1.5, "3", true } do
        local why = "length: an integer from 0 expected, got " .. shown(n)
        refuses(text:format("map", why), function() p:map(echo, { n = n }) end)
        refuses(text:format("imap", why), function() p:imap(echo, { n = n }) end)
      end
    end)

    it("refuse what are no seconds", function()
      local text = "bad argument #%d to '%s' (a number of seconds from 0 expected, got %s)"
      for _, seconds in ipairs(NO_SECONDS) do
        local got = shown(seconds)
        refuses(text:format(1, "result", got), function() future:result(seconds) end)
        refuses(text:format(1, "error", got), function() future:error(seconds) end)
        refuses(text:format(2, "as_completed", got),
          function() pool.as_completed({ future }, seconds) end)
      end
      assert.equal(1, future:result())
    end)

    it("refuse what are no futures", function()
      local text = "bad argument #1 to 'as_completed' (%s)"
      refuses(text:format("table expected, got nil"), function() pool.as_completed() end)
      refuses(text:format("table expected, got function"), function() pool.as_completed(echo) end)
      for got, thing in pairs { ["5"] = 5, ['"x"'] = "x", table = {}, ["perilune.pool"] = p } do
        refuses(text:format("item 2: a future expected, got " .. got),
          function() pool.as_completed({ future, thing }) end)
      end
    end)

    it("refuse what cannot be registered", function()
      local text = "bad argument #%d to 'register' (%s expected, got %s)"
      refuses(text:format(1, "string", "number"), function() pool.register(1, {}) end)
      refuses(text:format(1, "string", "nil"), function() pool.register() end)
      refuses(text:format(2, "table", "nil"), function() pool.register("spec.bad") end)
      refuses(text:format(2, "table", "string"), function() pool.register("spec.bad", "x") end)
    end)

    it("refuse tasks once the pool is shut down", function()
      local text = "calling '%s' on bad self (the pool is shut down)"
      p:shutdown()
      refuses(text:format("submit"), function() p:submit(echo) end)
      refuses(text:format("map"), function() p:map(echo, { 1 }) end)
      refuses(text:format("imap"), function() p:imap(echo, { 1 }) end)
      assert.equal(1, p:stats().submitted)
      assert.same({}, p:timeline())
      assert.equal(1, future:result())
    end)
  end)
end
