--- perilune.memo in C. The store is C (perilune.native.memo.store); the memoised function is called
--- from here, so that it may recurse and yield as in plain Lua: C calls nest 200 deep only.
---
--- A hit with one result is one call of C. What get returns else: nil, and
---
---     an integer from 0    a miss with that many arguments
---     a negative one, -1 - the number of arguments where the caller may yield, see flight
---     true                 a hit: the result is nil
---     a table              a hit: its first item tells how many results follow it

local arguments = require("perilune.arguments")
local check = require("perilune.memo.options")
local flight = require("perilune.memo.flight")
local stores = require("perilune.native.memo.store")
local trie = require("perilune.memo.trie")

local WIDTH <const> = stores.width

local pack, unpack = table.pack, table.unpack

local Cache = { __name = "perilune.memo" }
Cache.__index = Cache

-- Wrapped function -> its cache.
local caches = setmetatable({}, { __mode = "k" })

local function new_store(settings)
  local store = stores.new(settings.maxsize, settings.policy, settings.ttl or 0, settings.typed,
    settings.weak)
  local clock = settings.clock
  if settings.ttl then
    for _, name in ipairs { "get", "put_one", "put_two", "put_packed", "info", "forget", "peek" } do
      local fn = store[name]
      store[name] = function(...) return fn(clock(), ...) end
    end
  end
  return store
end

-- More arguments than the store takes become one: their node in a tree.
local function new_tree(settings, store)
  local tree -- made when there are such arguments
  local function node_of(...)
    tree = tree or trie.new(settings.typed, settings.weak and "k" or "kv")
    if settings.weak and trie.collected(tree) then trie.prune(tree, store.has) end
    return trie.make(tree, pack(...))
  end
  local function find_node(...)
    return tree and trie.find(tree, select("#", ...), ...)
  end
  local function drop_tree() tree = nil end
  return node_of, find_node, drop_tree
end

local function kept(n)
  if n == true then return nil end
  return unpack(n, 2, n[1] + 1)
end

-- Returns resolve(path, ...): the results for the key in `path`, packed, from the store or from
-- fn(...); and in_coroutine(path, ...), the same without a look at the store.
local function resolver(fn, settings, store)
  local get, put_packed, missed = store.get, store.put_packed, store.missed
  local calls, in_coroutine = { joined = store.joined }, nil

  function calls.call(path, ...)
    missed()
    return put_packed(path, fn(...))
  end

  function calls.retry(path, ...)
    local value, n = get(unpack(path, 1, path.n))
    if value ~= nil then return value end
    if math.type(n) == nil then return kept(n) end
    if n < 0 then return in_coroutine(path, ...) end
    return put_packed(path, fn(...))
  end

  in_coroutine = flight.new(settings, calls)
  return calls.retry, in_coroutine
end

local function wrap_plain(fn, settings, store)
  local get, put_packed = store.get, store.put_packed
  local put_one, put_two = store.put_one, store.put_two
  local resolve, in_coroutine = resolver(fn, settings, store)
  local node_of, find_node, drop_tree = new_tree(settings, store)

  local function rest(n, ...)
    if math.type(n) == nil then return kept(n) end
    if n > WIDTH or n < -1 - WIDTH then return resolve({ n = 1, node_of(...) }, ...) end
    if n < 0 then return in_coroutine(pack(...), ...) end
    return put_packed(pack(...), fn(...))
  end

  local function wrapped(...)
    local value, n = get(...)
    if value ~= nil then return value end
    if n == 1 then
      local a = ...
      return put_one(a, fn(a))
    elseif n == 2 then
      local a, b = ...
      return put_two(a, b, fn(a, b))
    end
    return rest(n, ...)
  end

  return wrapped, find_node, drop_tree
end

local function wrap_by_key(fn, settings, store)
  local get, put_one, key = store.get, store.put_one, settings.key
  local _, in_coroutine = resolver(fn, settings, store)
  return function(...)
    local k = key(...)
    local value, n = get(k)
    if value ~= nil then return value end
    if n == 1 then return put_one(k, fn(...)) end
    if n == -2 then return in_coroutine({ n = 1, k }, ...) end
    return kept(n)
  end
end

-- The cache

local function check_self(self, name)
  if getmetatable(self) ~= Cache then
    arguments.refuse_self(name, "perilune.memo", self)
  end
end

-- Calls the store's function with what stands for the arguments there.
local function with_key(self, fn, ...)
  if self.key then return fn((self.key(...))) end
  if select("#", ...) <= WIDTH then return fn(...) end
  local node = self.find_node(...)
  if not node then return false end
  return fn(node)
end

function Cache:info()
  check_self(self, "info")
  local info = { maxsize = self.maxsize }
  info.hits, info.misses, info.evictions, info.expired, info.currsize = self.store.info()
  return info
end

function Cache:clear()
  check_self(self, "clear")
  self.store.clear()
  if self.drop_tree then self.drop_tree() end
end

function Cache:forget(...)
  check_self(self, "forget")
  return with_key(self, self.store.forget, ...)
end

local function open_peeked(found, value, n)
  if n == nil then return found, value end
  return found, kept(n)
end

function Cache:peek(...)
  check_self(self, "peek")
  local found, value, n = with_key(self, self.store.peek, ...)
  if not found then return false end
  return open_peeked(found, value, n)
end

local memo = {}

function memo.wrap(fn, options)
  local settings = check(fn, options)
  local store = new_store(settings)
  local f, find_node, drop_tree
  if settings.key then
    f = wrap_by_key(fn, settings, store)
  else
    f, find_node, drop_tree = wrap_plain(fn, settings, store)
  end
  caches[f] = setmetatable({
    store = store, key = settings.key, maxsize = settings.maxsize, find_node = find_node,
    drop_tree = drop_tree,
  }, Cache)
  return f
end

function memo.cache(f)
  local cache = caches[f]
  if not cache then
    error("bad argument #1 to 'cache' (a function that 'wrap' has made expected)", 2)
  end
  return cache
end

return memo
