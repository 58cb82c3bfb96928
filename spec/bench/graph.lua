--- Times perilune.graph beside Lua's tables, CPython's gc and PHP's.
---
---     graph.lua [--rounds N] [--size N] [--json FILE]
---
--- Each round does every piece of work once in every way, in turn, each in a process of its own on
--- a fresh graph; the tables have medians, of processor time but for pauses. What takes long has
--- fewer rounds: three, and one where a process repeats the work. `size` is the number of objects,
--- a multiple of 20,000; the script version makes a twentieth of them. `lua` is plain tables in
--- stock Lua, `gen` the same in its generational mode, `php*` PHP without a limit of its stack,
--- which has 8 MiB else. `kept` is a process that has done the work before and has not given its
--- memory back to the system, whose pages are most of what fresh memory costs; `floor` are three
--- calls of a function in C that does nothing, in the same process.
local processes = require("spec.bench.processes")
local report = require("spec.bench.report")
local shapes = require("spec.bench.shapes")
local turns = require("spec.bench.turns")
local uv = require("luv")

local PEERS <const> = "spec/bench/peers/graph"
local OURS <const> = ("'%s' %s.lua "):format(uv.exepath():gsub("'", "'\\''"), PEERS)
local KEEP <const> = "MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8589934592"
  .. " MALLOC_TOP_PAD_=67108864 "
local COMMANDS <const> = {
  native = OURS .. "native",
  kept = KEEP .. OURS .. "native",
  shallow = "ulimit -S -s 256; exec " .. OURS .. "native",
  script = OURS .. "script",
  lua = ("lua5.4 %s_tables.lua incremental"):format(PEERS),
  gen = ("lua5.4 %s_tables.lua generational"):format(PEERS),
  python = ("exec python3 %s.py"):format(PEERS),
  php = ("ulimit -S -s 8192; exec php %s.php"):format(PEERS),
  ["php*"] = ("ulimit -S -s unlimited; exec php %s.php"):format(PEERS),
}
local INSTALLED <const> = { python = "python3", php = "php", ["php*"] = "php" }
local SCRIPT_SHARE <const>, FEW_ROUNDS <const> = 20, 3
local ALL <const> = { "native", "script", "lua", "gen", "python", "php" }
local BULK <const> = { "nodes", "link_all", "release_all" }
local BYTES_A_NODE <const> = 100 -- more than one takes, with the list of its id while it is made

local VERSIONS <const> = { lua = _VERSION, php = processes.line("php -r 'echo PHP_VERSION;'"),
  python3 = processes.line("python3 -c 'import platform; print(platform.python_version())'") }

