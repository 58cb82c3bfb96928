--- Runs chunks while memory is tracked, for the specs of perilune.heap.
local assert = require("luassert")
local heap = require("perilune.heap")

local tracking = {}

--- Rows by line of the chunk `app.lua`.
---@param rows SnapshotRow[]
---@return table<integer, SnapshotRow>
function tracking.by_line(rows)
  local found = {}
  for _, row in ipairs(rows) do
    if row.source == "@app.lua" then found[row.line] = row end
  end
  return found
end

--- Runs a chunk while memory is tracked, and takes a snapshot of what it returns.
---@return Snapshot
---@return table<integer, SnapshotRow> by line
function tracking.track(options, text, ...)
  local chunk = assert(load(text, "@app.lua"))
  collectgarbage()
  collectgarbage("stop")
  assert(heap.start(options))
  local kept = table.pack(chunk(...))
  collectgarbage()
  collectgarbage() -- what the first has finalised
  local snapshot = heap.snapshot()
  heap.stop()
  collectgarbage("restart")
  return snapshot, tracking.by_line(snapshot:top()), kept
end

return tracking
