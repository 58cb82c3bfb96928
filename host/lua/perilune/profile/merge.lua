--- Two profiles in one: functions by their source position, calling contexts from the root on.

local identity = require("perilune.profile.identity")

local NODE_FIELDS = { "calls", "self", "tail", "wait", "suspended", "samples", "bytes", "blocks" }
local LINE_FIELDS = { "count", "self", "total", "samples", "bytes", "blocks" }

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local new = {}
  for key, item in pairs(value) do
    new[key] = copy(item)
  end
  return new
end

--- Adds the functions that are new; returns where each of `other`'s stands in the sum.
local function join_functions(sum, other)
  local matched = identity.match(sum, other, false)
  local groups, to = identity.groups(other.functions), {}
  for i, fn in ipairs(other.functions) do
    local first = groups[i]
    to[i] = to[first] or matched[first]
    if not to[i] then
      sum.functions[#sum.functions + 1] = copy(fn)
      to[i] = #sum.functions
    end
  end
  return to
end

--- Fields that one of the two has, in the sum, zeros where it lacked them.
local function widen(list, other, fields, length)
  local wide = {}
  for _, name in ipairs(fields) do
    if list[name] or other[name] then
      wide[#wide + 1] = name
      list[name] = list[name] or {}
      for i = #list[name] + 1, length do
        list[name][i] = 0
      end
    end
  end
  return wide
end

local function add_item(list, at, other, i, fields)
  for _, name in ipairs(fields) do
    list[name][at] = (list[name][at] or 0) + (other[name] and other[name][i] or 0)
  end
end

local function join_nodes(sum, other, to)
  local nodes, seen = sum.nodes, {}
  local parent, functions, groups = nodes.parent, nodes["function"], identity.groups(sum.functions)
  local width = #sum.functions + 1
  local function key(above, fn)
    return above * width + groups[fn]
  end
  for i, above in ipairs(parent) do
    seen[key(above, functions[i])] = i
  end
  local fields, at = widen(nodes, other, NODE_FIELDS, #parent), {}
  for i, above in ipairs(other.parent) do
    local fn = to[other["function"][i]]
    local above_here = i == 1 and 0 or at[above]
    local here = i == 1 and 1 or seen[key(above_here, fn)]
    if not here then
      here = #parent + 1
      parent[here], functions[here], seen[key(above_here, fn)] = above_here, fn, here
    end
    at[i] = here
    add_item(nodes, here, other, i, fields)
  end
end

local function join_lines(sum, other, to)
  if not other then
    return
  end
  sum.lines = sum.lines or { ["function"] = {}, line = {} }
  local lines, seen = sum.lines, {}
  for i, line in ipairs(lines.line) do
    seen[lines["function"][i] .. ":" .. line] = i
  end
  local fields = widen(lines, other, LINE_FIELDS, #lines.line)
  for i, line in ipairs(other.line) do
    local fn = to[other["function"][i]]
    local key = fn .. ":" .. line
    local here = seen[key] or #lines.line + 1
    seen[key], lines["function"][here], lines.line[here] = here, fn, line
    add_item(lines, here, other, i, fields)
  end
end

local function add_note(sum, text)
  sum.notes = sum.notes or {}
  for _, note in ipairs(sum.notes) do
    if note == text then
      return
    end
  end
  table.insert(sum.notes, text)
end

local function join_sources(sum, other)
  for source, hash in pairs(other.sources or {}) do
    sum.sources = sum.sources or {}
    if sum.sources[source] and sum.sources[source] ~= hash then
      add_note(sum, ("%s was not the same in all of the profiles"):format(source:sub(2)))
    end
    sum.sources[source] = sum.sources[source] or hash
  end
end

local function total(a, b)
  return (a or b) and (a or 0) + (b or 0)
end

local function join_workers(sum, other)
  for name, count in pairs(other.workers or {}) do
    sum.workers = sum.workers or {}
    sum.workers[name] = (sum.workers[name] or 0) + count
  end
end

local function join_heads(sum, other)
  sum.processes = (sum.processes or 1) + (other.processes or 1)
  sum.time = math.min(sum.time or other.time or 0, other.time or sum.time or 0)
  sum.duration, sum.cpu = sum.duration + other.duration, total(sum.cpu, other.cpu)
  sum.samples = total(sum.samples, other.samples)
  if sum.mode ~= other.mode then
    add_note(sum, ("made from profiles of two modes, %s and %s"):format(sum.mode, other.mode))
  end
  if sum.collector or other.collector then
    local mine, theirs = sum.collector or {}, other.collector or {}
    sum.collector = {
      cycles = total(mine.cycles, theirs.cycles), mode = mine.mode or theirs.mode,
    }
  end
  for _, note in ipairs(other.notes or {}) do
    add_note(sum, note)
  end
end

--- Durations and processor times are added up. The script is the first profile's.
---@param first table raw profile
---@param second table raw profile
---@param change? boolean the first becomes the sum
---@return table raw a new one, otherwise
return function(first, second, change)
  local sum = change and first or copy(first)
  local to = join_functions(sum, second)
  join_nodes(sum, second.nodes, to)
  join_lines(sum, second.lines, to)
  join_heads(sum, second)
  join_workers(sum, second)
  join_sources(sum, second)
  return sum
end
