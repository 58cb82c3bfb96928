--- Tasks for the specs of profiles and memory of a pool's workers. They are loaded as a program's
--- own file is: each load gives new functions, and none of them goes by name.
local work = {}

local function leaf(n)
  return n + 1
end

function work.three(n)
  return leaf(n) + leaf(n) + leaf(n)
end

function work.allocate(n)
  local text = ("x"):rep(1000) .. n
  return #text
end

function work.length(text)
  return #text
end

function work.spin(seconds)
  local clock, rounds = os.clock, 0
  local stop = clock() + seconds
  repeat rounds = rounds + 1 until clock() >= stop
  return rounds
end

--- Makes a file when it has begun.
function work.forever(path)
  assert(io.open(path, "w")):close()
  while true do leaf(1) end
end

--- Submits that, and waits until it has begun.
function work.begin_forever(pool)
  local path = os.tmpname()
  os.remove(path)
  local future = pool:submit(work.forever, path)
  repeat until future:done() or os.remove(path)
  return future
end

function work.leave()
  os.exit(3)
end

function work.prepare()
  for i = 1, 5 do leaf(i) end
end

local kept = {}

--- Keeps so many items more, or none where `n` is below 0.
function work.keep(n)
  for i = #kept, n < 0 and 1 or #kept + 1, -1 do kept[i] = nil end
  for i = 1, n do
    local item = { i }
    kept[#kept + 1] = item
  end
  return #kept
end

--- Begins to record itself, unless its owner has.
function work.record()
  local ok = pcall(require("perilune.profiler").start)
  return ok
end

--- A pool in a worker.
function work.share(n)
  local inner <close> = require("perilune.native.pool").new({ workers = 1 })
  return #inner:map(leaf, table.move({ 1, 2, 3, 4 }, 1, n, 1, {}))
end

return work
