--- Bytes as calls of two memoised functions, one of each version; they must answer and count alike.
local native = require("perilune.native.memo")
local script = require("perilune.script.memo")

local ARGUMENTS <const> = { 1, 1.0, 2, "1", true, false, 0 / 0, -0.0, {}, print, ("long"):rep(20) }

local now = 0

local function options_of(byte)
  return {
    maxsize = byte % 7 + 1,
    policy = byte & 8 == 0 and "lru" or "sieve",
    typed = byte & 16 ~= 0,
    ttl = byte & 32 ~= 0 and 5 or nil,
    clock = function() return now end,
  }
end

local function echo(...) return select("#", ...), ... end

-- Two bytes: how many arguments, of which kinds.
local function arguments_of(what, which)
  local list = { n = what % 4 }
  for i = 1, list.n do list[i] = ARGUMENTS[(which * i + what // 16) % (#ARGUMENTS + 1)] end
  return list
end

local function same(a, b)
  assert(a.n == b.n, "another number of results")
  for i = 1, a.n do
    assert(rawequal(a[i], b[i]) or (a[i] ~= a[i] and b[i] ~= b[i]), "another result")
  end
end

return function(bytes)
  if #bytes == 0 then return end
  local options = options_of(bytes:byte())
  local f, g = native.wrap(echo, options), script.wrap(echo, options)
  for i = 2, #bytes - 1, 2 do
    local what, which = bytes:byte(i, i + 1)
    local given = arguments_of(what, which)
    if what & 12 == 12 then
      native.cache(f):forget(table.unpack(given, 1, given.n))
      script.cache(g):forget(table.unpack(given, 1, given.n))
    elseif what & 12 == 8 then
      now = now + which % 4
    end
    local got = table.pack(f(table.unpack(given, 1, given.n)))
    same(got, table.pack(g(table.unpack(given, 1, given.n))))
  end
  local a, b = native.cache(f):info(), script.cache(g):info()
  for _, name in ipairs({ "hits", "misses", "evictions", "expired", "currsize" }) do
    assert(a[name] == b[name], name)
  end
end
