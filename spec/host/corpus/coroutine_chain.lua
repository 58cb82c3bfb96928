-- Coroutines within coroutines: how deep, in which order they end, and what is left of them.
local function chain(n)
  if n == 0 then return 0 end
  return 1 + coroutine.wrap(chain)(n - 1)
end
print(chain(100), pcall(chain, 250))
local function sieve(limit)
  local function numbers() for i = 2, limit do coroutine.yield(i) end end
  local function filter(p, source)
    return coroutine.wrap(function()
      for n in source do if n % p ~= 0 then coroutine.yield(n) end end
    end)
  end
  local source, primes = coroutine.wrap(numbers), {}
  while true do
    local p = source()
    if not p then break end
    primes[#primes + 1] = p
    source = filter(p, source)
  end
  return primes
end
print(table.concat(sieve(120), " "))
local order = {}
local function closer(name)
  return setmetatable({}, { __close = function() order[#order + 1] = name end })
end
local function layered(n)
  local _ <close> = closer("a" .. n)
  local co <close> = setmetatable({ co = coroutine.create(function()
    local _ <close> = closer("b" .. n)
    if n > 1 then layered(n - 1) end
    coroutine.yield()
  end) }, { __close = function(self) coroutine.close(self.co) end })
  coroutine.resume(co.co)
  order[#order + 1] = "left " .. n
end
layered(3)
print(table.concat(order, " "))
local t = setmetatable({}, { __mode = "k" })
do
  local co = coroutine.create(function() local self = coroutine.running() t[self] = true coroutine.yield(self) end)
  coroutine.resume(co)
end
collectgarbage()
print(next(t))
