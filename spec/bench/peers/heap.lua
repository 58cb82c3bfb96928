--- heap.lua's work in a process of its own: heap.lua WORK MODE N [BUILT]
---
--- Prints the processor time that the work takes and, where memory is tracked, what the tracker
--- took and how many blocks are live. In the modes `bare` and `count` nothing is tracked.
local work, mode, n = ...

--- What a script does that allocates much: small tables, lists, strings, closures, of which a
--- third lives on. Below 30 calls, as a program's work is. The collector runs when the script says:
--- where a cycle falls by chance shifts times by a fifth.
local function allocate(count)
  local keep = {}
  for i = 1, count do
    local d = { i = i, s = "s" .. i }
    local l = { i, i + 1, i + 2 }
    local t = { i, d, l }
    if i % 3 == 0 then keep[#keep + 1] = t end
    local _ = function() return t, i end
    local _ = ("k" .. i):rep(4)
    if i % 10000 == 0 then collectgarbage() end
  end
  return keep
end

local function below(depth, count)
  if depth == 0 then return (allocate(count)) end
  local result = below(depth - 1, count)
  return result
end

local function fib(k)
  if k < 2 then return k end
  return fib(k - 1) + fib(k - 2)
end

local function compute(count)
  local sum = 0
  for i = 1, count do
    local x = i
    while x > 1 do
      if x % 2 == 0 then x = x // 2 else x = 3 * x + 1 end
      sum = sum + 1
    end
  end
  return sum + fib(24)
end

local WORK <const> = {
  allocate = function(count) return below(30, count) end,
  compute = compute,
}

local OPTIONS <const> = {
  exact = { mode = "exact" }, sampled = {}, stacks = { mode = "exact", frames = 25 },
}

local function blocks_of(snapshot)
  local blocks = 0
  for _, tally in pairs(snapshot.types) do blocks = blocks + tally.blocks end
  return blocks
end

local heap = OPTIONS[mode] and require("perilune.heap")
if heap then assert(heap.start(OPTIONS[mode])) end
collectgarbage("incremental")
collectgarbage()
collectgarbage("stop")
local start = os.clock()
local kept = WORK[work](math.tointeger(n))
local taken = os.clock() - start
io.write(taken, "\n")
if heap then
  local snapshot = heap.snapshot()
  io.write(snapshot.cost, " ", blocks_of(snapshot), "\n")
end
assert(kept)