local function add(pieces, section, row, columns, work, way, n)
  for _, column in ipairs(columns) do
    local share = column == "script" and SCRIPT_SHARE or 1
    local program = INSTALLED[column]
    if not program or VERSIONS[program] then
      pieces[#pieces + 1] = { section = section, row = row, column = column, peer = program ~= nil,
        command = ("%s %s %s %d"):format(COMMANDS[column], work, way, n // share) }
    end
  end
end

local function has_memory_for(nodes)
  return nodes * BYTES_A_NODE < uv.get_free_memory()
end

local function shape_pieces(size)
  local pieces = {}
  for _, shape in ipairs(shapes.names) do
    add(pieces, "collect", shape, ALL, "collect", shape, size)
    if shape == "ring" then add(pieces, "collect", shape, { "php*" }, "collect", shape, size) end
  end
  return pieces
end

local function live_pieces(size)
  local pieces = {}
  for _, shape in ipairs(shapes.names) do
    add(pieces, "live", shape, { "native", "lua", "python" }, "live", shape, size)
  end
  return pieces
end

local function locality_pieces(size)
  local pieces = {}
  for _, live in ipairs { 0, size, 8 * size } do
    local columns = live == size and { "native", "lua", "python", "php" } or { "native" }
    if has_memory_for(live) then
      add(pieces, "locality", live, columns, "locality", "none", live)
    end
  end
  return pieces
end

local function call_pieces(size)
  local pieces, ours = {}, { "native", "kept", "script" }
  add(pieces, "calls", "bound", ours, "calls", "bound", size)
  add(pieces, "calls", "methods", ours, "calls", "methods", size)
  add(pieces, "calls", "whole", ALL, "calls", "whole", size)
  add(pieces, "calls", "whole", { "kept" }, "calls", "whole", size)
  for _, way in ipairs(BULK) do add(pieces, "calls", way, ours, "bulk", way, size) end
  return pieces
end

local function automatic_pieces(size)
  local pieces = {}
  add(pieces, "automatic", "pairs", ALL, "automatic", "pairs", size // 2)
  return pieces
end

local function depth_pieces(size)
  local pieces = {}
  if has_memory_for(10 * size) then
    add(pieces, "depth", "chain", { "shallow" }, "depth", "chain", 10 * size)
    add(pieces, "depth", "ring", { "shallow" }, "depth", "ring", 10 * size)
  end
  return pieces
end

-- Printing

local head = turns.head

local function value_of(row, column, name)
  local cell = row[column] or {}
  if name == "both" then return cell.drop and cell.drop + cell.collect end
  if column == "floor" then return row.kept and row.kept.floor end
  if name == "call" then return column == "kept" and cell.again or cell.first end
  return cell[name]
end

local function text_of(row, column, name, unit)
  local crashed = row[column] and row[column].crashed
  if crashed then return ("%9s"):format("crashed") end
  local value = value_of(row, column, name)
  return turns.cell(unit >= 1e3 and "%9.1f" or "%9.2f", value and value / unit)
end

-- Cells of one figure, then ratios: `other/n` is how many times the native graph's it takes.
local function print_row(title, row, name, columns, unit)
  local cells = { ("%-34s"):format(title) }
  for _, column in ipairs(columns) do
    local other = column:match("^(.*)/n$")
    if other then
      local a, b = value_of(row, other, name), value_of(row, "native", name)
      cells[#cells + 1] = turns.cell("%8.1fx", a and b and a / b)
    else
      cells[#cells + 1] = text_of(row, column, name, unit or 1)
    end
  end
  print(table.concat(cells))
end

local function print_shapes(rows, size)
  local columns = { "native", "script", "lua", "gen", "python", "php", "php*", "python/n", "php/n",
    "lua/n", "php*/n" }
  head(("ns an object, of %d"):format(size), columns)
  for _, shape in ipairs(shapes.names) do
    print_row(shape .. ": handles dropped", rows[shape], "drop", columns)
    print_row(shape .. ": collected", rows[shape], "collect", columns)
    print_row(shape .. ": both", rows[shape], "both", columns)
  end
  head("bytes an object", { "native", "", "lua", "gen", "python", "php" })
  print_row("1 or 2 edges", rows.random, "bytes", { "native", "", "lua", "gen", "python", "php" })
end

local function print_live(rows, size)
  local columns = { "native", "lua", "python", "python/n", "lua/n" }
  head("nothing to free, ns an object", columns)
  for _, shape in ipairs(shapes.names) do
    print_row(shape .. ": all may be garbage", rows[shape], "collect", columns)
  end
  print_row(("none of %d may be, us in all"):format(size), rows.ring, "idle", { "native" }, 1e3)
end

local function print_locality(rows, size)
  local columns = { "native", "lua", "python", "php", "python/n", "php/n", "lua/n" }
  head("1,000 of garbage collected, us", columns)
  for _, live in ipairs { 0, size, 8 * size } do
    print_row(("among %d that live"):format(live), rows[live] or {}, "collect", columns, 1e3)
  end
end

local function print_calls(rows)
  local columns = { "native", "kept", "floor", "script", "lua", "gen", "python", "php", "python/n",
    "php/n", "lua/n" }
  head("ns an id, in pairs", columns)
  print_row("node, link, release of bind()", rows.bound, "call", columns)
  print_row("the same, as methods", rows.methods, "call", columns)
  print_row("bound, and collected by itself", rows.whole, "call", columns)
  columns = { "native", "kept", "", "script" }
  head("ns an id, all in one call", columns)
  for _, name in ipairs(BULK) do print_row(name, rows[name], "call", columns) end
end

local function print_automatic(rows, size)
  local columns = { "native", "script", "lua", "gen", "python", "php", "python/n", "php/n",
    "lua/n" }
  head(("%d pairs live, as many die"):format(size // 2), columns)
  print_row("ns an object", rows.pairs, "each", columns)
  print_row("longest pause, ms of wall clock", rows.pairs, "longest", columns, 1e6)
  print_row("collections", rows.pairs, "collections", columns)
end

local function print_depth(rows, size)
  head(("%d deep, on 256 KiB of stack"):format(10 * size), { "ms" })
  for _, shape in ipairs { "chain", "ring" } do
    print_row(shape .. ": died", rows[shape] or {}, "total", { "shallow" }, 1e6)
  end
end

local function main(options)
  local size, rounds = options.size, options.rounds
  local few = math.min(rounds, FEW_ROUNDS)
  local figures = processes.run({
    { rounds = rounds, pieces = shape_pieces(size) },
    { rounds = 1, pieces = live_pieces(size) },
    { rounds = few, pieces = locality_pieces(size) },
    { rounds = rounds, pieces = call_pieces(size) },
    { rounds = few, pieces = automatic_pieces(size) },
    { rounds = 1, pieces = depth_pieces(size) },
  }, rounds)
  processes.settle(figures)
  print(("script: a twentieth of the objects; Python %s, PHP %s"):format(
    VERSIONS.python3 or "is not installed", VERSIONS.php or "is not installed"))
  print_shapes(figures.collect, size)
  print_live(figures.live, size)
  print_locality(figures.locality, size)
  print_calls(figures.calls)
  print_automatic(figures.automatic, size)
  print_depth(figures.depth or {}, size)
  report.write(options.json, { size = size, rounds = rounds, versions = VERSIONS,
    figures = figures })
end

local options = report.options(arg, { rounds = 5, size = 1000000 },
  "graph.lua [--rounds N] [--size N]")
if options.size < 1 or options.size % 20000 ~= 0 then
  io.stderr:write("graph.lua: the size must be a multiple of 20,000\n")
  os.exit(2)
end
main(options)
