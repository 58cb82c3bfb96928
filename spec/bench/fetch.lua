--- Times perilune.fetch beside aiohttp, curl -Z and wrk, against servers on loopback.
---
---     fetch.lua [--quick] [--rounds N] [--json FILE]
---
--- One server is nginx with one worker and bodies of 187 bytes, the other answers 50 ms after a
--- request (latency.c). Each round does every piece of work once in every way, in turn, each in a
--- process of its own; the tables have medians. `native` and `script` are fetch.each, `all` is
--- fetch.all of the native one, `libcurl` is nothing but libcurl in C (handles.c), the floor under
--- them. wrk parses less than a client must, knows one address and is the ceiling; more than 300
--- under way are several curls. The processor's time is the client's own. The efficiency is what
--- requests of 50 ms would take by what they took. `quick` is one round of less work.
---
--- It needs nginx and openssl; a peer that is not there leaves gaps: python3-aiohttp, curl, wrk.
local child = require("spec.fetch.child")
local nginx = require("spec.fetch.nginx")
local processes = require("spec.bench.processes")
local report = require("spec.bench.report")
local turns = require("spec.bench.turns")
local uv = require("luv")

local FOLDER <const> = uv.exepath():match("^(.*)/")
local PROGRAM <const> = "'" .. uv.exepath():gsub("'", "'\\''") .. "'"
local PEERS <const> = "spec/bench/peers/"
local LIMIT <const> = "timeout -s KILL 120 "
local CONNECTIONS <const> = 4096
local DELAY <const> = 50 -- ms
local FEW <const> = 100 -- requests, which one after another take 5 s of these
local MIB <const> = 1 << 20

-- The first python3 that has it.
local function find_python()
  for _, python in ipairs { "python3", "/usr/bin/python3" } do
    local found = processes.line(python .. " -c 'import aiohttp; print(aiohttp.__version__)'")
    if found then return python, found end
  end
end

local function has(module)
  local command = ("%s -e 'print(pcall(require, \"%s\"))' | grep ^true"):format(PROGRAM, module)
  return processes.line(command)
end

local python, aiohttp = find_python()
local VERSIONS <const> = {
  native = has("perilune.native.fetch"),
  script = has("perilune.script.fetch"),
  aiohttp = aiohttp,
  curl = processes.line("curl --version"),
  wrk = processes.line("wrk -v | head -n 1"),
  nginx = processes.line("nginx -v 2>&1 || /usr/sbin/nginx -v 2>&1"),
}
VERSIONS.all, VERSIONS.libcurl = VERSIONS.native, VERSIONS.native

local OURS <const> = LIMIT .. PROGRAM .. " " .. PEERS .. "fetch.lua "
local LOADERS <const> = LIMIT .. PROGRAM .. " " .. PEERS .. "loaders.lua "
local COMMANDS <const> = {
  native = OURS .. "native each",
  all = OURS .. "native all",
  script = OURS .. "script each",
  aiohttp = LIMIT .. (python or "") .. " " .. PEERS .. "fetch.py",
  curl = LOADERS .. "curl",
  libcurl = LIMIT .. "'" .. FOLDER:gsub("'", "'\\''") .. "'/spec/handles",
  wrk = LOADERS .. "wrk",
}
local COLUMNS <const> = { "native", "all", "script", "libcurl", "aiohttp", "curl", "wrk" }
local IS_PEER <const> = { aiohttp = true, curl = true, libcurl = true, wrk = true }
local LOOPBACK <const> = { "1", "10", "100" }
local DELAYED <const> = { "100", "1000" }

local TARGETS <const> = {
  curl = 1.9,
  aiohttp = 12,
  rss = 20 * MIB,
  efficiency = { ["1000"] = 0.85 },
}

-- Pieces

local function add(pieces, section, concurrency, url, all)
  for _, column in ipairs(COLUMNS) do
    local n = section == "delayed" and column == "script" and FEW or all
    if VERSIONS[column] then
      pieces[#pieces + 1] = { section = section, row = concurrency, column = column,
        peer = IS_PEER[column],
        command = ("%s %s %d %s"):format(COMMANDS[column], url, n, concurrency) }
    end
  end
end

