--- The same cycles as plain tables, for Lua's own collector: it follows references from what the
--- program can reach, and frees what it has not come by. `tracing.lua` prints what this measures.

local clock = require("perilune.clock")

local tables = {}

--- Makes n cycles of `size` tables, each with a string of `bytes` bytes, and puts one table of each
--- cycle into the list `held`, which so keeps them all.
---@param held table[]
---@param metatable? table of each of the tables
---@return table[] witness the tables, by weak references: it keeps none of them
function tables.make_cycles(held, n, size, bytes, metatable)
  local witness = setmetatable({}, { __mode = "v" })
  for i = 1, n do
    local first = setmetatable({ value = ("x"):rep(bytes) }, metatable)
    local last = first
    witness[#witness + 1] = first
    for _ = 2, size do
      last.next = setmetatable({ value = ("x"):rep(bytes) }, metatable)
      last = last.next
      witness[#witness + 1] = last
    end
    last.next = first
    held[i] = first
  end
  return witness
end

local function let_go(held)
  for i = #held, 1, -1 do
    held[i] = nil
  end
end

--- Tables that are still there.
local function count(witness)
  local left = 0
  for _ in pairs(witness) do
    left = left + 1
  end
  return left
end

local function used()
  return collectgarbage("count") * 1024
end

local function timed_collection()
  local start = clock.cpu()
  collectgarbage()
  return clock.cpu() - start
end

--- A full collection.
local function collect(n, size, bytes)
  local base, held, found = used(), {}, {}
  local witness = tables.make_cycles(held, n, size, bytes)
  found.made, found.held = count(witness), used() - base
  let_go(held)
  found.seconds = timed_collection()
  found.left, found.freed = count(witness), base + found.held - used()
  return found
end

-- More steps than these are not waited for.
local PATIENCE <const> = 100

--- The smallest steps that the collector makes, in its generational mode young collections, until
--- cycles are gone that were held during the first `age` steps.
---@return integer steps PATIENCE when they stay
local function step_until_gone(age, n, size, bytes)
  local held, steps = {}, 0
  local witness = tables.make_cycles(held, n, size, bytes)
  for _ = 1, age do
    collectgarbage("step", 0)
  end
  let_go(held)
  repeat
    collectgarbage("step", 0)
    steps = steps + 1
  until count(witness) == 0 or steps == PATIENCE
  return steps
end

--- Full collections of tables with a finalizer each.
local function finalize(n, size, bytes)
  local held, found = {}, { finalized = 0 }
  local witness = tables.make_cycles(held, n, size, bytes, {
    __gc = function()
      found.finalized = found.finalized + 1
    end,
  })
  let_go(held)
  local before = used()
  collectgarbage()
  found.called, found.weak, found.first = found.finalized, count(witness), before - used()
  collectgarbage()
  found.second = before - used()
  return found
end

--- Runs an experiment in a mode of the collector, which works when it is told to and at no other
--- time. What others have left is gone before, with its finalizers.
local function under(mode, experiment, ...)
  local before = collectgarbage(mode)
  collectgarbage()
  collectgarbage()
  collectgarbage("stop")
  local found = experiment(...)
  collectgarbage("restart")
  collectgarbage(before)
  return found
end

---@param mode "incremental"|"generational"
---@return {full: table, finalized: table, young: integer, old: integer, patience: integer}
function tables.measure(mode, n, size, bytes)
  return {
    full = under(mode, collect, n, size, bytes),
    finalized = under(mode, finalize, n, size, bytes),
    young = under(mode, step_until_gone, 0, n, size, bytes),
    old = under(mode, step_until_gone, 3, n, size, bytes),
    patience = PATIENCE,
  }
end

return tables
