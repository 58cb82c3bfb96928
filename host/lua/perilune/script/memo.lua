--- perilune.memo in plain Lua: the simple version that the native one is measured against and must
--- agree with. A tree of arguments (perilune.memo.trie) leads from a call to its entry; the entries
--- form a list, the latest first.
---
--- With weak keys only the tree holds an entry's node, and with it the results: the list has a weak
--- reference.

local arguments = require("perilune.arguments")
local check = require("perilune.memo.options")
local flight = require("perilune.memo.flight")
local trie = require("perilune.memo.trie")

local Cache = { __name = "perilune.memo" }
Cache.__index = Cache

-- Wrapped function -> its cache.
local caches = setmetatable({}, { __mode = "k" })

---@class perilune.memo.Entry
---@field newer? perilune.memo.Entry
---@field older? perilune.memo.Entry
---@field node table reference to the node, which has `entry` and the packed `results`
---@field deadline? number from then on it has expired
---@field visited? boolean since the hand of SIEVE went by
---@field gone? boolean from the list

local function holds(node) return node.entry ~= nil and not node.entry.gone end

local function new_cache(settings)
  return setmetatable({
    settings = settings, tree = trie.new(settings.typed, settings.weak and "k" or nil), size = 0,
    hits = 0, misses = 0, evictions = 0, expired = 0,
    newest = nil, oldest = nil, hand = nil, -- entries
  }, Cache)
end

-- The list

local function link(self, entry)
  entry.older = self.newest
  if self.newest then self.newest.newer = entry else self.oldest = entry end
  self.newest = entry
end

local function unlink(self, entry)
  local newer, older = entry.newer, entry.older
  if newer then newer.older = older else self.newest = older end
  if older then older.newer = newer else self.oldest = newer end
  if self.hand == entry then self.hand = newer end
  entry.newer, entry.older = nil, nil
end

local function remove(self, entry)
  local node = entry.node[1]
  unlink(self, entry)
  self.size, entry.gone = self.size - 1, true
  if node then
    node.entry, node.results = nil, nil
    trie.remove(node, holds)
  end
end

-- A finaliser brings objects back: their node is still in the tree, but its entry is dead.
local function entry_of(self, node)
  local entry = node.entry
  if entry and not entry.node[1] then
    if not entry.gone then remove(self, entry) end
    node.entry, node.results = nil, nil
  end
  return node.entry
end

local function touch(self, entry)
  if self.settings.policy == "sieve" then
    entry.visited = true
    return
  end
  local newer = entry.newer
  if not newer then return end
  local older = entry.older
  newer.older = older
  if older then older.newer = newer else self.oldest = newer end
  entry.newer = nil
  link(self, entry)
end

-- nil where nothing expires. The clock is the user's: it is read before anything is changed.
local function now_of(self)
  return self.settings.ttl and self.settings.clock()
end

local function has_expired(entry, now)
  return entry.deadline and now >= entry.deadline
end

-- SIEVE: the hand goes from the oldest to the newest, spares what was visited since it came by, and
-- takes the first that was not.
local function victim_of_sieve(self)
  local entry = self.hand or self.oldest
  while entry.visited do
    entry.visited = false
    entry = entry.newer or self.oldest
  end
  self.hand = entry
  return entry
end

local function evict(self, now)
  local sieve = self.settings.policy == "sieve"
  local entry = sieve and victim_of_sieve(self) or self.oldest
  local count = has_expired(entry, now) and "expired" or "evictions"
  self[count] = self[count] + 1
  remove(self, entry)
end

-- Takes out entries of which the collector has taken the key.
local function purge_dead(self)
  local entry = self.oldest
  while entry do
    local newer = entry.newer
    if not entry.node[1] then remove(self, entry) end
    entry = newer
  end
  trie.prune(self.tree, holds)
end

local function purge_expired(self, now)
  local entry = self.oldest
  while entry do
    local newer = entry.newer
    if has_expired(entry, now) then
      self.expired = self.expired + 1
      remove(self, entry)
    end
    entry = newer
  end
end

-- Calls

