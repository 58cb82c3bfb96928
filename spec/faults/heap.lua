--- Trackings of memory: what a snapshot shows is right, or memory has run out. Needs a host.
local heap = require("perilune.heap")

local kept = {}

local function work(n)
  for i = 1, n do kept[#kept + 1] = { i, ("x"):rep(i) } end
end

local function bytes_of(rows)
  local bytes = 0
  for _, row in ipairs(rows) do bytes = bytes + row.bytes end
  return bytes
end

local function track(options)
  assert(heap.start(options))
  local before = assert(heap.snapshot())
  work(200)
  local after = assert(heap.snapshot())
  local rows = after:top(20)
  after:compare(before)
  assert(heap.stop())
  return bytes_of(rows)
end

-- What memory could not be had for is lost to the tracker, which never counts too much.
local used, peak = heap.used()
assert(peak >= used)
assert(track({ mode = "exact", frames = 3 }) <= heap.used())
track({ interval = 4096 })
heap.reset_peak()
heap.start({ mode = "exact" })
work(10)
