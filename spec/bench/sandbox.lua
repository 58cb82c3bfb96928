--- Times what a sandbox adds to the start and the end of a child, and what each layer does.
---
---     sandbox.lua [--rounds N] [--json FILE]
---
--- Each round starts and ends everything once, in turn; medians of the wall clock, and of processor
--- time, which a busy machine stretches less. `added` is the median of the differences within
--- rounds: of a child, to one without a sandbox; of a layer alone and of all, to a process that is
--- supervised in the same way but confined by nothing.
local child = require("perilune.child")
local clock = require("perilune.clock")
local report = require("spec.bench.report")
local statistics = require("perilune.statistics")
local uv = require("luv")

local PROGRAM <const> = uv.exepath():match("^(.*)/") .. "/spec/confined"
local SOLUTION <const> = "spec/sandbox/solution.lua"
local USAGE <const> = "sandbox.lua [--rounds N]"

local options = report.options(arg, { rounds = 41 }, USAGE)

local function now() return uv.hrtime() / 1e6 end

--- Processor time of this process and of those that have ended.
local function spent() return (clock.cpu() + clock.children()) * 1e3 end

--- Milliseconds until a child serves requests, until it is gone, and of processor time in all.
local function time_child(sandbox)
  local before, began = spent(), now()
  local c = assert(child.start({ file = SOLUTION, sandbox = sandbox }))
  local started = now()
  c:close()
  return started - began, now() - started, spent() - before
end

--- Milliseconds of a whole process that does nothing, with some layers left out.
local function time_layers(without)
  local arguments, process = { "-b", "yes" }, nil
  for _, layer in ipairs(without) do
    table.move({ "-l", layer }, 1, 2, #arguments + 1, arguments)
  end
  table.move({ "-r", "/dev/null", "/dev/null" }, 1, 3, #arguments + 1, arguments)
  local began = now()
  process = assert(uv.spawn(PROGRAM, { args = arguments }, function() process:close() end))
  uv.run()
  return now() - began
end

local function names_of(layers)
  local names = {}
  for i, layer in ipairs(layers) do names[i] = layer.name end
  return names
end

--- All names but one.
local function others(names, name)
  local list = {}
  for _, other in ipairs(names) do list[#list + 1] = other ~= name and other or nil end
  return list
end

local layers <const> = assert(child.layers())
local names <const> = names_of(layers)

local ways = { { name = "nothing", without = names } }
for _, name in ipairs(names) do
  ways[#ways + 1] = { name = name, without = others(names, name) }
end
ways[#ways + 1] = { name = "all", without = {} }

local PARTS <const> = { "start", "close", "CPU time" }
local times = {}
for _, part in ipairs(PARTS) do times[part] = { off = {}, best = {} } end
for _, way in ipairs(ways) do way.times = {} end

for round = 1, options.rounds do
  for _, sandbox in ipairs(round % 2 == 1 and { "off", "best" } or { "best", "off" }) do
    local measured = { time_child(sandbox) }
    for i, part in ipairs(PARTS) do times[part][sandbox][round] = measured[i] end
  end
  for _, way in ipairs(ways) do way.times[round] = time_layers(way.without) end
end

local function added(list, base)
  local differences = {}
  for i, time in ipairs(list) do differences[i] = time - base[i] end
  return statistics.median(differences)
end

local rows = {}
for _, what in ipairs(PARTS) do
  local off, best = times[what].off, times[what].best
  rows[#rows + 1] = { name = "a child's " .. what, off = statistics.median(off),
    time = statistics.median(best), added = added(best, off) }
end
for _, way in ipairs(ways) do
  rows[#rows + 1] = { name = way.name, time = statistics.median(way.times),
    added = added(way.times, ways[1].times) }
end

print(("%-16s %10s %10s %10s"):format("", "without", "with", "added"))
for _, row in ipairs(rows) do
  print(("%-16s %10s %7.2f ms %7.2f ms"):format(row.name,
    row.off and ("%.2f ms"):format(row.off) or "", row.time, row.added))
end
if layers.missing then print("this machine has " .. layers.missing) end
report.write(options.json, { rounds = options.rounds, rows = rows, missing = layers.missing })
