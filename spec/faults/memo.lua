--- What a program does with memo caches, short enough to run once for every allocation in it. A
--- call that runs out of memory must leave its cache sound: `sound` checks that.
package.path = "host/lua/?.lua;" .. package.path
local memo = require("perilune.native.memo")

local function long(i) return ("long"):rep(20) .. i end

-- What a cache holds agrees with its own count.
local function sound(f, keys)
  local cache, n = memo.cache(f), 0
  for _, key in ipairs(keys) do
    local found, value = cache:peek(table.unpack(key, 1, key.n))
    if found then
      n = n + 1
      assert(value == nil or value[1] == key[1], "another key's value")
    end
  end
  assert(cache:info().currsize == n, "a cache has lost count")
end

-- Calls; for memory to run out is an error, for the cache to be unsound another.
local function ask(f, keys, key)
  local ok, message = pcall(f, table.unpack(key, 1, key.n))
  if not ok then
    sound(f, keys)
    error(message, 0)
  end
end

local function all_keys()
  local keys = { table.pack() }
  for i = 1, 6 do
    keys[#keys + 1] = table.pack(i)
    keys[#keys + 1] = table.pack("short " .. i)
    keys[#keys + 1] = table.pack(long(i), i)
    keys[#keys + 1] = table.pack({}, nil, 0 / 0)
    keys[#keys + 1] = table.pack(i, long(i), {}, true)
    keys[#keys + 1] = table.pack(i, 2, 3, 4, "five", {})
  end
  return keys
end

local function box(first, ...)
  if first == nil then return nil, ... end
  return { first }, ...
end

for _, options in ipairs({
  { maxsize = 10 },
  { maxsize = 10, policy = "sieve", typed = true },
  { maxsize = math.huge, weak = true },
  { maxsize = 7, ttl = 5, clock = function() return 1 end },
}) do
  local f, keys = memo.wrap(box, options), all_keys()
  for round = 1, 2 do
    for i, key in ipairs(keys) do
      ask(f, keys, key)
      if i % 5 == round then memo.cache(f):forget(table.unpack(key, 1, key.n)) end
    end
    sound(f, keys)
  end
  memo.cache(f):clear()
  sound(f, keys)
end

-- Recursion, errors, coroutines and those who wait.
local fib
fib = memo.wrap(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)
assert(fib(30) == 832040 and not pcall(memo.wrap(error), "sorry"))

local slow = memo.wrap(function(n)
  coroutine.yield()
  return n, n
end)
local first, second = coroutine.create(slow), coroutine.create(slow)
for _ = 1, 3 do
  coroutine.resume(first, 1)
  coroutine.resume(second, 1)
end
local found, value = memo.cache(slow):peek(1)
assert(not found or value == 1)

-- Finalisers that use the cache that is at work.
local metatable = { __gc = function(self) fib(self.n % 60) end }
for i = 1, 20 do
  setmetatable({ n = i }, metatable)
  fib(long(1):len() - i)
end
collectgarbage()
