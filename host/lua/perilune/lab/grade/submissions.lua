--- What students have handed in: a folder, a file or a zip each.

local files = require("perilune.lab.files")
local format = require("perilune.format")
local unpack = require("perilune.lab.grade.unpack")
local uv = require("luv")

local submissions = {}

local DEEPEST <const>, MOST <const> = 4, 2000
local ANSWERS <const> = "answers.md"
local LARGEST <const> = 16 << 20

---@class Submission
---@field student string
---@field id string         the same for the name of a file
---@field entry string      its name in the folder
---@field path string
---@field file? string      what is judged
---@field problem? string   why there is nothing to judge
---@field stamp? string     of all that its verdict comes from
---@field begun? Report     what was decided of it without clocks

local function extension(name)
  return name:match("(%.[^./]+)$") or ""
end

--- What an entry of the folder is: its name without an ending, nil when it is none.
local function stem(path, name, solution)
  local kind = files.kind(path)
  if name:find("^%.") or name == "__MACOSX" then
    return nil
  elseif kind == "directory" then
    return name
  elseif kind == "file" and (extension(name) == ".zip" or extension(name) == extension(solution))
    then
    return name:sub(1, -1 - #extension(name))
  end
end

local function student_of(base, pattern)
  local student = base and base:match(pattern or "^(.*)$")
  return type(student) == "string" and student ~= "" and format.printable(student) or nil
end

local LONGEST <const> = 120

--- A student's name as the name of a file: other bytes than the plain ones are told by number, so
--- that no two students have the same.
---@param student string
---@return string
function submissions.id(student)
  local id = student:gsub("[^%w._-]", function(byte)
    return ("~%02x"):format(byte:byte())
  end)
  id = id:gsub("^%.", "~2e")
  return #id <= LONGEST and id or id:sub(1, LONGEST) .. "~" .. files.hash(id):sub(-16)
end

--- The folder's entries by student, and those that are nobody's.
---@param folder string
---@param solution string the name of the file that students write
---@param pattern? string a Lua pattern; its capture is the student
---@return Submission[]? list sorted by student
---@return string[]|string skipped or a message
function submissions.list(folder, solution, pattern)
  local names, message = files.list(folder)
  if not names then
    return nil, message
  end
  local list, by_student, skipped = {}, {}, {}
  for _, name in ipairs(names) do
    local path = folder .. "/" .. name
    local student = student_of(stem(path, name, solution), pattern)
    local earlier = by_student[student]
    if not student then
      skipped[#skipped + 1] = name
    elseif earlier then
      earlier.problem = ("two submissions: %s and %s"):format(earlier.entry, name)
    else
      by_student[student] = {
        student = student, id = submissions.id(student), entry = name, path = path,
      }
      list[#list + 1] = by_student[student]
    end
  end
  table.sort(list, function(a, b)
    return a.student < b.student
  end)
  return list, skipped
end

--- All in a folder that is no folder, by a path from there; links are named, never followed.
local function walk(folder, prefix, depth, found)
  for _, name in ipairs(files.list(folder) or {}) do
    local path, stat = folder .. "/" .. name, uv.fs_lstat(folder .. "/" .. name)
    if #found >= MOST then
      return
    elseif name:find("^%.") or name == "__MACOSX" or not stat then
      goto continue
    elseif stat.type ~= "directory" then
      found[#found + 1] = {
        path = path, name = name, shown = prefix .. name, type = stat.type, depth = depth,
        stamp = ("%s %d %d.%09d"):format(prefix .. name, stat.size, stat.ctime.sec,
          stat.ctime.nsec), size = stat.size,
      }
    elseif depth < DEEPEST then
      walk(path, prefix .. name .. "/", depth + 1, found)
    end
    ::continue::
  end
end

local function shallowest(found, accept)
  local best, twin
  for _, file in ipairs(found) do
    if accept(file) then
      if not best or file.depth < best.depth then
        best, twin = file, nil
      elseif file.depth == best.depth then
        twin = file
      end
    end
  end
  return best, twin
end

local function names_text(found)
  local names = {}
  for i = 1, math.min(#found, 5) do
    names[i] = found[i].shown
  end
  return table.concat(names, ", ") .. (#found > 5 and ", ..." or "")
end

--- The file to judge: the one of the right name that lies highest, else the only one of its kind.
local function choose(found, solution)
  local file, twin = shallowest(found, function(file) return file.name == solution end)
  if not file then
    file, twin = shallowest(found, function(other)
      return extension(other.name) == extension(solution) and not other.name:find("_spec%.lua$")
        and other.name ~= "README.md" and other.name ~= "naive.lua"
    end)
  end
  if not file then
    return nil, ("no %s in it (there is: %s)"):format(solution, names_text(found))
  elseif twin then
    return nil, ("which of them: %s or %s?"):format(file.shown, twin.shown)
  end
  return file
end

--- What stands in the way of reading a file: the judge follows no links and waits for no pipes.
local function unreadable(file)
  if file.type ~= "file" then
    return ("%s is a %s, not a file"):format(file.shown, file.type)
  elseif file.size > LARGEST then
    return ("%s is larger than %d MiB"):format(file.shown, LARGEST >> 20)
  elseif not uv.fs_access(file.path, "R") then
    return ("%s cannot be read"):format(file.shown)
  end
end

local function find_in(folder, solution)
  local found = {}
  walk(folder, "", 1, found)
  if #found == 0 then
    return nil, "the folder is empty"
  end
  local file, message = choose(found, solution)
  if not file then
    return nil, message
  end
  local beside = files.folder(file.path)
  for _, other in ipairs(found) do
    local counts = other == file or files.folder(other.path) == beside
      and (other.name == ANSWERS or extension(other.name) == ".json")
    message = message or counts and unreadable(other) or nil
  end
  return not message and file.path or nil, message
end

--- A file that stands among others' in a folder of its own: it is to see none of them.
local function copy_alone(submission, unpacked)
  local from, stat = submission.path, uv.fs_stat(submission.path)
  local problem = unreadable({
    path = from, shown = submission.entry, type = stat.type, size = stat.size })
  if problem then
    return nil, problem
  end
  local folder = unpacked .. "/" .. submission.id
  files.remove_tree(folder)
  local made, message = files.make_folder(folder)
  if made then
    made, message = files.copy_new(from, folder .. "/" .. submission.entry)
  end
  return made and folder .. "/" .. submission.entry or nil, message
end

--- Finds the file to judge, in a zip too; sets `file` or `problem`.
---@param submission Submission
---@param solution string
---@param unpacked string a folder for what comes out of zips
function submissions.open(submission, solution, unpacked)
  if submission.problem then
    return
  end
  local folder = submission.path
  if files.kind(folder) == "file" and extension(folder) == ".zip" then
    folder = unpacked .. "/" .. submission.id
    local ok, message = unpack.into(submission.path, folder)
    if not ok then
      submission.problem = message
      return
    end
  elseif files.kind(folder) == "file" then
    submission.file, submission.problem = copy_alone(submission, unpacked)
    return
  end
  submission.file, submission.problem = find_in(folder, solution)
end

--- Changes whenever something in a submission does.
---@param path string
---@return string
function submissions.stamp(path)
  local stat = uv.fs_stat(path)
  if not stat then
    return "none"
  elseif stat.type ~= "directory" then
    return ("%d %d.%09d"):format(stat.size, stat.ctime.sec, stat.ctime.nsec)
  end
  local found, stamps = {}, {}
  walk(path, "", 1, found)
  for i, file in ipairs(found) do
    stamps[i] = file.stamp
  end
  return files.hash(table.concat(stamps, "\n"))
end

return submissions
