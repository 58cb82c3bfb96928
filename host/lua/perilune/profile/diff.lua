--- What changed between two profiles, function by function.

local identity = require("perilune.profile.identity")
local queries = require("perilune.profile.queries")

local FIGURES = { "calls", "self", "total", "wait", "samples", "bytes", "total_bytes", "blocks" }

local function by_index(rows)
  local found = {}
  for _, row in ipairs(rows) do
    found[row.index] = row
  end
  return found
end

local function change(old, new)
  local shown = new or old
  local row = {
    name = shown.name, source = shown.source, line = shown.line, kind = shown.kind,
    old = old, new = new, status = not old and "new" or not new and "gone" or nil,
  }
  for _, figure in ipairs(FIGURES) do
    row[figure] = (new and new[figure] or 0) - (old and old[figure] or 0)
  end
  return row
end

local function largest_first(rows, figure)
  local order = {}
  for i, row in ipairs(rows) do
    order[row] = i
  end
  table.sort(rows, function(a, b)
    local x, y = math.abs(a[figure]), math.abs(b[figure])
    if x ~= y then
      return x > y
    end
    return order[a] < order[b]
  end)
  return rows
end

---@param old table raw profile
---@param new table raw profile
---@return table[] rows see perilune.profiler.Profile:diff
return function(old, new)
  local before, rows, matched = by_index(queries.flat(old)), {}, {}
  local to_old = identity.match(old, new, true)
  for _, row in ipairs(queries.flat(new)) do
    local index = to_old[row.index]
    if index then
      matched[index] = true
    end
    rows[#rows + 1] = change(before[index], row)
  end
  for _, row in ipairs(queries.flat(old)) do
    if not matched[row.index] then
      rows[#rows + 1] = change(row, nil)
    end
  end
  return largest_first(rows, old.mode == "memory" and new.mode == "memory" and "bytes" or "self")
end
