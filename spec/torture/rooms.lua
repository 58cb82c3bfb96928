--- What gcov has counted in a build, room by room, as rows of torture's table. What nothing has run
--- and has no reason in unreached.lua is listed in the build's missed.txt.

local gcov = require("spec.torture.gcov")
local reasons = require("spec.torture.reasons")

local function room_of(name)
  return name:match("^native/%a+/") and "native, " .. name:match("^native/(%a+)/")
    or name:match("^native/") and "native, what cores share"
    or name:match("^host/(%a+)/") and "host, " .. name:match("^host/(%a+)/") or "host"
end

local function new_room()
  return { line = 0, lines = 0, branch = 0, branches = 0, missed_lines = 0, missed_branches = 0 }
end

local function count(room, counts, missed)
  for _, n in pairs(counts.lines) do
    room.lines = room.lines + 1
    if n > 0 then room.line = room.line + 1 end
  end
  for _, branches in pairs(counts.branches) do
    for _, n in ipairs(branches) do
      room.branches = room.branches + 1
      if n > 0 then room.branch = room.branch + 1 end
    end
  end
  room.missed_lines = room.missed_lines + #missed.lines
  for _, n in pairs(missed.branches) do room.missed_branches = room.missed_branches + n end
end

-- "native/key.h:12: the line", for each that is missed or has branches that are.
local function list(name, missed, out)
  local numbers = { table.unpack(missed.lines) }
  for line in pairs(missed.branches) do numbers[#numbers + 1] = line end
  table.sort(numbers)
  for _, line in ipairs(numbers) do
    local n = missed.branches[line]
    out[#out + 1] = ("%s:%d: %s%s"):format(name, line, n and ("[%d] "):format(n) or "",
      missed.source[line])
  end
  for _, text in ipairs(missed.idle) do
    out[#out + 1] = ("%s: has a reason that it does not need: %s"):format(name, text)
  end
end

local function by_room(files)
  local rooms, names, sources, out = {}, {}, {}, {}
  for name in pairs(files) do sources[#sources + 1] = name end
  table.sort(sources)
  for _, name in ipairs(sources) do
    local room = room_of(name)
    if not rooms[room] then
      rooms[room], names[#names + 1] = new_room(), room
    end
    local missed = reasons.missed(name, files[name])
    count(rooms[room], files[name], missed)
    list(name, missed, out)
  end
  table.sort(names)
  return rooms, names, out
end

local function percent(part, whole)
  return whole > 0 and ("%.1f %%"):format(100 * part / whole) or "none"
end

local function row_of(name, room)
  return {
    what = "covered: " .. name,
    figure = ("%s of %d lines, %s of %d branches"):format(percent(room.line, room.lines),
      room.lines, percent(room.branch, room.branches), room.branches),
    ok = true,
  }
end

-- The cores are the rooms of native/.
local function without_reason(rooms)
  local lines, branches = 0, 0
  for name, room in pairs(rooms) do
    if name:find("^native") then
      lines, branches = lines + room.missed_lines, branches + room.missed_branches
    end
  end
  return {
    what = "cores: neither run nor explained",
    figure = ("lines: %d, branches: %d"):format(lines, branches),
    ok = true,
  }
end

local function write_missed(build, lines)
  local file <close> = assert(io.open(build .. "/missed.txt", "w"))
  file:write(table.concat(lines, "\n"), "\n")
end

--- Adds a row for each room that is shown, and what is missed in the cores.
---@param build string
---@param rows table[]
---@param is_shown fun(room: string): boolean
return function(build, rows, is_shown)
  local files, broken = gcov.read(build)
  local rooms, names, unexplained = by_room(files)
  write_missed(build, unexplained)
  for _, name in ipairs(names) do
    if is_shown(name) then rows[#rows + 1] = row_of(name, rooms[name]) end
  end
  rows[#rows + 1] = without_reason(rooms)
  if broken > 0 then
    rows[#rows + 1] = { what = "files of gcov's that are broken", figure = broken, ok = true }
  end
end
