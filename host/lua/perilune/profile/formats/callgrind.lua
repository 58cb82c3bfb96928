--- For callgrind_annotate and KCachegrind (https://valgrind.org/docs/manual/cl-format.html):
--- functions with their own nanoseconds, by line where lines were recorded, and calls with all that
--- they took. A call of a function that is running already costs nothing there: so what its callers
--- paid is its total, once a path, as in every other view. Bytes are a second event.

local identity = require("perilune.profile.identity")
local bytes = require("perilune.profile.bytes")
local place = require("perilune.profile.place")
local queries = require("perilune.profile.queries")

local format = { extensions = { "callgrind" }, prefixes = { "callgrind.out" } }

local EVENTS = {
  { name = "Nanoseconds", own = "self", called = "entered", all = "total", scale = 1e9 },
  { name = "Bytes", own = "bytes", called = "entered_bytes", all = "total_bytes", scale = 1 },
}

local function events_of(raw)
  local events = {}
  for _, event in ipairs(EVENTS) do
    if raw.nodes[event.own] then
      events[#events + 1] = event
    end
  end
  if raw.mode == "memory" and #events == 2 then
    events[1], events[2] = events[2], events[1]
  end
  return events
end

local function costs(row, events, field)
  local texts = {}
  for i, event in ipairs(events) do
    texts[i] = ("%.0f"):format(math.max(0, row[event[field]] * event.scale))
  end
  return table.concat(texts, " ")
end

local function readable(text)
  return bytes.readable((text:gsub("%c", " ")))
end

--- Names are written once and then by number.
local function compressor()
  local numbers, count = {}, 0
  return function(name)
    if numbers[name] then
      return ("(%d)"):format(numbers[name])
    end
    count = count + 1
    numbers[name] = count
    return ("(%d) %s"):format(count, name)
  end
end

--- A name for each function that is its own within its file: readers know functions by these two.
local function names_of(functions)
  local names, users = {}, {}
  for i, fn in ipairs(functions) do
    local key = fn.source .. "\0" .. fn.name
    local user = users[key]
    users[key] = user or fn
    local same = not user or user.line == fn.line
    names[i] = readable(same and fn.name or ("%s:%d"):format(fn.name, fn.line))
  end
  return names
end

local line_of = place.first_line

--- The lines of each function, by the index of its rows.
local function lines_of(raw)
  local by_function, groups = {}, identity.groups(raw.functions)
  local lines = raw.lines or { line = {} }
  for i, line in ipairs(lines.line) do
    local fn = groups[lines["function"][i]]
    by_function[fn] = by_function[fn] or {}
    table.insert(by_function[fn], {
      line = line, self = lines.self and lines.self[i] or 0,
      bytes = lines.bytes and lines.bytes[i] or 0,
    })
  end
  return by_function
end

local function edges_of(raw)
  local by_caller = {}
  for _, edge in ipairs(queries.edges(raw)) do
    by_caller[edge.caller] = by_caller[edge.caller] or {}
    table.insert(by_caller[edge.caller], edge)
  end
  return by_caller
end

--- A profile being written.
---@class CallgrindWriter
local Writer = {}
Writer.__index = Writer

local function new_writer(raw)
  return setmetatable({
    raw = raw, events = events_of(raw), names = names_of(raw.functions), lines = lines_of(raw),
    file = compressor(), name = compressor(), out = {},
  }, Writer)
end

function Writer:add(text, ...)
  self.out[#self.out + 1] = text:format(...)
end

function Writer:head()
  local names = {}
  for i, event in ipairs(self.events) do
    names[i] = event.name
  end
  local script = self.raw.script
  self:add("# callgrind format\nversion: 1\ncreator: perilune")
  self:add("cmd: %s", readable(script and script.path or "lua"))
  self:add("positions: line\nevents: %s", table.concat(names, " "))
end

--- What lines are known to have cost, and the rest at the function's first one.
function Writer:own(row)
  local rest = { self = row.self, bytes = row.bytes }
  for _, line in ipairs(self.lines[row.index] or {}) do
    self:add("%d %s", line.line, costs(line, self.events, "own"))
    rest.self, rest.bytes = rest.self - line.self, rest.bytes - line.bytes
  end
  self:add("%d %s", line_of(row), costs(rest, self.events, "own"))
end

--- A cost after `calls=0` would be the caller's own, so that there is always one.
function Writer:call(caller, edge)
  local count = self.raw.mode == "sample" and edge.total_samples or edge.calls
  self:add("cfi=%s", self.file(readable(place.file(edge.source))))
  self:add("cfn=%s", self.name(self.names[edge.callee]))
  self:add("calls=%d %d", math.max(count, 1), line_of(edge))
  self:add("%d %s", line_of(caller), costs(edge, self.events, "called"))
end

function Writer:fn(row, edges)
  self:add("\nfl=%s", self.file(readable(place.file(row.source))))
  self:add("fn=%s", self.name(self.names[row.index]))
  self:own(row)
  for _, edge in ipairs(edges or {}) do
    self:call(row, edge)
  end
end

---@param profile perilune.profiler.Profile
---@return string
function format.encode(profile)
  local raw = profile.raw
  local writer, edges, total = new_writer(raw), edges_of(raw), nil
  writer:head()
  for _, row in ipairs(queries.all(raw)) do
    total = total or row
    writer:fn(row, edges[row.index])
  end
  writer:add("\ntotals: %s\n", costs(total, writer.events, "all"))
  return table.concat(writer.out, "\n")
end

return format
