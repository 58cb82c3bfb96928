--- One piece of pool.lua's work in a pool of perilune's:
---
---     pool.lua native|script WORK ARGUMENT
---
--- Prints JSON: seconds, tasks a second, and bytes.
local clock = require("perilune.clock")
local json = require("dkjson")
local statistics = require("perilune.statistics")
local semiprimes = require("spec.bench.semiprimes")
local uv = require("luv")

local POOLS <const> = {
  native = function() return require("perilune.native.pool") end,
  script = function() return require("perilune.script.pool") end,
}
local WORKERS <const> = 2
local STARTS <const>, WARM <const> = 5, 100
local BLOCK <const> = 1000 -- bytes
local PAUSE <const>, PATIENCE <const> = 0.3, 3 -- seconds
local SMALL <const>, FEW <const>, MANY <const> = 8 << 20, 11, 40

local works = {}

local function echo(value) return value end

local function new(pool, workers)
  return assert(pool.new { workers = workers or WORKERS })
end

-- Without the garbage of what was timed before.
local function timed(fn, ...)
  collectgarbage()
  local start = clock.now()
  fn(...)
  return clock.now() - start
end

local function part(times, share)
  table.sort(times)
  return times[1 + math.floor(share * (#times - 1))]
end

local function heap_of(megabytes)
  local blocks, rest = {}, ("x"):rep(BLOCK - 8)
  for i = 1, megabytes * 1000000 // BLOCK do blocks[i] = ("%08d"):format(i) .. rest end
  return blocks
end

function works.start(pool, megabytes)
  local heap, times = heap_of(megabytes), {}
  for i = 1, STARTS do
    local start = clock.now()
    local p <close> = new(pool)
    p:submit(echo, i):result()
    times[i] = clock.now() - start
    p:shutdown()
  end
  assert(#heap > 0)
  return { first = statistics.median(times) }
end

function works.latency(pool, calls, workers)
  local p <close> = new(pool, workers)
  local times = {}
  for i = 1, WARM + calls do
    local start = clock.now()
    p:submit(echo, i):result()
    if i > WARM then times[i - WARM] = clock.now() - start end
  end
  return { p50 = part(times, 0.5), p99 = part(times, 0.99) }
end

-- Tasks that do nothing

local function submit_each(p, list)
  local futures = {}
  for i = 1, #list do futures[i] = p:submit(echo, list[i]) end
  for i = 1, #list do assert(futures[i]:result() == i) end
end

local function imap_all(p, list)
  local n = 0
  for i, result in p:imap(echo, list) do
    n = n + 1
    assert(i == n and result == i)
  end
  assert(n == #list)
end

local function map_in(p, list, chunksize)
  local results = p:map(echo, list, { chunksize = chunksize })
  assert(#results == #list and results[#list] == #list)
end

function works.noop(pool, tasks)
  local p <close> = new(pool)
  local list = {}
  for i = 1, tasks do list[i] = i end
  map_in(p, { 1, 2, 3, 4 })
  local rates = {
    submit = tasks / timed(submit_each, p, list), imap = tasks / timed(imap_all, p, list),
  }
  for _, chunksize in ipairs { "auto", 1, 10, 100 } do
    rates[tostring(chunksize)] = tasks / timed(map_in, p, list, chunksize)
  end
  return rates
end

function works.bytes(pool, size)
  local p <close> = new(pool)
  local bytes, times = ("x"):rep(size), {}
  for i = 1, size <= SMALL and MANY or FEW do
    local start = clock.now()
    local back = p:submit(echo, bytes):result()
    times[i] = clock.now() - start
    assert(#back == size)
  end
  return { p50 = statistics.median(times) }
end

function works.factor(pool, path)
  local numbers, found = semiprimes.read(path), nil
  local wall = timed(function()
    local p <close> = new(pool)
    found = p:map(semiprimes.factors, numbers)
    p:shutdown()
  end)
  for i, number in ipairs(numbers) do assert(found[i][1] * found[i][2] == number) end
  return { wall = wall }
end

-- A killed worker

local function kill_worker()
  local file <close> = assert(io.open("/proc/self/stat"))
  os.execute("kill -9 " .. file:read("n"))
end

local function linger(seconds)
  local start = os.clock()
  while os.clock() - start < seconds do end
end

function works.kill(pool)
  local p <close> = new(pool)
  local futures = { p:submit(linger, PAUSE), p:submit(kill_worker) }
  for i = 1, 5 do futures[#futures + 1] = p:submit(echo, i) end
  local counts = { ok = 0, failed = 0, hung = 0 }
  for _, future in ipairs(futures) do
    local problem = future:error(PATIENCE)
    local name = not problem and "ok" or problem.code == "wait" and "hung" or "failed"
    counts[name] = counts[name] + 1
  end
  counts.after = p:submit(echo, 1):error(PATIENCE) == nil and 1 or 0
  return counts
end

-- Memory

local function kilobytes(pid, file, name)
  for line in io.lines(("/proc/%s/%s"):format(pid, file)) do
    local value = line:match("^" .. name .. ":%s+(%d+) kB")
    if value then return math.tointeger(value) end
  end
end

-- Of all processes that descend from one.
local function share_of_descendants(pid)
  local share = 0
  local file <close> = assert(io.open(("/proc/%d/task/%d/children"):format(pid, pid)))
  for child in file:read("a"):gmatch("%d+") do
    share = share + kilobytes(child, "smaps_rollup", "Pss") + share_of_descendants(child)
  end
  return share
end

function works.memory(pool)
  local p <close> = new(pool)
  p:map(echo, { 1, 2, 3, 4 }, { chunksize = 1 })
  local pid = p:stats().workers[1].pid
  return { rss = kilobytes(pid, "status", "VmRSS") * 1024,
    pss = kilobytes(pid, "smaps_rollup", "Pss") * 1024,
    all = share_of_descendants(uv.os_getpid()) * 1024 }
end

-- How far an iterator that never ends is asked ahead, and how much memory grows in all but the
-- first tenth.
function works.endless(pool, results)
  local p <close> = new(pool)
  local asked, ahead, before = 0, 0, nil
  for i in p:imap(echo, function() asked = asked + 1 return asked end) do
    if i == 1 then clock.sleep(PAUSE) end
    ahead = math.max(ahead, asked - i)
    if i == results // 10 then before = kilobytes("self", "status", "VmRSS") end
    if i == results then break end
  end
  local grown = kilobytes("self", "status", "VmRSS") - before
  return { ahead = ahead, grown = grown * 1024 }
end

local kind, work, argument, more = arg[1], arg[2], arg[3], arg[4]
print(json.encode(works[work](POOLS[kind](), math.tointeger(argument) or argument,
  math.tointeger(more))))
