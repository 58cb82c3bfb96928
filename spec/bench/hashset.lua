--- Times perilune.hashset beside what one would write without it, and beside Python.
---
---     hashset.lua [--rounds N] [--size N] [--json FILE]
---
--- Each round does every piece of work once in every way, in turn; the table has the medians, in
--- milliseconds of processor time. Python runs in a process of its own and times itself.
local script = require("perilune.script.hashset")
local native = require("perilune.native.hashset")
local report = require("spec.bench.report")

local PEER <const> = "spec/bench/peers/duplicates.py"
local NAIVE_SIZE <const> = 5000
local COLUMNS <const> = { "table", "script", "native", "python" }

-- What one writes without a library.
local plain = {}

function plain.naive_duplicates(list)
  local found = {}
  for i = 1, #list do
    for j = i + 1, #list do
      if list[i] == list[j] then
        found[#found + 1] = list[i]
        break
      end
    end
  end
  return found
end

function plain.duplicates(list)
  local seen, found = {}, {}
  for _, item in ipairs(list) do
    if seen[item] == nil then
      seen[item] = false
    elseif seen[item] == false then
      seen[item] = true
      found[#found + 1] = item
    end
  end
  return found
end

function plain.new(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

function plain.union(a, b)
  local set = {}
  for item in pairs(a) do set[item] = true end
  for item in pairs(b) do set[item] = true end
  return set
end

function plain.intersection(a, b)
  local set = {}
  for item in pairs(a) do
    if b[item] then set[item] = true end
  end
  return set
end

function plain.difference(a, b)
  local set = {}
  for item in pairs(a) do
    if not b[item] then set[item] = true end
  end
  return set
end

local function union(a, b) return a | b end
local function intersection(a, b) return a & b end
local function difference(a, b) return a - b end

-- A million calls each, on 1,000 members; the loop's own time is in all of them.
local function look_up(set)
  local found = 0
  for i = 1, 1000000 do
    if set[i & 2047] then found = found + 1 end
  end
  return found
end

local function call_contains(set)
  local found = 0
  for i = 1, 1000000 do
    if set:contains(i & 2047) then found = found + 1 end
  end
  return found
end

local function call_bound(set)
  local has, found = set:bind(), 0
  for i = 1, 1000000 do
    if has(i & 2047) then found = found + 1 end
  end
  return found
end

-- A tenth of the items repeat others.
local function random_integers(n)
  local list = {}
  for i = 1, n do list[i] = math.random(0) end
  for _ = 1, n // 10 do list[math.random(n)] = list[math.random(n)] end
  return list
end

local function map(list, fn)
  local mapped = {}
  for i, item in ipairs(list) do mapped[i] = fn(item, i) end
  return mapped
end

local function on_list(name, fn, list)
  return {
    name = name,
    ways = {
      table = { plain[fn], list },
      script = { script[fn], list },
      native = { native[fn], list },
    },
  }
end

local function on_sets(name, operator, a, b)
  return {
    name = name,
    ways = {
      table = { plain[name], plain.new(a), plain.new(b) },
      script = { operator, script.new(a), script.new(b) },
      native = { operator, native.new(a), native.new(b) },
    },
  }
end

local function on_members(name, fn, members)
  return {
    name = name,
    ways = {
      table = { look_up, plain.new(members) },
      script = { fn, script.new(members) },
      native = { fn, native.new(members) },
    },
  }
end

local function all_work(integers)
  local half = #integers // 2
  local sequence = map(integers, function(_, i) return i end)
  local strings = map(integers, function(item) return "key " .. item end)
  local a = table.move(integers, 1, half, 1, {})
  local b = table.move(integers, half // 2 + 1, half // 2 + half, 1, {})
  local members = table.move(sequence, 1, 1000, 1, {})
  return {
    on_list("duplicates, random integers", "duplicates", integers),
    on_list("duplicates, sequence", "duplicates", sequence),
    on_list("duplicates, short strings", "duplicates", strings),
    on_list("set from a list", "new", integers),
    on_sets("union", union, a, b),
    on_sets("intersection", intersection, a, b),
    on_sets("difference", difference, a, b),
    on_members("contains, a million calls", call_contains, members),
    on_members("bound contains, a million calls", call_bound, members),
  }
end

local function milliseconds(fn, ...)
  collectgarbage()
  collectgarbage()
  local start = os.clock()
  local result = fn(...)
  local taken = (os.clock() - start) * 1e3
  return taken, result
end

local function write_integers(integers)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  for _, integer in ipairs(integers) do file:write(string.pack("=i8", integer)) end
  return path
end

-- Adds Python's times; false where there is no Python.
local function run_python(path, times)
  local pipe = assert(io.popen(("python3 %s %s"):format(PEER, path)))
  local output = pipe:read("a")
  if not pipe:close() then return false end
  for name, taken in output:gmatch('"([^"]+)": ([%d.e-]+)') do
    table.insert(times[name].python, tonumber(taken))
  end
  return true
end

local function run_round(work, times)
  for _, piece in ipairs(work) do
    for _, column in ipairs(COLUMNS) do
      local way = piece.ways[column]
      if way then
        table.insert(times[piece.name][column], (milliseconds(table.unpack(way))))
      end
    end
  end
end

local function median(values)
  table.sort(values)
  return values[(#values + 1) // 2]
end

-- Median milliseconds by work and column.
local function run_all(work, integers, rounds)
  local times, path = {}, write_integers(integers)
  for _, piece in ipairs(work) do
    times[piece.name] = { table = {}, script = {}, native = {}, python = {} }
  end
  local python = os.execute("python3 --version >/dev/null 2>&1")
  for _ = 1, rounds do
    run_round(work, times)
    if python then run_python(path, times) end
  end
  os.remove(path)
  for _, columns in pairs(times) do
    for column, values in pairs(columns) do columns[column] = median(values) end
  end
  return times
end

local function cell(value) return value and ("%9.1f"):format(value) or ("%9s"):format("-") end

local function ratio(value, native_value)
  return value and ("%8.1fx"):format(value / native_value) or ("%9s"):format("-")
end

local function print_table(work, times)
  local head = "%-33s    table   script   native   python  table/n python/n"
  print(head:format("milliseconds"))
  for _, piece in ipairs(work) do
    local row = times[piece.name]
    print(("%-33s"):format(piece.name) .. cell(row.table) .. cell(row.script) .. cell(row.native)
      .. cell(row.python) .. ratio(row.table, row.native) .. ratio(row.python, row.native))
  end
end

-- n^2 takes too long at the size of the others: scaled up from a small one.
local function time_naive(integers)
  local taken = milliseconds(plain.naive_duplicates, table.move(integers, 1, NAIVE_SIZE, 1, {}))
  local scale = (#integers / NAIVE_SIZE) ^ 2
  return { size = NAIVE_SIZE, milliseconds = taken, extrapolated_seconds = taken * scale / 1e3 }
end

local function main(options)
  math.randomseed(20, 1969)
  local integers = random_integers(options.size)
  local naive = time_naive(integers)
  local work = all_work(integers)
  local times = run_all(work, integers, options.rounds)
  print_table(work, times)
  print(("naive duplicates: %.1f ms for %d items; %.0f s for %d, extrapolated"):format(
    naive.milliseconds, naive.size, naive.extrapolated_seconds, options.size))
  report.write(options.json, {
    size = options.size, rounds = options.rounds, naive = naive, milliseconds = times,
  })
end

main(report.options(arg, { rounds = 7, size = 1000000 },
  "hashset.lua [--rounds N] [--size N]"))