-- The node with the results of an earlier call, if it has not expired.
local function find(self, count, ...)
  local settings = self.settings
  local now = settings.ttl and settings.clock()
  local node = trie.find(self.tree, count, ...)
  local entry = node and node.entry
  if entry and settings.weak then entry = entry_of(self, node) end
  if not entry then return nil end
  if now and has_expired(entry, now) then
    self.expired = self.expired + 1
    remove(self, entry)
    return nil
  end
  return node
end

local function hit(self, node)
  local results = node.results
  self.hits = self.hits + 1
  touch(self, node.entry)
  if results.n == 1 then return results[1] end
  return table.unpack(results, 1, results.n)
end

local function insert(self, node, entry, now)
  local full = self.size >= self.settings.maxsize
  node.entry, entry.node[1] = entry, node
  if full then evict(self, now) end
  link(self, entry)
  self.size = self.size + 1
end

-- A new node comes into the tree before an old one goes: a table of a power of two of keys would be
-- built anew at each insertion if one were removed before.
local function keep(self, path, ...)
  local settings, now = self.settings, now_of(self)
  if settings.maxsize == 0 then return ... end
  if settings.weak and trie.collected(self.tree) then purge_dead(self) end
  local results = table.pack(...)
  local entry = { node = settings.weak and trie.weak_reference(false) or { false } }
  local tree, node
  repeat -- a finaliser may have cleared the cache meanwhile
    tree = self.tree
    node = trie.make(tree, path)
  until tree == self.tree
  if entry_of(self, node) then
    touch(self, node.entry)
  else
    insert(self, node, entry, now)
  end
  node.results = results
  node.entry.deadline = now and now + settings.ttl
  return ...
end

-- Returns resolve(path, ...): the results for the key in `path`, from the cache or from fn(...).
local function resolver(self, fn, settings)
  local calls, in_coroutine = {}, nil

  function calls.call(path, ...)
    self.misses = self.misses + 1
    return keep(self, path, fn(...))
  end

  function calls.joined()
    self.hits = self.hits + 1
  end

  local function miss(path, ...)
    if coroutine.isyieldable() then return in_coroutine(path, ...) end
    return calls.call(path, ...)
  end

  function calls.retry(path, ...)
    local node = find(self, path.n, table.unpack(path, 1, path.n))
    if node then return hit(self, node) end
    return miss(path, ...)
  end

  in_coroutine = flight.new(settings, calls)
  return miss
end

-- The cache

local function check_self(self, name)
  if getmetatable(self) ~= Cache then
    arguments.refuse_self(name, "perilune.memo", self)
  end
end

local function find_key(self, ...)
  local key = self.settings.key
  if key then return find(self, 1, (key(...))) end
  return find(self, select("#", ...), ...)
end

function Cache:info()
  check_self(self, "info")
  local now = now_of(self)
  if self.settings.weak then purge_dead(self) end
  if now then purge_expired(self, now) end
  return {
    hits = self.hits, misses = self.misses, evictions = self.evictions, expired = self.expired,
    currsize = self.size, maxsize = self.settings.maxsize,
  }
end

function Cache:clear()
  check_self(self, "clear")
  self.newest, self.oldest, self.hand = nil, nil, nil
  for name, value in pairs(new_cache(self.settings)) do self[name] = value end
end

function Cache:forget(...)
  check_self(self, "forget")
  local node = find_key(self, ...)
  if node then remove(self, node.entry) end
  return node ~= nil
end

function Cache:peek(...)
  check_self(self, "peek")
  local node = find_key(self, ...)
  if not node then return false end
  return true, table.unpack(node.results, 1, node.results.n)
end

local memo = {}

function memo.wrap(fn, options)
  local settings = check(fn, options)
  local self, key = new_cache(settings), settings.key
  local miss = resolver(self, fn, settings)

  local function wrapped(...)
    local node = find(self, select("#", ...), ...)
    if node then return hit(self, node) end
    return miss(table.pack(...), ...)
  end

  local function wrapped_by_key(...)
    local value = key(...)
    local node = find(self, 1, value)
    if node then return hit(self, node) end
    return miss({ n = 1, value }, ...)
  end

  local f = key and wrapped_by_key or wrapped
  caches[f] = self
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
