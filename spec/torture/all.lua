--- What `perilune torture` does: its parts in turn, each with its share of the time, then a table.
---
--- A part is a module that returns {name, share, builds, run = fn(seconds, rows)}, which adds to
--- rows: {what, figure, ok, output}. One without a share takes as long as it takes; `missing` says
--- what it lacks. An interrupt ends all, with the rows that there are.

local clock = require("perilune.clock")
local interrupted = require("perilune.cli.interrupted")
local builds = require("spec.torture.builds")
local show = require("spec.torture.show")

local function say(...)
  io.stderr:write("torture: ", ...)
  io.stderr:write("\n")
end

local function build_all(parts)
  for _, part in ipairs(parts) do
    part.problem = part.missing and part.missing()
    for _, preset in ipairs(part.builds) do
      local ok, problem = builds.make(preset, say)
      if not ok then part.problem = problem end
    end
  end
end

local function run_part(part, seconds, rows)
  if part.problem then
    rows[#rows + 1] = { what = part.name, figure = part.problem, ok = false }
    return
  end
  say(part.name, seconds and (", for about %.0f s"):format(seconds) or "")
  local start = clock.now()
  part.run(seconds, rows)
  say(("%s took %.0f s"):format(part.name, clock.now() - start))
end

local function run_all(names, minutes, rows)
  local parts, shares = {}, 0
  for i, name in ipairs(names) do
    parts[i] = require("spec.torture." .. name)
    shares = shares + (parts[i].share or 0)
  end
  build_all(parts)
  for _, part in ipairs(parts) do
    run_part(part, part.share and part.share / shares * minutes * 60, rows)
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

---@param names string[] the parts
---@param minutes number
---@return integer code
return function(names, minutes)
  local rows = {}
  local ok, problem = pcall(run_all, names, minutes, rows)
  if not ok and not interrupted.is(problem) then error(problem, 0) end
  show(rows)
  local failed = show_failures(rows)
  if not ok then error(problem, 0) end
  return failed and 1 or 0
end
