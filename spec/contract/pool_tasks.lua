--- Tasks that use globals; see pools.lua.
local tasks = {}

function tasks.add(a, b) return a + b end

function tasks.fail(message, level) error(message, level) end

function tasks.fail_with(value) error(value) end

function tasks.fail_with_coroutine() error(coroutine.create(print)) end

function tasks.fail_from(n, message)
  if n >= 3 then error(message or "three or more", 0) end
  return n
end

--- Works for so many thousandths of a second.
function tasks.spin(ms)
  local stop = os.clock() + ms / 1000
  while os.clock() < stop do end
  return ms
end

function tasks.spin_with(ms, payload)
  return tasks.spin(ms), #payload
end

function tasks.use_pool(list)
  local p <close> = require("perilune.script.pool").new({ workers = 1 })
  local code = p:submit(os.exit, 5):error().code
  local function absolute(n) return math.abs(n) end
  return p:map(absolute, list), code
end

function tasks.exit(...) os.exit(...) end

function tasks.exit_in_pcall(status)
  pcall(os.exit, status)
  return "still here"
end

do
  local exit = os.exit
  function tasks.exit_by_upvalue(status) exit(status) end
end

function tasks.exit_at(n, at)
  if n == at then os.exit(9) end
  return n
end

function tasks.global(name) return _G[name] end
function tasks.global_at(name, field) return _G[name][field] end
function tasks.global_reader() return function(name) return _G[name] end end
function tasks.read_config() return config end -- luacheck: ignore
function tasks.read_nothing() return no_such_global end -- luacheck: ignore
function tasks.set_config(value) config = value end -- luacheck: ignore

function tasks.standard()
  local names = {}
  for name in pairs(_G) do names[#names + 1] = name end
  table.sort(names)
  return names
end

do
  local n = 0
  function tasks.initialise()
    n = n + 1
    state = "initialised " .. n -- luacheck: ignore
  end
end

function tasks.fail_at_once() error("not today") end

function tasks.load_config() return load("return config")() end

function tasks.type_of(value) return type(value), math.type(value), io.type(value) end

function tasks.raise_in_close(first, second)
  local _ <close> = setmetatable({}, { __close = function() error(second, 0) end })
  error(first, 0)
end

function tasks.same_metatables(a, b) return getmetatable(a) == getmetatable(b) end

function tasks.is_a(metatable)
  return function(value) return getmetatable(value) == metatable end
end

function tasks.trap() error("asked", 0) end

function tasks.call(fn, ...) return fn(...) end

function tasks.required(name, field) return require(name)[field] end

function tasks.same_as_required(value, name, field)
  local module = require(name)
  if field then return rawequal(value, module[field]) end
  return rawequal(value, module)
end

function tasks.yield() coroutine.yield(1) end

function tasks.yieldable_generator()
  local list = {}
  for i in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do
    list[#list + 1] = i
  end
  return list
end

function tasks.coroutine_at(key) return 1, { [key] = coroutine.create(print) } end

-- Of the agreement spec: the first argument decides.
function tasks.echo(...) return ... end
function tasks.pair(a, b) return { a, b }, b end

local function is_odd(value) return math.type(value) == "integer" and value % 2 == 1 end

function tasks.fail_sometimes(a, b)
  if is_odd(a) then error({ a, b }) end
  if a == true then error("it is true") end
  return b, a
end

function tasks.unsendable_sometimes(a)
  if is_odd(a) then return { x = coroutine.create(print) } end
  return a
end

function tasks.exit_sometimes(a)
  if is_odd(a) then os.exit(a & 0x7f) end
  return a
end

do
  local n = 0
  function tasks.count()
    n = n + 1
    return n
  end
end

function tasks.deep(n)
  local outer = {}
  local inner = outer
  for _ = 1, n do
    inner.a = {}
    inner = inner.a
  end
  return outer
end

return tasks
