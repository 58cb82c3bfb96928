--- How long `perilune watch` takes from a save to its verdicts: to the first, and to the last of
--- those that are decided at once.
---
---     watch.lua [--rounds N] [--pause MS] [--exercise N] [--json FILE]
---
--- The worked solution of each exercise, or of one, is saved N times (40), half of them as editors
--- do that rename a new file, MS (300) after the last verdict: while slow checks are under way.
local uv = require("luv")
local catalogue = require("perilune.lab.catalogue")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")
local report = require("spec.bench.report")
local turns = require("spec.bench.turns")

local function write(path, text) assert(files.write(path, text)) end

--- A folder with the worked solution in the place of the student's.
local function solved(entry, exercise)
  local root = assert(files.scratch())
  local folder = root .. "/" .. entry.id
  assert(files.make_folder(folder))
  for _, name in ipairs(manifest.reads(exercise)) do
    local text = files.read(("%s/reference/%s"):format(entry.folder, name))
    if text then write(folder .. "/" .. name, text) end
  end
  return root, folder .. "/" .. exercise.solution
end

local function save_in_place(path, text) write(path, text) end

local function save_by_renaming(path, text)
  write(path .. "~", text)
  assert(uv.fs_rename(path .. "~", path))
end

--- Calls `take` with each line that the program prints.
local function start(root, number, take)
  local input, output, rest = uv.new_pipe(false), uv.new_pipe(false), ""
  local process
  process = assert(uv.spawn(uv.exepath(), {
    args = { "watch", tostring(number) }, cwd = root, stdio = { input, output, 2 },
  }, function() process:close() end))
  output:read_start(function(_, chunk)
    if not chunk then return output:close() end
    rest = rest .. chunk
    for line in rest:gmatch("([^\n]*)\n") do take(line) end
    rest = rest:match("[^\n]*$")
  end)
  return input
end

--- Waits for so many verdicts of one judging; milliseconds from `from` to the first and the last.
local function await(state, count, from)
  repeat uv.run("once") until state.rows >= count
  return (state.first - from) / 1e6, (state.last - from) / 1e6
end

--- Counts the rows of the judging under way.
local function counter(state, count)
  return function(line)
    if line:find("^Exercise ") then
      state.rows = 0
    elseif line:find("^  %w+ +%S") and state.rows < count then
      state.rows, state.last = state.rows + 1, uv.hrtime()
      state.first = state.rows == 1 and state.last or state.first
    end
  end
end

local function pause(milliseconds)
  local timer, over = uv.new_timer(), false
  timer:start(milliseconds, 0, function() over = true end)
  repeat uv.run("once") until over
  timer:close()
end

local function quick_count(exercise)
  local count = 0
  for _, is_quick in pairs(judge.quick(exercise)) do count = count + (is_quick and 1 or 0) end
  return count
end

local function at(sorted, share) return sorted[math.max(1, math.ceil(share * #sorted))] end

local function summed(times)
  table.sort(times)
  return { p50 = at(times, 0.5), p95 = at(times, 0.95) }
end

local function measure(entry, options)
  local exercise = manifest.load(entry)
  local root, path = solved(entry, exercise)
  local state, count, firsts, lasts = { rows = 0 }, quick_count(exercise), {}, {}
  local text = assert(files.read(path))
  local input = start(root, entry.number, counter(state, count))
  await(state, count, 0)
  for i = 1, options.rounds do
    pause(options.pause)
    state.rows = 0
    local save, from = i % 2 == 1 and save_in_place or save_by_renaming, uv.hrtime()
    save(path, text .. ("\n"):rep(i % 3))
    firsts[i], lasts[i] = await(state, count, from)
  end
  input:close()
  uv.run()
  files.remove_tree(root)
  return { name = entry.id, checks = count, first = summed(firsts), all = summed(lasts) }
end

local options = report.options(arg, { rounds = 40, pause = 300, exercise = 0 },
  "watch.lua [--rounds N] [--pause MS] [--exercise N]")
local rows = {}
turns.head("milliseconds from a save", { "checks", "1st p50", "1st p95", "all p50", "all p95" })
for _, entry in ipairs(assert(catalogue.list())) do
  if options.exercise ~= 0 and options.exercise ~= entry.number then goto continue end
  local row = measure(entry, options)
  rows[#rows + 1] = row
  print(("%-33s%9d%s%s%s%s"):format(row.name, row.checks, turns.number(row.first.p50),
    turns.number(row.first.p95), turns.number(row.all.p50), turns.number(row.all.p95)))
  ::continue::
end
report.write(options.json, { rounds = options.rounds, rows = rows })
