--- Your functions on 1,000 cycles of 10 nodes with 1 KiB each: on the graph that counts and does
--- no more, and on one that can also collect.

local graph = require("perilune.graph")
local naive = require("naive")
local solution = require("solution")

local N <const>, SIZE <const>, BYTES <const> = 1000, 10, 1024

--- Makes the cycles in a new graph and frees them in one way. What is left is Lua's to free: Lua's
--- collector sees the graph as a whole, in which nobody is interested any more.
local function try(new, free)
  local g = new({ auto = false })
  local cycles = solution.make_cycles(g, N, SIZE, BYTES)
  local nodes = g:count()
  local report = free(g, cycles)
  report = type(report) == "table" and report or {}
  report.nodes, report.left = nodes, g:count()
  report.collections = g:stats().collections
  return report
end

local WAYS <const> = {
  { "naive, collect", naive.new, solution.collect },
  { "naive, break", naive.new, solution.break_cycles },
  { "collect", graph.new, solution.collect },
  { "break", graph.new, solution.break_cycles },
}

local function mebibytes(bytes)
  return bytes and ("%.1f MiB"):format(bytes / 2 ^ 20)
end

local ROWS <const> = {
  { "nodes that outlive their release", "nodes" },
  { "cycles", "cycles" },
  { "nodes freed", "freed" },
  { "nodes left", "left" },
  { "collections", "collections" },
  { "memory before", "before", mebibytes },
  { "memory after", "after", mebibytes },
}

local COLUMNS <const> = ("%-34s" .. ("%16s"):rep(#WAYS))

local titles, reports = {}, {}
for i, way in ipairs(WAYS) do
  local title, new, free = table.unpack(way)
  titles[i], reports[i] = title, try(new, free)
end

print(COLUMNS:format("", table.unpack(titles)))
for _, row in ipairs(ROWS) do
  local title, key, show = table.unpack(row)
  local cells = {}
  for i, report in ipairs(reports) do
    cells[i] = tostring((show or tostring)(report[key]))
  end
  print(COLUMNS:format(title, table.unpack(cells)))
end