local function pieces_of(loopback, delayed, share)
  local pieces = {}
  for _, concurrency in ipairs(LOOPBACK) do
    add(pieces, "loopback", concurrency, loopback, 10000 // share)
  end
  for _, concurrency in ipairs(DELAYED) do
    add(pieces, "delayed", concurrency, delayed, 10 * concurrency)
  end
  return pieces
end

-- The delay by what a request took, of so many at once.
local function add_efficiencies(rows)
  for concurrency, row in pairs(rows) do
    for _, cell in pairs(row) do
      cell.efficiency = cell.rate and cell.rate * DELAY * 1e-3 / tonumber(concurrency)
    end
  end
end

-- Printing

local WIDTH <const> = 11

local function head(title, columns) turns.head(title, columns, WIDTH) end

local function number_cell(value) return turns.number(value, WIDTH) end

-- The cells of COLUMNS, and after them what is given.
local function print_row(title, row, name, unit, more)
  local cells = { ("%-34s"):format(title) }
  for _, column in ipairs(COLUMNS) do
    local value = row[column] and row[column][name]
    cells[#cells + 1] = number_cell(value and value / unit)
  end
  table.move(more, 1, #more, #cells + 1, cells)
  print(table.concat(cells))
end

local function ratio(row, peer)
  local ours, theirs = row.native, row[peer]
  local is_known = ours and theirs and ours.rate and theirs.rate
  return turns.cell("%10.1fx", is_known and ours.rate / theirs.rate)
end

local function with(...)
  return table.move({ ... }, 1, select("#", ...), #COLUMNS + 1, table.move(COLUMNS, 1, #COLUMNS, 1,
    {}))
end

local function print_loopback(rows)
  head("nginx, 1,000 requests a second", with("n/curl", "target", "n/aiohttp", "target"))
  for _, concurrency in ipairs(LOOPBACK) do
    local row, is_target = rows[concurrency], concurrency == "100"
    print_row(concurrency .. " under way", row, "rate", 1e3, { ratio(row, "curl"),
      turns.cell("%10.1fx", is_target and TARGETS.curl), ratio(row, "aiohttp"),
      turns.cell("%10.1fx", is_target and TARGETS.aiohttp) })
  end
  head("the processor's us a request", COLUMNS)
  for _, concurrency in ipairs(LOOPBACK) do
    print_row(concurrency .. " under way", rows[concurrency], "cpu", 1e-6, {})
  end
  head("resident at most, MiB", with("target"))
  for _, concurrency in ipairs(LOOPBACK) do
    print_row(concurrency .. " under way", rows[concurrency], "rss", MIB,
      { number_cell(TARGETS.rss / MIB) })
  end
end

local function print_delayed(rows)
  head("50 ms: efficiency, %", with("target"))
  for _, concurrency in ipairs(DELAYED) do
    local target = TARGETS.efficiency[concurrency]
    print_row(concurrency .. " under way", rows[concurrency], "efficiency", 0.01,
      { number_cell(target and target * 100) })
  end
  head("50 ms: the processor's us a request", COLUMNS)
  for _, concurrency in ipairs(DELAYED) do
    print_row(concurrency .. " under way", rows[concurrency], "cpu", 1e-6, {})
  end
  head("50 ms: resident at most, MiB", with("target"))
  for _, concurrency in ipairs(DELAYED) do
    print_row(concurrency .. " under way", rows[concurrency], "rss", MIB,
      { number_cell(TARGETS.rss / MIB) })
  end
end

-- All in one

local function measure(rounds, share)
  local loopback <close> = assert(nginx.start { connections = CONNECTIONS })
  local delayed <close> = child.start(FOLDER .. "/spec/latency", { tostring(DELAY) })
  local slow = "http://127.0.0.1:" .. assert(delayed:line())
  local pieces = pieces_of(loopback.http .. "/small", slow, share)
  return processes.run({ { rounds = rounds, pieces = pieces } }, rounds)
end

local function main(options, quick)
  local figures = measure(options.rounds, quick and 5 or 1)
  processes.settle(figures)
  add_efficiencies(figures.delayed)
  print(("aiohttp %s; %s; %s; %s"):format(VERSIONS.aiohttp or "none",
    (VERSIONS.curl or "no curl"):match("^%S+ %S+"), (VERSIONS.wrk or "no wrk"):match("^%S+ %S+"),
    VERSIONS.nginx))
  print_loopback(figures.loopback)
  print_delayed(figures.delayed)
  report.write(options.json, { rounds = options.rounds, versions = VERSIONS, figures = figures })
end

local quick = arg[1] == "--quick"
if quick then table.remove(arg, 1) end
main(report.options(arg, { rounds = quick and 1 or 5 }, "fetch.lua [--quick] [--rounds N]"), quick)
