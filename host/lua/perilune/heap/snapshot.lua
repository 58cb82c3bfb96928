--- What a state's memory was held by at one moment.

local allocator = require("perilune.allocator")
local place = require("perilune.profile.place")
local source = require("perilune.profile.source")

--- What a group of places holds. In sampled mode all are estimates.
---@class perilune.heap.Row
---@field name string of the function
---@field source string as Lua has it
---@field line integer of the place; of a function, where it is defined; -1 where that is not known
---@field kind "Lua"|"main"|"none" "none": no Lua function was running
---@field place string `app.lua:10`, as people write it
---@field stack? perilune.heap.Row[] by stack: the lines, the one that allocated first
---@field bytes integer live
---@field blocks integer
---@field total_bytes integer ever allocated; what a block grows by counts where it grew
---@field total_blocks integer
---@field peak_bytes integer live when the state held most, to within some 2 %
---@field peak_blocks integer
---@field workers? integer the row tells of so many workers of pools, not of the program's process

---@class perilune.heap.Difference : perilune.heap.Row
---@field bytes_diff integer what the newer snapshot has more
---@field blocks_diff integer

--- What the workers of pools hold, those that replace each other as one. At the peak is what each
--- held at its own.
---@class perilune.heap.Workers
---@field count integer of those that are told of
---@field used integer bytes that their states hold
---@field types table<string, table> as the snapshot's, of all of them
---@field killed? integer so many were killed, and are not told of
---@field late? integer so many were at a task for too long

---@class perilune.heap.Snapshot
---@field mode "sampled"|"exact"
---@field interval? number bytes between samples
---@field frames integer lines of a stack that were kept
---@field time number seconds since the start
---@field used integer bytes that the state held, in all
---@field base integer at the start
---@field peak integer the most it has ever held
---@field peak_used integer what it held at the moment that `peak_bytes` tell of
---@field cost integer bytes that the tracker takes, outside of the state
---@field lost {blocks: integer, bytes: integer} what could not be attributed for want of memory
---
--- The same figures by type: table (with the parts that Lua code fills), string, function,
--- userdata, thread, other (stacks, code, buffers).
---@field types table<string, table>
---@field workers? perilune.heap.Workers
local Snapshot = {}
Snapshot.__index = Snapshot

local FIELDS = { "bytes", "blocks", "total_bytes", "total_blocks", "peak_bytes", "peak_blocks" }

local NONE, MORE = "(no Lua function)", "(more places)"
local NAMES = { none = NONE, main = "main chunk" }

local function name_of(fn)
  return NAMES[fn.kind] or fn.name or "anonymous"
end

--- A row's identity and its description, without figures, for each way to group.
local describe = {}

function describe.line(raw, i)
  local fn, line = raw.functions[raw.places["function"][i]], raw.places.line[i]
  if fn.kind == "none" then
    return { name = NONE, source = "=" .. NONE, line = -1, kind = "none", place = NONE }
  end
  return {
    name = name_of(fn), source = fn.source, line = line, kind = fn.kind,
    place = place.of({ source = fn.source, line = line }),
  }
end

describe["function"] = function(raw, i)
  local row = describe.line(raw, i)
  local fn = raw.functions[raw.places["function"][i]]
  if fn.kind ~= "none" then
    row.line = fn.line
    row.place = place.of(row)
  end
  return row
end

