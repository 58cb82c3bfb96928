--- Times perilune.hashset beside what one would write without it, beside Python and Node.
---
---     hashset.lua [--rounds N] [--size N] [--json FILE]
---
--- Each round does every piece of work once in every way, in turn; the tables have the medians of
--- processor time. `native` reads Lua tables, `ints` packed integers. Python and Node run in
--- processes of their own and time themselves.
local ints = require("perilune.ints")
local native = require("perilune.native.hashset")
local script = require("perilune.script.hashset")
local plain = require("spec.bench.plain")
local report = require("spec.bench.report")
local turns = require("spec.bench.turns")

local PEERS <const> = { python = "python3 spec/bench/peers/duplicates.py",
  node = "node spec/bench/peers/duplicates.mjs" }
local COLUMNS <const> = { "table", "tuned", "script", "native", "ints" }
local NAIVE_SIZE <const> = 5000
local COLLIDING <const> = 16000
local CALLS <const> = 1000000

local operators = {
  union = function(a, b) return a | b end,
  intersection = function(a, b) return a & b end,
  difference = function(a, b) return a - b end,
  symmetric_difference = function(a, b) return a ~ b end,
  subset = function(a, b) return a <= b end,
}

-- A tenth of the items repeat others.
local function random_integers(n)
  local list = ints.random(n, { seed = 1969 })
  local places = ints.random(2 * (n // 10), { seed = 7, low = 1, high = n })
  for i = 1, #places, 2 do list[places[i]] = list[places[i + 1]] end
  return list:totable()
end

local function map(list, fn)
  local mapped = {}
  for i, item in ipairs(list) do mapped[i] = fn(item, i) end
  return mapped
end

local function shuffle(list)
  local places = ints.random(#list, { seed = 5, low = 1, high = #list })
  for i, place in ipairs(places) do list[i], list[place] = list[place], list[i] end
  return list
end

local function on_list(name, fn, list, packed)
  local ways = {
    table = { plain[fn], list },
    tuned = fn == "duplicates" and { plain.tuned_duplicates, list } or nil,
    script = { script[fn], list },
    native = { native[fn], list },
    ints = packed and { native[fn], packed },
  }
  return { name = name, ways = ways }
end

local function on_sets(name, a, b)
  local fn = name:gsub(" ", "_")
  local operator = operators[fn]
  return {
    name = name,
    ways = {
      table = { plain[fn], plain.new(a), plain.new(b) },
      script = { operator, script.new(a), script.new(b) },
      native = { operator, native.new(a), native.new(b) },
    },
  }
end

local function lists_work(integers)
  local sequence = map(integers, function(_, i) return i end)
  local strings = map(integers, function(item) return "key " .. item end)
  local shuffled = shuffle(map(integers, function(_, i) return i end))
  local packed = ints.from(integers)
  return {
    on_list("duplicates, random integers", "duplicates", integers, packed),
    on_list("duplicates, sequence", "duplicates", sequence, ints.range(1, #integers)),
    on_list("duplicates, sequence, shuffled", "duplicates", shuffled, ints.from(shuffled)),
    on_list("duplicates, short strings", "duplicates", strings),
    on_list("set from a list", "new", integers, packed),
  }
end

local function sets_work(integers)
  local half = #integers // 2
  local a = table.move(integers, 1, half, 1, {})
  local b = table.move(integers, half // 2 + 1, half // 2 + half, 1, {})
  return {
    on_sets("union", a, b), on_sets("intersection", a, b), on_sets("difference", a, b),
    on_sets("symmetric difference", a, b), on_sets("subset", a, integers),
  }
end

-- A table of 2^14 slots puts an integer at its remainder by 2^14 - 1.
local function colliding_work()
  local colliding, random = {}, ints.random(COLLIDING, { seed = 3 }):totable()
  for i = 1, COLLIDING do colliding[i] = i * (1 << 14) - i end
  return { on_list("set of 16,000, random", "new", random),
    on_list("set of 16,000 that collide in a table", "new", colliding) }
end

-- A million calls each, on 1,000 members.
local calls = {}

function calls.empty()
  local found = 0
  for i = 1, CALLS do
    local item = i & 2047
    if item then found = found + 1 end
  end
  return found
end

function calls.table(set)
  local found = 0
  for i = 1, CALLS do
    if set[i & 2047] then found = found + 1 end
  end
  return found
end

function calls.method(set)
  local found = 0
  for i = 1, CALLS do
    if set:contains(i & 2047) then found = found + 1 end
  end
  return found
end

function calls.bound(set)
  local has, found = set:bind(), 0
  for i = 1, CALLS do
    if has(i & 2047) then found = found + 1 end
  end
  return found
end

local function calls_work()
  local members = ints.range(1, 1000):totable()
  local function row(name, fn)
    local ways = { empty = { calls.empty }, table = { calls.table, plain.new(members) },
      script = { fn, script.new(members) }, native = { fn, native.new(members) } }
    return { name = name, ways = ways }
  end
  return { row("s:contains(v)", calls.method), row("has(v) of s:bind()", calls.bound) }
end

local function ratio(a, b) return a and b and a / b end

local function print_bulk(work, times)
  print("milliseconds                             table    tuned   script   native     ints"
    .. "   python     node  table/n  table/i  tuned/n  tuned/i python/n")
  for _, piece in ipairs(work) do
    local row = times[piece.name]
    local cells = { ("%-37s"):format(piece.name) }
    for _, column in ipairs { "table", "tuned", "script", "native", "ints", "python", "node" } do
      cells[#cells + 1] = turns.cell("%9.2f", row[column])
    end
    for _, pair in ipairs { { "table", "native" }, { "table", "ints" }, { "tuned", "native" },
      { "tuned", "ints" }, { "python", "native" } } do
      cells[#cells + 1] = turns.cell("%8.1fx", ratio(row[pair[1]], row[pair[2]]))
    end
    print(table.concat(cells))
  end
end

-- Nanoseconds a call, without the loop's own time.
local function print_calls(work, times)
  print("\nnanoseconds a call, without the loop     table   script   native")
  for _, piece in ipairs(work) do
    local row, cells = times[piece.name], { ("%-37s"):format(piece.name) }
    for _, column in ipairs { "table", "script", "native" } do
      row[column] = (row[column] - row.empty) * 1e6 / CALLS
      cells[#cells + 1] = turns.cell("%9.1f", row[column])
    end
    print(table.concat(cells))
  end
end

-- n^2 takes too long at the size of the others: scaled up from a small one.
local function time_naive(integers)
  local few = table.move(integers, 1, NAIVE_SIZE, 1, {})
  local taken = turns.milliseconds(plain.naive_duplicates, few)
  local seconds = taken * (#integers / NAIVE_SIZE) ^ 2 / 1e3
  print(("\nnaive duplicates: %.1f ms for %d items; %.0f s for %d, extrapolated"):format(
    taken, NAIVE_SIZE, seconds, #integers))
  return { size = NAIVE_SIZE, milliseconds = taken, extrapolated_seconds = seconds }
end

local function peers_on(path)
  local commands = {}
  for column, command in pairs(PEERS) do commands[column] = command .. " " .. path end
  return commands
end

local function main(options)
  local integers, path = random_integers(options.size), os.tmpname()
  assert(ints.from(integers):write(path, { format = "binary" }))
  local lists, sets, colliding = lists_work(integers), sets_work(integers), colliding_work()
  local bulk = table.move(sets, 1, #sets, #lists + 1, lists)
  table.move(colliding, 1, #colliding, #bulk + 1, bulk)
  local times = turns.run(bulk, COLUMNS, peers_on(path), options.rounds)
  os.remove(path)
  print_bulk(bulk, times)
  local each = calls_work()
  local call_times = turns.run(each, { "empty", "table", "script", "native" }, {}, options.rounds)
  print_calls(each, call_times)
  local naive = time_naive(integers)
  report.write(options.json, { size = options.size, rounds = options.rounds, naive = naive,
    milliseconds = times, nanoseconds_a_call = call_times })
end

main(report.options(arg, { rounds = 7, size = 1000000 }, "hashset.lua [--rounds N] [--size N]"))
