--- The numbers in a file factorised by bare interpreters, without a pool: what one can reach by
--- hand.
---
---     split.lua WAY factor FILE
---
--- `alone` is one process, `halves` two with half of the list each, `dealt` two of which each takes
--- every other number. Prints JSON: the seconds of the one that took longer. Starting them is not
--- counted.
local clock = require("perilune.native.clock")
local semiprimes = require("spec.bench.semiprimes")

local way, path, first, last, step = arg[1], arg[3], arg[4], arg[5], arg[6]

local function work(numbers)
  local start = clock.now()
  for i = math.tointeger(first), math.tointeger(last), math.tointeger(step) do
    assert(#semiprimes.factors(numbers[i]) == 2)
  end
  print(clock.now() - start)
end

local function parts_of(n)
  if way == "alone" then return { { 1, n, 1 } } end
  if way == "halves" then return { { 1, n // 2, 1 }, { n // 2 + 1, n, 1 } } end
  return { { 1, n, 2 }, { 2, n, 2 } }
end

local function start_all(parts)
  local pipes = {}
  for i, part in ipairs(parts) do
    local command = ("'%s' '%s' %s factor '%s' %d %d %d"):format(arg[-1], arg[0], way, path,
      table.unpack(part))
    pipes[i] = assert(io.popen(command))
  end
  return pipes
end

local numbers = semiprimes.read(path)
if first then return work(numbers) end
local longest = 0
for _, pipe in ipairs(start_all(parts_of(#numbers))) do
  longest = math.max(longest, assert(tonumber(pipe:read("l"))))
  assert(pipe:close())
end
print(('{"wall": %.9f}'):format(longest))