function describe.stack(raw, i)
  local row = describe.line(raw, i)
  row.stack = {}
  while i ~= 0 do
    row.stack[#row.stack + 1] = describe.line(raw, i)
    i = raw.places.parent[i]
  end
  return row
end

local function key_of(row)
  return ("%s:%d:%s"):format(row.source, row.line, row.name)
end

--- A line is one, whichever functions stand on it.
local function identity(row, by)
  if by == "line" then
    return ("%s:%d"):format(row.source, row.line)
  elseif by == "function" then
    return key_of(row)
  end
  local parts = {}
  for i, frame in ipairs(row.stack) do
    parts[i] = key_of(frame)
  end
  return table.concat(parts, "\n")
end

local function check_by(by, level)
  by = by == nil and "line" or by
  if not describe[by] then
    error(("by '%s' is none of line, function, stack"):format(tostring(by)), level + 1)
  end
  return by
end

local PLACE_MORE = 2 -- the number of the place for all that are too many

--- Adds a process's places to rows by identity, which begins with a mark; returns the rows that it
--- has.
local function add_places(rows, raw, by, mark)
  local touched = {}
  for i = 1, #raw.places.bytes do
    if raw.places.total_blocks[i] > 0 or raw.places.total_bytes[i] > 0 then
      local row = describe[by](raw, i)
      if i == PLACE_MORE then
        row.name, row.place = MORE, MORE
      end
      local key = mark .. identity(row, by)
      local sum = rows[key] or row
      rows[key], touched[sum] = sum, true
      for _, field in ipairs(FIELDS) do
        sum[field] = (sum[field] or 0) + raw.places[field][i]
      end
    end
  end
  return touched
end

--- Functions get their names when somebody looks.
local function named(raw)
  if raw.named then return raw end
  raw.named = true
  local function name() source.name(raw.functions) end
  if allocator.tracking() then
    allocator.unseen(name)
  else
    name()
  end
  return raw
end

--- Rows by identity.
local function group(self, by)
  local rows = {}
  add_places(rows, named(self.raw), by, "")
  for _, raw in ipairs(self.others) do
    for row in pairs(add_places(rows, named(raw), by, "\0")) do
      row.workers = (row.workers or 0) + 1
    end
  end
  return rows
end

local function sorted(rows, measure)
  local list = {}
  for key, row in pairs(rows) do
    list[#list + 1] = { key = key, measure = measure(row), row = row }
  end
  table.sort(list, function(a, b)
    if a.measure ~= b.measure then
      return a.measure > b.measure
    end
    return a.key < b.key
  end)
  for i, item in ipairs(list) do
    list[i] = item.row
  end
  return list
end

local function first(list, n)
  return n and table.move(list, 1, math.min(n, #list), 1, {}) or list
end

local function check_count(n, level)
  if n ~= nil and not (math.tointeger(n) and n >= 0) then
    error("the number of rows is not a whole number", level + 1)
  end
end

local function is_field(name)
  for _, field in ipairs(FIELDS) do
    if field == name then
      return true
    end
  end
  return false
end

--- What holds or held most, the most first.
---@param n? integer rows (all)
---@param by? "line"|"function"|"stack" (line)
---@param field? string which figure decides (bytes); rows without it are left out
---@return perilune.heap.Row[]
function Snapshot:top(n, by, field)
  check_count(n, 2)
  by, field = check_by(by, 2), field == nil and "bytes" or field
  if not is_field(field) then
    error(("field '%s' is none of %s"):format(tostring(field), table.concat(FIELDS, ", ")), 2)
  end
  local rows = group(self, by)
  for key, row in pairs(rows) do
    if row[field] == 0 then
      rows[key] = nil
    end
  end
  return first(sorted(rows, function(row)
    return row[field]
  end), n)
end

local function empty_like(row)
  local copy = {}
  for name, value in pairs(row) do
    copy[name] = value
  end
  for _, field in ipairs(FIELDS) do
    copy[field] = 0
  end
  return copy
end

--- What has become more or less since an older snapshot, the largest difference first.
---@param old perilune.heap.Snapshot of the same tracking
---@param by? "line"|"function"|"stack" (line)
---@param n? integer rows (all that differ)
---@return perilune.heap.Difference[]
function Snapshot:compare(old, by, n)
  if getmetatable(old) ~= Snapshot then
    error("a snapshot is compared with a snapshot", 2)
  end
  check_count(n, 2)
  by = check_by(by, 2)
  local rows, before = group(self, by), group(old, by)
  for key, row in pairs(before) do
    rows[key] = rows[key] or empty_like(row)
  end
  for key, row in pairs(rows) do
    local was = before[key]
    row.bytes_diff = row.bytes - (was and was.bytes or 0)
    row.blocks_diff = row.blocks - (was and was.blocks or 0)
    if row.bytes_diff == 0 and row.blocks_diff == 0 then
      rows[key] = nil
    end
  end
  return first(sorted(rows, function(row)
    return math.abs(row.bytes_diff)
  end), n)
end

local snapshot = {}

local SCALARS = { "mode", "interval", "frames", "time", "used", "base", "peak", "peak_used", "cost",
  "lost", "types" }

local function add_types(sum, types)
  for name, figures in pairs(types) do
    sum[name] = sum[name] or {}
    for field, value in pairs(figures) do
      sum[name][field] = (sum[name][field] or 0) + value
    end
  end
end

--- Of workers, where there are any.
local function workers_of(others)
  if #others.list == 0 and next(others.missing) == nil then
    return nil
  end
  local workers = { count = #others.list, used = 0, types = {} }
  for _, raw in ipairs(others.list) do
    workers.used = workers.used + raw.used
    add_types(workers.types, raw.types)
  end
  for why, count in pairs(others.missing) do
    workers[why] = count
  end
  return workers
end

---@param raw table from perilune.allocator
---@param others? {list: table[], missing: table<string, integer>} of workers (heap/workers.lua)
---@return perilune.heap.Snapshot
function snapshot.new(raw, others)
  local self = { raw = raw, others = others and others.list or {} }
  self.workers = others and workers_of(others)
  for _, name in ipairs(SCALARS) do
    self[name] = raw[name]
  end
  return setmetatable(self, Snapshot)
end

return snapshot
