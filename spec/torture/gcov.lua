--- What gcov has counted of our C in the coverage build.
---
--- Of a process that is killed nothing is counted, and a file that it was writing is broken: such
--- files are left out, and their number is given.

local json = require("dkjson")
local uv = require("luv")
local shell = require("spec.torture.shell")
local quoted = require("perilune.shell").quoted

local gcov = {}

local ROOT <const> = uv.cwd() .. "/"

---@class Counts of a source file, how often each has run; what is 0 has not
---@field lines table<integer, integer>
---@field branches table<integer, integer[]>  by line

local function add(counts, line)
  local n = line.line_number
  counts.lines[n] = (counts.lines[n] or 0) + line.count
  local branches = counts.branches[n] or {}
  for i, branch in ipairs(line.branches) do branches[i] = (branches[i] or 0) + branch.count end
  counts.branches[n] = branches
end

-- The same source is compiled for the host and for stock Lua.
local function add_file(files, file)
  local name = file.file:sub(1, #ROOT) == ROOT and file.file:sub(#ROOT + 1) or file.file
  if not name:find("^native/") and not name:find("^host/") then return end
  files[name] = files[name] or { lines = {}, branches = {} }
  for _, line in ipairs(file.lines) do add(files[name], line) end
end

local function add_report(files, path)
  local _, text = shell.run(("gcov --json-format --branch-probabilities --stdout %s 2>/dev/null")
    :format(quoted(path)))
  local read = false
  for line in text:gmatch("[^\n]+") do
    local report = json.decode(line)
    for _, file in ipairs(report and report.files or {}) do
      read = true
      add_file(files, file)
    end
  end
  return read
end

-- Lua's macros test what luaL_argerror returns, which does not return: two branches that are none.
local function leave_out_made(name, counts)
  local n = 0
  for text in io.lines(name) do
    n = n + 1
    local branches = text:find("luaL_arg[ce]%a+%(") and counts.branches[n] or {}
    if #branches > 2 and branches[#branches] == 0 and branches[#branches - 1] == 0 then
      table.move({}, 1, 2, #branches - 1, branches)
    end
  end
end

---@param build string
function gcov.forget(build)
  shell.run(("find %s -name '*.gcda' -delete"):format(build))
end

---@param build string
---@return table<string, Counts> by name, as native/key.h
---@return integer broken how many of gcov's files could not be read
function gcov.read(build)
  local files, broken = {}, 0
  local _, list = shell.run(("find %s -name '*.gcda'"):format(build))
  for path in list:gmatch("[^\n]+") do
    if not add_report(files, path) then broken = broken + 1 end
  end
  for name, counts in pairs(files) do leave_out_made(name, counts) end
  return files, broken
end

return gcov
