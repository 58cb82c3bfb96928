--- What two processes held, in one raw snapshot: by place, from the first line of each stack on.

local merge = {}

local ADDED <const> = { "bytes", "blocks", "total_bytes", "total_blocks" }
local PEAKS <const> = { "peak_bytes", "peak_blocks" }
local NONE <const>, MORE <const> = 1, 2 -- places that every snapshot has there

local function key_of_function(fn)
  return ("%s\0%s\0%d\0%s"):format(fn.kind, fn.source, fn.line, fn.name or "")
end

-- Adds the functions that are new; returns where each of `other`'s stands in the sum.
local function join_functions(sum, other)
  local seen, to = {}, {}
  for i, fn in ipairs(sum.functions) do
    local key = key_of_function(fn)
    seen[key] = seen[key] or i
  end
  for i, fn in ipairs(other.functions) do
    local key = key_of_function(fn)
    if not seen[key] then
      sum.functions[#sum.functions + 1] = fn
      seen[key] = #sum.functions
    end
    to[i] = seen[key]
  end
  return to
end

local function key_of_place(places, i)
  return ("%d:%d:%d"):format(places.parent[i], places["function"][i], places.line[i])
end

local function new_place(places, parent, fn, line)
  local i = #places.line + 1
  places.parent[i], places["function"][i], places.line[i] = parent, fn, line
  for _, fields in ipairs { ADDED, PEAKS } do
    for _, field in ipairs(fields) do places[field][i] = 0 end
  end
  return i
end

local function add_fields(sum, at, other, i, fields)
  for _, field in ipairs(fields) do sum[field][at] = sum[field][at] + other[field][i] end
end

-- A place stands behind the one that is its parent.
local function join_places(sum, other, to, fields)
  local seen, at, mine = {}, { [0] = 0, NONE, MORE }, sum.places
  for i = MORE + 1, #mine.line do seen[key_of_place(mine, i)] = i end
  for i = 1, #other.line do
    if i > MORE then
      local parent, fn, line = at[other.parent[i]], to[other["function"][i]], other.line[i]
      local key = ("%d:%d:%d"):format(parent, fn, line)
      seen[key] = seen[key] or new_place(mine, parent, fn, line)
      at[i] = seen[key]
    end
    for _, list in ipairs(fields) do add_fields(mine, at[i], other, i, list) end
  end
end

local function clear(list, fields)
  for _, field in ipairs(fields) do
    for i = 1, #list[field] do list[field][i] = 0 end
  end
end

local function clear_types(types, fields)
  for _, type in pairs(types) do
    for _, field in ipairs(fields) do type[field] = 0 end
  end
end

local function join_types(sum, other, fields)
  for name, type in pairs(other) do
    for _, list in ipairs(fields) do
      for _, field in ipairs(list) do sum[name][field] = sum[name][field] + type[field] end
    end
  end
end

--- A process that has ended holds nothing.
---@param raw table is changed
---@return table raw
function merge.ended(raw)
  local live <const> = { "bytes", "blocks" }
  clear(raw.places, live)
  clear_types(raw.types, live)
  raw.used = 0
  return raw
end

--- Adds up what two processes have allocated and hold, of which one replaced the other. At the peak
--- is what the one held at its own that held more.
---@param sum table raw snapshot, is changed
---@param other table
---@return table sum
function merge.join(sum, other)
  local fields = { ADDED }
  if other.peak_used > sum.peak_used then
    clear(sum.places, PEAKS)
    clear_types(sum.types, PEAKS)
    fields[2], sum.peak_used = PEAKS, other.peak_used
  end
  join_places(sum, other.places, join_functions(sum, other), fields)
  join_types(sum.types, other.types, fields)
  sum.used, sum.peak = sum.used + other.used, math.max(sum.peak, other.peak)
  return sum
end

return merge
