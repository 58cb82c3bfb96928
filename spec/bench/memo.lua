--- Times perilune.memo beside what one would write without it, Python's functools.lru_cache, and
--- npm's lru-cache where it is installed (`npm ci` in spec/bench).
---
---     memo.lua [--rounds N] [--size N] [--json FILE]
---
--- Each round does every row once in every way, in turn; the tables have the medians, nanoseconds
--- of processor time a call. Hits are net of the loop; traces, `size` calls of a memoised function
--- that gives its argument back, are not. Python and node run in processes of their own and time
--- themselves. The last trace is short: a Lua table that holds 2^k keys while others come and go
--- makes itself anew each time, which takes 10,000 ns and more.
local script = require("perilune.script.memo")
local native = require("perilune.native.memo")
local report = require("spec.bench.report")
local turns = require("spec.bench.turns")

local PEERS <const> = {
  python = "python3 spec/bench/peers/memo.py %s %s 2>/dev/null",
  node = "node spec/bench/peers/memo.mjs %s %s 2>/dev/null",
}
local COLUMNS <const> = { "closure", "linked", "script", "native", "python", "node" }
local RESIDENT <const>, CALLS <const> = 128, 1000000
local DISTINCT <const> = 1000000

-- What one writes without a library.

local function closure(fn)
  local cache = {}
  return function(a)
    local value = cache[a]
    if value == nil then
      value = fn(a)
      cache[a] = value
    end
    return value
  end
end

local function closure_of_two(fn)
  local cache = {}
  return function(a, b)
    local row = cache[a]
    if not row then
      row = {}
      cache[a] = row
    end
    local value = row[b]
    if value == nil then
      value = fn(a, b)
      row[b] = value
    end
    return value
  end
end

local function linked_lru(fn, maxsize)
  local entries, ends, size = {}, {}, 0
  ends.newer, ends.older = ends, ends
  local function link(entry)
    entry.older, entry.newer = ends.older, ends
    ends.older.newer, ends.older = entry, entry
  end
  local function unlink(entry)
    entry.newer.older, entry.older.newer = entry.older, entry.newer
  end
  return function(a)
    local entry = entries[a]
    if entry then
      unlink(entry)
      link(entry)
      return entry.value
    end
    local value = fn(a)
    if size >= maxsize then
      local oldest = ends.newer
      unlink(oldest)
      entries[oldest.key] = nil
    else
      size = size + 1
    end
    entry = { key = a, value = value }
    entries[a] = entry
    link(entry)
    return value
  end
end

local function first(a) return a end

local function wrapped(memo, maxsize, policy)
  return function() return memo.wrap(first, { maxsize = maxsize, policy = policy }) end
end

-- Work: each takes what a way has made, and returns nanoseconds a call.

local function nanoseconds(calls, fn, ...)
  collectgarbage()
  collectgarbage()
  local start = os.clock()
  fn(...)
  return (os.clock() - start) / calls * 1e9
end

local function call_one(f, keys)
  for i = 1, CALLS do
    local _ = f(keys[i & (RESIDENT - 1)])
  end
end

local function call_two(f, keys)
  for i = 1, CALLS do
    local key = keys[i & (RESIDENT - 1)]
    local _ = f(key, key)
  end
end

local function call_none(_, keys)
  for i = 1, CALLS do
    local _ = keys[i & (RESIDENT - 1)]
  end
end

local function hit(call, keys)
  return function(f)
    call(f, keys)
    return nanoseconds(CALLS, call, f, keys) - nanoseconds(CALLS, call_none, f, keys)
  end
end

