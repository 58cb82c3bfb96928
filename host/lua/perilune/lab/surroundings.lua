--- Where a judged file's process runs, and what it may read there.

local files = require("perilune.lab.files")
local uv = require("luv")

local surroundings = {}

local EVERYBODY <const> = tonumber("666", 8)

--- The files that a solution writes and its judge reads, in the folder where it runs. A sandbox
--- puts an empty folder in the place of that one, and these files into it.
local function make_records(folder, names)
  local paths = {}
  for i, name in ipairs(names or {}) do
    paths[i] = folder .. "/" .. name
    assert(files.write(paths[i], ""))
    -- For root's sandboxes, whose user is another one. The folder is closed to everybody else.
    assert(uv.fs_chmod(paths[i], EVERYBODY))
  end
  return paths
end

--- A folder for one process, and the records in it: nothing else that it writes there is met again.
--- The process puts links to what is beside its file into it.
---@param path string
---@param records? string[] names of files
---@return string path
---@return string[] records their paths
function surroundings.make(path, records)
  assert(files.make_folder(path))
  return path, make_records(path, records)
end

local function is_below(path, folder)
  return path:sub(1, #folder + 1) == folder .. "/"
end

--- What a file's process may read. A solution sees its own folder, unless that is one of ours, and
--- what the exercise shows it; a version of ours sees all of the exercise.
---@param exercise Exercise
---@param file string
---@param is_solution boolean
---@return string[] paths
function surroundings.readable(exercise, file, is_solution)
  if not is_solution then
    return { exercise.folder, files.folder(file) }
  end
  local ours = is_below(file, exercise.folder)
  local paths = { ours and file or files.folder(file) }
  for _, name in ipairs(exercise.readable or {}) do
    paths[#paths + 1] = exercise.folder .. "/" .. name
  end
  return paths
end

return surroundings
