--- Times perilune.pool beside Python's process pools, Node's threads in piscina, processes that are
--- told their half of the work, and what the machine can do at best.
---
---     pool.lua [--quick] [--rounds N] [--json FILE]
---
--- Each round does every piece of work once in every way, in turn, each in a process of its own;
--- the tables have medians, of wall clock. There are two workers unless a row tells otherwise.
--- `ppe` is concurrent.futures' ProcessPoolExecutor, `mp` multiprocessing.Pool, both forking;
--- `fork`, `socket`, `apart` and `shm` are floors (floors.c). Of numbers to factorise, `alone` is
--- one lua5.4, `halves` and `dealt` are two (split.lua), `host` is `dealt` in this program. The
--- efficiency is the median of the ratios within rounds; of the short lists there are twice as many
--- and one. `quick` is one round of less work. Piscina needs `npm ci --prefix spec/bench`.
local processes = require("spec.bench.processes")
local report = require("spec.bench.report")
local semiprimes = require("spec.bench.semiprimes")
local statistics = require("perilune.statistics")
local turns = require("spec.bench.turns")
local uv = require("luv")

local FOLDER <const> = uv.exepath():match("^(.*)/"):gsub("'", "'\\''")
local PEERS <const> = "spec/bench/peers/"
local LIMIT <const> = "timeout -s KILL 120 "
local OURS <const> = ("'%s/perilune' %spool.lua "):format(FOLDER, PEERS)
local SPLIT <const> = ("%ssplit.lua "):format(PEERS)
local STOCK <const> = ("LUA_CPATH='%s/lib/lua/5.4/?.so' %slua5.4 "):format(FOLDER, LIMIT) .. SPLIT
local FLOORS <const> = ("%s'%s/spec/floors' "):format(LIMIT, FOLDER)
local COMMANDS <const> = {
  native = LIMIT .. OURS .. "native",
  script = LIMIT .. OURS .. "script",
  ppe = LIMIT .. "python3 " .. PEERS .. "pool.py ppe",
  mp = LIMIT .. "python3 " .. PEERS .. "pool.py mp",
  piscina = LIMIT .. "node " .. PEERS .. "pool.mjs piscina",
  alone = STOCK .. "alone",
  halves = STOCK .. "halves",
  dealt = STOCK .. "dealt",
  host = LIMIT .. ("'%s/perilune' "):format(FOLDER) .. SPLIT .. "dealt",
}
for _, floor in ipairs { "fork", "socket", "apart", "shm", "c" } do
  COMMANDS[floor] = FLOORS .. floor
end
local PISCINA <const> = "spec/bench/node_modules/piscina/package.json"
local VERSIONS <const> = {
  python3 = processes.line("python3 -c 'import platform; print(platform.python_version())'"),
  node = processes.line("node --version"),
  piscina = processes.line(([[node -p 'require("./%s").version']]):format(PISCINA)),
}
local NEEDS <const> = { ppe = "python3", mp = "python3", piscina = "piscina" }
local POOLS <const> = { "native", "script", "ppe", "mp", "piscina" }
local LISTS <const> = { "hundred", "many", "skewed", "sorted" }
local SPLITS <const> = { "halves", "dealt", "host" }
local PYTHON <const> = { "ppe", "mp" }
local MIB <const> = 1 << 20

local TARGETS <const> = {
  start = { ["10"] = 1e-3 },
  latency = { ["2"] = 70e-6, ["1"] = 3e-6 },
  noop = { auto = 1e6, ["1"] = 1e6 },
  bytes = { ["1"] = 0.3e-3, ["64"] = 35e-3 },
  efficiency = 0.98,
}

local function add(pieces, section, row, columns, arguments)
  for _, column in ipairs(columns) do
    local program = NEEDS[column]
    if not program or VERSIONS[program] then
      pieces[#pieces + 1] = { section = section, row = row, column = column, peer = program ~= nil,
        command = ("%s %s"):format(COMMANDS[column], arguments) }
    end
  end
end