local function run_trace(keys)
  return function(f)
    local function run()
      for i = 1, #keys do f(keys[i]) end
    end
    return nanoseconds(#keys, run)
  end
end

-- Microseconds; 100 times, since the clock's steps are one.
local function fib_cold(wrap)
  local function run()
    for _ = 1, 100 do
      local fib
      fib = wrap(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)
      fib(35)
    end
  end
  return nanoseconds(100, run) / 1e3
end

-- Traces

-- The i-th of DISTINCT keys is asked for in proportion to 1 / i.
local function zipf(size)
  local sums, keys, sum = {}, {}, 0
  for i = 1, DISTINCT do
    sum = sum + 1 / i
    sums[i] = sum
  end
  for i = 1, size do
    local x, low, high = math.random() * sum, 1, DISTINCT
    while low < high do
      local middle = (low + high) // 2
      if sums[middle] < x then low = middle + 1 else high = middle end
    end
    keys[i] = low * 1000003
  end
  return keys
end

local function uniform(size)
  local keys = {}
  for i = 1, size do keys[i] = math.random(DISTINCT) * 1000003 end
  return keys
end

local function write_integers(integers)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  for _, integer in ipairs(integers) do file:write(string.pack("=i8", integer)) end
  return path
end

-- Rows

local function map(fn)
  local list = {}
  for i = 0, RESIDENT - 1 do list[i] = fn(i) end
  return list
end

local function hit_row(name, call, keys, plain, lru)
  return {
    name = name, work = hit(call, keys),
    ways = {
      closure = function() return plain(first) end,
      linked = lru and function() return lru(first, RESIDENT) end,
      script = wrapped(script, RESIDENT), native = wrapped(native, RESIDENT),
    },
  }
end

local function trace_row(name, policy, size, keys)
  return {
    name = ("%s, %s, %d"):format(name, policy, size), work = run_trace(keys),
    ways = {
      linked = policy == "lru" and function() return linked_lru(first, size) end or nil,
      script = wrapped(script, size, policy), native = wrapped(native, size, policy),
    },
  }
end

local function fib_row()
  local function with(memo)
    return function()
      return function(fn) return memo.wrap(fn, { maxsize = math.huge }) end
    end
  end
  return {
    name = "fib(35), cold", work = fib_cold,
    ways = {
      closure = function() return closure end, script = with(script), native = with(native),
    },
  }
end

local function all_rows(traces)
  local integers, strings = map(function(i) return i * 1000003 end), map(function(i)
    return "key " .. i
  end)
  local rows = {
    hit_row("hit, 1 integer", call_one, integers, closure, linked_lru),
    hit_row("hit, 1 string", call_one, strings, closure, linked_lru),
    hit_row("hit, 2 integers", call_two, integers, closure_of_two),
    fib_row(),
  }
  for _, name in ipairs { "zipf", "uniform" } do
    for _, policy in ipairs { "lru", "sieve" } do
      for _, size in ipairs { 128, 100000 } do
        rows[#rows + 1] = trace_row(name, policy, size, traces[name])
      end
    end
  end
  local few = table.move(traces.uniform, 1, #traces.uniform // 50, 1, {})
  rows[#rows + 1] = trace_row("uniform", "lru", 1024, few)
  return rows
end

-- Keys of one hash in Lua's own tables, beside others.
local function time_flood()
  local n, figures = 16000, {}
  local node_size = 1 << 14
  local multiples = { colliding = node_size - 1, random = node_size + 1 }
  for kind, multiple in pairs(multiples) do
    for name, wrap in pairs { closure = closure, native = native.wrap } do
      local f = wrap(first, { maxsize = n })
      local keys = {}
      for i = 1, n do keys[i] = i * multiple * 1000003 end
      figures[name .. " " .. kind] = run_trace(keys)(f)
    end
  end
  return figures
end

-- Running it all

local function run_round(rows, times, ratios)
  for _, row in ipairs(rows) do
    for _, column in ipairs(COLUMNS) do
      local way = row.ways[column]
      if way then
        local f = way()
        table.insert(times[row.name][column], row.work(f))
        if column == "native" and row.name:find("^[zu]") then
          local info = native.cache(f):info()
          ratios[row.name] = { native = info.hits / (info.hits + info.misses) }
        end
      end
    end
  end
end

local function run_peer(name, paths, times, ratios)
  local pipe = assert(io.popen(PEERS[name]:format(paths.zipf, paths.uniform)))
  local figures = require("dkjson").decode(pipe:read("a"))
  if not pipe:close() or not figures then return end
  for row, taken in pairs(figures.times) do table.insert(times[row][name], taken) end
  for row, ratio in pairs(figures.ratios) do ratios[row][name] = ratio end
end

local function run_all(rows, paths, rounds)
  local times, ratios = turns.lists(rows, COLUMNS), {}
  for _ = 1, rounds do
    run_round(rows, times, ratios)
    for name in pairs(PEERS) do run_peer(name, paths, times, ratios) end
  end
  turns.settle(times)
  return times, ratios
end

local function ratio(value, by)
  return turns.cell("%8.2fx", value and by and value / by)
end

local function print_times(rows, times)
  print(("%-24s"):format("nanoseconds (fib: us)")
    .. "  closure   linked   script   native   python     node linked/n python/n")
  for _, row in ipairs(rows) do
    local columns, cells = times[row.name], {}
    for i, column in ipairs(COLUMNS) do cells[i] = turns.cell("%9.1f", columns[column]) end
    print(("%-24s"):format(row.name) .. table.concat(cells)
      .. ratio(columns.linked, columns.native) .. ratio(columns.python, columns.native))
  end
end

local function print_ratios(rows, ratios)
  print(("\n%-24s   native   python     node"):format("hit ratio"))
  for _, row in ipairs(rows) do
    local of = ratios[row.name]
    local function percent(value) return turns.cell("%8.2f%%", value and value * 100) end
    if of then
      print(("%-24s"):format(row.name) .. percent(of.native) .. percent(of.python)
        .. percent(of.node))
    end
  end
end

local function print_flood(flood)
  print("\n16,000 keys of one hash in a Lua table, and others")
  for _, name in ipairs { "closure", "native" } do
    local colliding, random = flood[name .. " colliding"], flood[name .. " random"]
    print(("%-24s%9.1f%9.1f%8.2fx"):format(name, colliding, random, colliding / random))
  end
end

local function main(options)
  math.randomseed(20, 1969)
  local traces = { zipf = zipf(options.size), uniform = uniform(options.size) }
  local paths = { zipf = write_integers(traces.zipf), uniform = write_integers(traces.uniform) }
  local rows = all_rows(traces)
  local times, ratios = run_all(rows, paths, options.rounds)
  local flood = time_flood()
  for _, path in pairs(paths) do os.remove(path) end
  print_times(rows, times)
  print_ratios(rows, ratios)
  print_flood(flood)
  report.write(options.json, {
    size = options.size, rounds = options.rounds, times = times, hit_ratios = ratios, flood = flood,
  })
end

main(report.options(arg, { rounds = 3, size = 300000 }, "memo.lua [--rounds N] [--size N]"))
