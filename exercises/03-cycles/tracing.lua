--- What Lua's own collector does with cycles of plain tables, in each of its modes.

local tables = require("tables")

local N <const>, SIZE <const>, BYTES <const> = 1000, 10, 1024

local function mebibytes(bytes)
  return ("%.1f MiB"):format(math.max(bytes, 0) / 2 ^ 20)
end

local function milliseconds(seconds)
  return ("%.1f ms"):format(seconds * 1000)
end

local function steps(count, measured)
  return count < measured.patience and tostring(count) or "they stay"
end

--- A title, and what is shown of a mode's measures.
local ROWS <const> = {
  { "let go at once, then a full collection" },
  { "  tables", function(m) return m.full.made end },
  { "  memory that they hold", function(m) return mebibytes(m.full.held) end },
  { "  tables left by the collection", function(m) return m.full.left end },
  { "  memory that it freed", function(m) return mebibytes(m.full.freed) end },
  { "  time that it took", function(m) return milliseconds(m.full.seconds) end },
  { "small steps until they are gone" },
  { "  let go at once", function(m) return steps(m.young, m) end },
  { "  let go after three steps", function(m) return steps(m.old, m) end },
  { "with a finalizer each" },
  { "  called in a full collection", function(m) return m.finalized.called end },
  { "  weak references left", function(m) return m.finalized.weak end },
  { "  memory that it freed", function(m) return mebibytes(m.finalized.first) end },
  { "  freed after a second one", function(m) return mebibytes(m.finalized.second) end },
}

local incremental = tables.measure("incremental", N, SIZE, BYTES)
local generational = tables.measure("generational", N, SIZE, BYTES)

print(("%-40s%14s%14s"):format("cycles of plain tables", "incremental", "generational"))
for _, row in ipairs(ROWS) do
  local title, show = table.unpack(row)
  if show then
    print(("%-40s%14s%14s"):format(title, show(incremental), show(generational)))
  else
    print(title)
  end
end