local function call_pieces(share)
  local pieces = {}
  for _, megabytes in ipairs { "10", "500" } do
    add(pieces, "start", megabytes, POOLS, "start " .. megabytes)
    add(pieces, "start", megabytes, { "fork" }, "start " .. megabytes)
  end
  for _, workers in ipairs { "2", "1" } do
    local arguments = ("latency %d %s"):format(1000 // share, workers)
    add(pieces, "latency", workers, POOLS, arguments)
  end
  add(pieces, "latency", "2", { "socket", "apart" }, "latency 1000")
  add(pieces, "latency", "1", { "shm" }, "latency 10000")
  add(pieces, "noop", "all", { "native", "ppe", "mp", "piscina" },
    ("noop %d"):format(100000 // share))
  add(pieces, "noop", "all", { "script" }, ("noop %d"):format(10000 // share))
  add(pieces, "noop", "all", { "socket", "shm" }, ("noop %d"):format(2000000 // share))
  for _, mebibytes in ipairs { "1", "64" } do
    local arguments = ("bytes %d"):format(mebibytes * MIB)
    add(pieces, "bytes", mebibytes, POOLS, arguments)
    add(pieces, "bytes", mebibytes, { "socket", "shm" }, arguments)
  end
  return pieces
end

local function memory_pieces(share)
  local pieces = {}
  add(pieces, "memory", "worker", { "native", "ppe", "mp", "piscina" }, "memory")
  add(pieces, "memory", "endless", { "native" }, ("endless %d"):format(200000 // share))
  add(pieces, "memory", "endless", PYTHON, "endless 10000")
  return pieces
end

local function kill_pieces()
  local pieces = {}
  add(pieces, "kill", "kill", { "native", "ppe", "mp", "piscina" }, "kill")
  return pieces
end

-- What is compared within a round stands side by side.
local function factor_pieces(paths, names)
  local pieces = {}
  for _, name in ipairs(names) do
    local columns = { "halves", "native", "dealt", name == "hundred" and "host" or nil }
    add(pieces, "factor", name, columns, ("factor '%s'"):format(paths[name]))
  end
  return pieces
end

local function alone_pieces(paths)
  local pieces = {}
  for _, name in ipairs(LISTS) do
    add(pieces, "factor", name, { "alone" }, ("factor '%s'"):format(paths[name]))
  end
  return pieces
end

local function peer_pieces(path)
  local pieces = {}
  add(pieces, "factor", "hundred", { "script", "ppe", "mp", "piscina", "c" },
    ("factor '%s'"):format(path))
  return pieces
end

-- The splits' times by the pool's, round by round, before medians replace them.
local function efficiencies(rows)
  local found = {}
  for name, row in pairs(rows) do
    found[name] = {}
    for _, split in ipairs(SPLITS) do
      local ratios = {}
      for i, wall in ipairs(row[split] and row[split].wall or {}) do
        ratios[i] = wall / row.native.wall[i]
      end
      found[name][split] = ratios[1] and statistics.median(ratios)
    end
  end
  return found
end

-- Printing

local head, number_cell = turns.head, turns.number

local function value_of(row, column, name)
  return row[column] and row[column][name]
end

-- `a/b` is a ratio, of the smaller work to the larger; n stands for native.
local function cell_of(row, column, name, unit, target)
  if column == "target" then return number_cell(target and target / unit) end
  local over, under = column:match("^(.*)/(.*)$")
  if over then
    local a, b = value_of(row, over == "n" and "native" or over, name),
      value_of(row, under == "n" and "native" or under, name)
    return turns.cell("%8.1fx", a and b and a / b)
  end
  local value = value_of(row, column, name)
  return number_cell(value and value / unit)
end

local function print_row(title, row, name, columns, unit, target)
  local cells = { ("%-34s"):format(title) }
  for _, column in ipairs(columns) do
    cells[#cells + 1] = cell_of(row or {}, column, name, unit, target)
  end
  print(table.concat(cells))
end

local function print_calls(figures)
  local columns = { "native", "script", "ppe", "mp", "piscina", "fork", "target", "ppe/n", "mp/n" }
  head("start to first result, ms", columns)
  for _, megabytes in ipairs { "10", "500" } do
    print_row(megabytes .. " MB of heap", figures.start[megabytes], "first", columns, 1e-3,
      TARGETS.start[megabytes])
  end
  columns = { "native", "script", "ppe", "mp", "piscina", "socket", "apart", "shm", "target",
    "ppe/n", "mp/n" }
  head("submit and result of workers, us", columns)
  for _, workers in ipairs { "2", "1" } do
    local row, title = figures.latency[workers], "of " .. workers .. ": "
    print_row(title .. "median", row, "p50", columns, 1e-6, TARGETS.latency[workers])
    print_row(title .. "99 % within", row, "p99", columns, 1e-6)
  end
end

local function print_rates(row)
  local columns = { "native", "script", "ppe", "mp", "piscina", "target", "n/ppe", "n/mp" }
  head("tasks of nothing, 1,000 a second", columns)
  for _, chunksize in ipairs { "auto", "1", "10", "100" } do
    print_row("p:map, chunksize " .. chunksize, row, chunksize, columns, 1e3,
      TARGETS.noop[chunksize])
  end
  print_row("p:imap", row, "imap", columns, 1e3)
  print_row("p:submit for each, then results", row, "submit", columns, 1e3)
  print(("%-34s%9.0f socket, %.0f shm"):format("floors", row.socket.rate / 1e3,
    row.shm.rate / 1e3))
end

local function print_bytes(rows)
  local columns = { "native", "script", "ppe", "mp", "piscina", "socket", "shm", "target", "ppe/n",
    "mp/n" }
  head("a string there and back, ms", columns)
  for _, mebibytes in ipairs { "1", "64" } do
    print_row(mebibytes .. " MiB", rows[mebibytes], "p50", columns, 1e-3, TARGETS.bytes[mebibytes])
  end
end

-- By how much two are quicker than one tells whether two processors were free.
local function print_efficiencies(rows, found, names)
  head("a split's time by the pool's, %", { "halves", "dealt", "host", "target", "split", "pool" })
  for _, name in ipairs(names) do
    local each, row, cells = found[name], rows[name], { ("%-34s"):format(name) }
    for _, split in ipairs(SPLITS) do
      cells[#cells + 1] = number_cell(each[split] and each[split] * 100)
    end
    cells[#cells + 1] = number_cell(TARGETS.efficiency * 100)
    local best = math.min(row.halves.wall, row.dealt.wall)
    cells[#cells + 1] = turns.cell("%8.2fx", row.alone.wall / best)
    cells[#cells + 1] = turns.cell("%8.2fx", row.alone.wall / row.native.wall)
    print(table.concat(cells))
  end
end

local function print_factors(rows, found, names)
  local columns = { "native", "script", "alone", "halves", "dealt", "host", "ppe", "mp", "piscina",
    "c" }
  head("numbers factorised, ms", columns)
  for _, name in ipairs(names) do
    print_row(name, rows[name], "wall", columns, 1e-3)
  end
  print_efficiencies(rows, found, names)
end

local function print_kill(row)
  head("7 tasks, one kills its worker", { "native", "ppe", "mp", "piscina" })
  for _, name in ipairs { "ok", "failed", "hung", "after" } do
    local cells = { ("%-34s"):format(name == "after" and "the pool goes on" or name) }
    for _, column in ipairs { "native", "ppe", "mp", "piscina" } do
      local cell = row[column] or {}
      cells[#cells + 1] = cell.crashed and ("%9s"):format("died")
        or turns.cell("%9d", cell[name] and math.tointeger(cell[name]))
    end
    print(table.concat(cells))
  end
end

local function print_memory(rows)
  local columns = { "native", "ppe", "mp", "piscina" }
  head("memory, MiB", columns)
  print_row("resident in a worker", rows.worker, "rss", columns, MIB)
  print_row("its share of what is shared", rows.worker, "pss", columns, MIB)
  print_row("that of all its processes", rows.worker, "all", columns, MIB)
  print_row("imap: grown by", rows.endless, "grown", columns, MIB)
  print_row("imap: asked ahead, items", rows.endless, "ahead", columns, 1)
end

-- All in one

local function write_lists()
  local paths = {}
  for _, name in ipairs(LISTS) do
    paths[name] = os.tmpname()
    semiprimes.write(paths[name], semiprimes.lists[name]())
  end
  return paths
end

local function measure(rounds, quick)
  local paths, share = write_lists(), quick and 10 or 1
  local short = { "hundred", "skewed", "sorted" }
  local more = quick and 1 or 2 * rounds + 1
  local figures = processes.run({
    { rounds = rounds, pieces = call_pieces(share) },
    { rounds = 1, pieces = memory_pieces(share) },
    { rounds = 1, pieces = kill_pieces() },
    { rounds = more, pieces = factor_pieces(paths, short) },
    { rounds = rounds, pieces = factor_pieces(paths, { "many" }) },
    { rounds = rounds, pieces = alone_pieces(paths) },
    { rounds = 1, pieces = peer_pieces(paths.hundred) },
  }, more)
  for _, path in pairs(paths) do os.remove(path) end
  return figures
end

local function main(options, quick)
  local figures = measure(options.rounds, quick)
  local found = efficiencies(figures.factor)
  processes.settle(figures)
  print(("Python %s, Node %s, piscina %s"):format(VERSIONS.python3 or "none",
    VERSIONS.node or "none", VERSIONS.piscina or "none"))
  print_calls(figures)
  print_rates(figures.noop.all)
  print_bytes(figures.bytes)
  print_factors(figures.factor, found, LISTS)
  print_kill(figures.kill.kill)
  print_memory(figures.memory)
  report.write(options.json, { rounds = options.rounds, versions = VERSIONS, figures = figures,
    efficiencies = found })
end

local quick = arg[1] == "--quick"
if quick then table.remove(arg, 1) end
main(report.options(arg, { rounds = quick and 1 or 3 }, "pool.lua [--quick] [--rounds N]"), quick)
