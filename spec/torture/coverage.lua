--- Which lines and branches of our C the specs run, in the coverage build, room by room. The lines
--- that nothing runs are listed in build/coverage/missed.txt.

local json = require("dkjson")
local uv = require("luv")
local shell = require("spec.torture.shell")
local quoted = require("perilune.shell").quoted

local BUILD <const> = "build/coverage"
local CORES <const> = "spec/contract spec/native spec/faults"
local HOST <const> = " spec/host spec/profiler spec/cli/run_spec.lua"
local LONG <const> = 180 -- seconds from which on the host's specs run as well
-- What is long or needs another user's rights is left out, as under sanitizers.
local TEST <const> = "PERILUNE_SANITIZE=coverage %s/perilune test --exclude-tags=course %s"
local ROOT <const> = uv.cwd() .. "/"

local function note(counts, key, count)
  counts[key] = (counts[key] or 0) + count
end

-- One compiled file's counts: the same source is compiled for the host and for stock Lua.
local function add_file(files, file)
  local name = file.file:sub(1, #ROOT) == ROOT and file.file:sub(#ROOT + 1) or file.file
  if not name:find("^native/") and not name:find("^host/") then return end
  local counts = files[name] or { lines = {}, branches = {} }
  files[name] = counts
  for _, line in ipairs(file.lines) do
    note(counts.lines, line.line_number, line.count)
    for i, branch in ipairs(line.branches) do
      note(counts.branches, line.line_number << 16 | i, branch.count)
    end
  end
end

local function read_all()
  local files = {}
  local _, list = shell.run(("find %s -name '*.gcda'"):format(BUILD))
  for path in list:gmatch("[^\n]+") do
    local _, text = shell.run(("gcov --json-format --branch-probabilities --stdout %s")
      :format(quoted(path)))
    for line in text:gmatch("[^\n]+") do
      local report = json.decode(line)
      for _, file in ipairs(report and report.files or {}) do
        add_file(files, file)
      end
    end
  end
  return files
end

local function tally(counts)
  local hit, all = 0, 0
  for _, count in pairs(counts) do
    all = all + 1
    if count > 0 then hit = hit + 1 end
  end
  return hit, all
end

local function room_of(name)
  return name:match("^native/%a+/") and "native, " .. name:match("^native/(%a+)/")
    or name:match("^native/") and "native, what cores share"
    or name:match("^host/(%a+)/") and "host, " .. name:match("^host/(%a+)/") or "host"
end

local function missed(name, counts)
  local lines = {}
  for line, count in pairs(counts.lines) do
    if count == 0 then lines[#lines + 1] = line end
  end
  if #lines == 0 then return nil end
  table.sort(lines)
  return name .. ": " .. table.concat(lines, " ")
end

local function by_room(files)
  local rooms, names, unseen = {}, {}, {}
  for name, counts in pairs(files) do
    local room = room_of(name)
    if not rooms[room] then
      rooms[room] = { 0, 0, 0, 0 }
      names[#names + 1] = room
    end
    local line, lines = tally(counts.lines)
    local branch, branches = tally(counts.branches)
    for i, n in ipairs({ line, lines, branch, branches }) do rooms[room][i] = rooms[room][i] + n end
    unseen[#unseen + 1] = missed(name, counts)
  end
  table.sort(names)
  table.sort(unseen)
  return rooms, names, unseen
end

local function percent(part, whole)
  return whole > 0 and ("%.1f %%"):format(100 * part / whole) or "none"
end

local function run(seconds)
  shell.run(("find %s -name '*.gcda' -delete"):format(BUILD))
  local ok, output = shell.run(TEST:format(BUILD, CORES .. (seconds >= LONG and HOST or "")))
  local rooms, names, unseen = by_room(read_all())
  local rows = {}
  for i, room in ipairs(names) do
    local line, lines, branch, branches = table.unpack(rooms[room])
    rows[i] = {
      what = "covered: " .. room,
      figure = ("%s of %d lines, %s of %d branches"):format(percent(line, lines), lines,
        percent(branch, branches), branches),
      ok = true,
    }
  end
  if not ok then rows[#rows + 1] = { what = "specs, covered", figure = "", output = output } end
  local file <close> = assert(io.open(BUILD .. "/missed.txt", "w"))
  file:write(table.concat(unseen, "\n"), "\n")
  return rows
end

return { name = "coverage", share = 0.3, builds = { "coverage" }, run = run }
