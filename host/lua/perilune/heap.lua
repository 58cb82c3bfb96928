--- Memory: how much the state holds, and which lines of the program hold it. Only in a host, whose
--- allocator it asks.
---
---     local heap = require("perilune.heap")
---     heap.start()                            -- or start{mode = "exact"}
---     local before = heap.snapshot()
---     work()
---     local after = heap.snapshot()
---     for _, row in ipairs(after:top(10)) do print(row.bytes, row.place) end
---     for _, row in ipairs(after:compare(before)) do print(row.bytes_diff, row.place) end
---     heap.stop()

if not package.preload["perilune.allocator"] then
  error("perilune.heap asks the allocator of a host: run the program by `perilune`", 0)
end

local allocator = require("perilune.allocator")
local arguments = require("perilune.arguments")
local snapshot = require("perilune.heap.snapshot")
local workers = require("perilune.heap.workers")

local heap = {}

local INTERVAL = 512 * 1024
local MOST_FRAMES = 64

---@type HeapWorkers? of the tracking under way
local part

--- Bytes that the state holds, and the most it has held since `reset_peak`.
---@return integer bytes
---@return integer peak
function heap.used()
  return allocator.used()
end

--- The peak starts anew from what is held now.
function heap.reset_peak()
  allocator.reset_peak()
end

--- A limit in bytes: beyond it Lua raises "not enough memory". 0 lifts it, as far as the host's
--- owner allows.
---@param bytes? integer none: only asks
---@return integer? limit nil for none
function heap.limit(bytes)
  if bytes ~= nil then arguments.check(1, "limit", bytes, arguments.FROM_0) end
  return allocator.limit(bytes)
end

---@class perilune.heap.Options
---
--- A sample of the blocks (the default), in which small sites may be missed and figures are
--- estimates; or every block, at a higher cost.
---@field mode? "sampled"|"exact"
---@field interval? number bytes between samples, on average (512 KiB)
---@field frames? integer lines of each stack to keep, 1 to 64 (1)

local OPTIONS <const> = {
  mode = arguments.ANY, interval = arguments.ANY, frames = arguments.ANY,
}

local function check_whole(options, name, default, least, most)
  local value = options[name] == nil and default or math.tointeger(options[name])
  if not value or value < least or value > most then
    error(("option '%s' is not a whole number from %d to %d"):format(name, least, most), 3)
  end
  return value
end

local function check_interval(options)
  if options.mode == "exact" then
    if options.interval ~= nil then
      error("option 'interval' is for mode 'sampled'", 3)
    end
    return 0
  end
  local interval = options.interval == nil and INTERVAL or options.interval
  if math.type(interval) == nil or not (interval >= 1 and interval <= 2 ^ 40) then
    error("option 'interval' is not a number of bytes from 1 to 2^40", 3)
  end
  return interval
end

local function check_mode(mode)
  if mode ~= nil and mode ~= "sampled" and mode ~= "exact" then
    error(("mode '%s' is none of sampled, exact"):format(tostring(mode)), 3)
  end
end

--- Begins to attribute the blocks that the state allocates to the lines that allocate them. Blocks
--- from before belong to none. A wrong option, or a tracker that runs already, is an error.
---@param options? perilune.heap.Options
---@return boolean? ok
---@return string? message what the system does not allow
---@return string? code "ENOMEM", "ENOTSUP"
function heap.start(options)
  options = arguments.options(1, "start", options, OPTIONS)
  check_mode(options.mode)
  if allocator.tracking() then
    error("memory is tracked already", 2)
  end
  local interval = check_interval(options)
  local frames = check_whole(options, "frames", 1, 1, MOST_FRAMES)
  local ok, message, code = allocator.start(interval, frames)
  if not ok then
    return nil, message, code
  end
  part = workers.open(interval, frames)
  return true
end

--- Ends the tracking and forgets what was tracked.
---@return boolean stopped whether anything was tracked
function heap.stop()
  if part then
    part:close()
    part = nil
  end
  return allocator.stop()
end

--- How memory is tracked, or nil.
---@return "sampled"|"exact"|nil mode
function heap.tracking()
  return allocator.tracking()
end

local function check_tracking()
  if not allocator.tracking() then
    error("nothing is tracked: call heap.start first", 3)
  end
end

--- What is live now. Garbage counts until it is collected: call collectgarbage before, twice where
--- objects have finalisers. Neither snapshots nor their rows count as the program's.
---
--- What workers of pools hold, garbage aside, is told as well: those at a task are waited for.
---@param patience? number seconds for all workers together (10)
---@return perilune.heap.Snapshot
function heap.snapshot(patience)
  check_tracking()
  if patience ~= nil and not (math.type(patience) and patience >= 0) then
    error("the patience is not a number of seconds", 2)
  end
  local others = part and part:look(patience)
  return snapshot.new(allocator.snapshot(), others)
end

---@class perilune.heap.Timeline
---
--- At most 1024, of seconds since the start; `bytes` is what the state held, the most where points
--- were joined; `cycle`: the collector has ended one since the point before.
---@field points {time: number, bytes: integer, cycle: boolean}[]
---@field cycles integer

--- The use of memory over time, since the start.
---@return perilune.heap.Timeline
function heap.timeline()
  check_tracking()
  return allocator.timeline()
end

return heap
