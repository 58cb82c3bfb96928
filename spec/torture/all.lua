--- What `perilune torture` does: all parts in turn, each with its share of the time, then a table.
---
--- A part is a module that returns {name, share, builds, run = fn(seconds) -> rows}; a row is
--- {what, figure, ok, output}.

local clock = require("perilune.clock")
local builds = require("spec.torture.builds")

local PARTS <const> = { "allocations", "calls", "attacks", "fuzz", "kills", "alike", "coverage" }

local function say(...)
  io.stderr:write("torture: ", ...)
  io.stderr:write("\n")
end

local function build_all(parts)
  for _, part in ipairs(parts) do
    for _, preset in ipairs(part.builds) do
      local ok, problem = builds.make(preset, say)
      if not ok then part.problem = problem end
    end
  end
end

local function rows_of(part, seconds)
  if part.problem then return { { what = part.name, figure = part.problem, ok = false } } end
  say(("%s, for about %.0f s"):format(part.name, seconds))
  local start = clock.now()
  local rows = part.run(seconds)
  say(("%s took %.0f s"):format(part.name, clock.now() - start))
  return rows
end

local function show(rows)
  print("| what | figure | |")
  print("|---|---|---|")
  for _, row in ipairs(rows) do
    print(("| %s | %s | %s |"):format(row.what, row.figure, row.ok and "ok" or "FAILED"))
  end
end

local function show_failures(rows)
  local failed = false
  for _, row in ipairs(rows) do
    if not row.ok then
      failed = true
      io.stderr:write("\n== ", row.what, "\n", row.output or "", "\n")
    end
  end
  return failed
end

---@param minutes number
---@return integer code
return function(minutes)
  local parts, rows = {}, {}
  for i, name in ipairs(PARTS) do parts[i] = require("spec.torture." .. name) end
  build_all(parts)
  for _, part in ipairs(parts) do
    local of_part = rows_of(part, part.share * minutes * 60)
    table.move(of_part, 1, #of_part, #rows + 1, rows)
  end
  show(rows)
  return show_failures(rows) and 1 or 0
end
