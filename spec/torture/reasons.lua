--- Which of the lines and branches that nothing has run stand in unreached.lua, with their reason.
---
--- An entry there names a line by how it begins. It stands for that line's branches, for the rest
--- of its statement, and for the lines behind it up to the first that has been run: what an `if`
--- guards, or a function.

local unreached = require("spec.torture.unreached")

local reasons = {}

local function source_of(name)
  local lines = {}
  for line in io.lines(name) do lines[#lines + 1] = line:match("^%s*(.-)%s*$") end
  return lines
end

local function missed_branches(counts, line)
  local n = 0
  for _, count in ipairs(counts.branches[line] or {}) do
    if count == 0 then n = n + 1 end
  end
  return n
end

local function is_missed(counts, line)
  return counts.lines[line] == 0 or missed_branches(counts, line) > 0
end

-- Whether a statement goes on behind a line.
local function is_open(text)
  return text ~= "" and not text:find("[;{}:]$") and not text:find("[;{}:]%s*/%*.*%*/$")
end

local function justify(counts, source, first, given)
  local line, open = first, true
  while source[line] and (open or counts.lines[line] == nil or counts.lines[line] == 0) do
    given[line] = true
    open = is_open(source[line])
    line = line + 1
  end
end

-- The lines that the entries stand for; and those entries that nothing needs.
local function given_of(counts, source, entries)
  local given, idle = {}, {}
  for _, entry in ipairs(entries or {}) do
    for k = 2, #entry do
      local needed = false
      for line in pairs(counts.lines) do
        if source[line]:sub(1, #entry[k]) == entry[k] and is_missed(counts, line) then
          justify(counts, source, line, given)
          needed = true
        end
      end
      if not needed then idle[#idle + 1] = entry[k] end
    end
  end
  return given, idle
end

---@class Missed of a source file, without what has a reason
---@field lines integer[]
---@field branches table<integer, integer> how many, by line
---@field idle string[] entries for what has been run, or is not there
---@field source string[]

---@param name string
---@param counts Counts
---@param entries? string[][] those of unreached.lua
---@return Missed
function reasons.missed(name, counts, entries)
  local source = source_of(name)
  local given, idle = given_of(counts, source, entries or unreached[name])
  local missed = { lines = {}, branches = {}, idle = idle, source = source }
  for line, count in pairs(counts.lines) do
    if not given[line] and count == 0 then missed.lines[#missed.lines + 1] = line end
    local n = not given[line] and count > 0 and missed_branches(counts, line) or 0
    missed.branches[line] = n > 0 and n or nil
  end
  table.sort(missed.lines)
  return missed
end

return reasons
