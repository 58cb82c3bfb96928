--- The files that a student begins with: copies them, and brings them back.

local files = require("perilune.lab.files")

local starter = {}

--- From where each file comes, by name.
local function sources(exercise)
  local list = {}
  for _, name in ipairs(assert(files.list(exercise.folder .. "/starter"))) do
    list[#list + 1] = { from = exercise.folder .. "/starter/" .. name, name = name }
  end
  for _, name in ipairs(exercise.given or {}) do
    list[#list + 1] = { from = exercise.folder .. "/" .. name, name = name }
  end
  return list
end

local function occupied(folder, solution)
  local kind = files.kind(folder)
  if not kind then
    return nil
  elseif kind ~= "directory" then
    return ("%s is there already, and is no folder"):format(folder)
  end
  local names = files.list(folder) or {}
  if #names > 0 then
    local shown = files.kind(folder .. "/" .. solution) and solution or names[#names]
    return ("%s/ is there already, with %s in it"):format(folder, shown)
  end
end

--- Copies what the student gets into ./NN-name/. Writes over nothing.
---@param exercise Exercise
---@return string? folder
---@return string? message
function starter.copy(exercise)
  local folder = exercise.id
  local message = occupied(folder, exercise.solution)
  if message then
    return nil, message
  end
  if not files.kind(folder) then
    local made, failure = files.make_folder(folder)
    if not made then
      return nil, ("%s/ cannot be made: %s"):format(folder, failure)
    end
  end
  for _, source in ipairs(sources(exercise)) do
    local copied, failure = files.copy_new(source.from, folder .. "/" .. source.name)
    if not copied then
      return nil, ("%s/%s cannot be written: %s"):format(folder, source.name, failure)
    end
  end
  return folder
end

--- The files that are not as they were at the start, gone ones among them.
---@param exercise Exercise
---@param folder string the student's
---@return {from: string, name: string, gone: boolean}[]
function starter.changed(exercise, folder)
  local list = {}
  for _, source in ipairs(sources(exercise)) do
    local own = files.read(folder .. "/" .. source.name)
    if own ~= files.read(source.from) then
      source.gone = own == nil
      list[#list + 1] = source
    end
  end
  return list
end

--- A folder that is new, beside the student's: in it, `perilune test` would find the old specs.
local function make_backup(place)
  local number = 0
  repeat
    number = number + 1
    local path = ("%s.backup-%d"):format(place, number)
    if not files.kind(path) then
      local made, message = files.make_folder(path)
      return made and path, message
    end
  until false
end

local function keep(changed, folder, backup)
  for _, source in ipairs(changed) do
    local path = folder .. "/" .. source.name
    local copied, message = source.gone, nil
    if not source.gone then
      copied, message = files.copy_new(path, backup .. "/" .. source.name)
    end
    if not copied then
      return nil, ("%s cannot be kept: %s"):format(path, message)
    end
  end
  return true
end

local function bring_back(changed, folder)
  for _, source in ipairs(changed) do
    local path = folder .. "/" .. source.name
    local written, message = files.replace(path, assert(files.read(source.from)))
    if not written then
      return nil, ("%s cannot be written: %s"):format(path, message)
    end
  end
  return true
end

--- Brings the changed files back. The student's own are all kept before the first is replaced.
---@param exercise Exercise
---@param folder string the student's
---@param changed table what `changed` has found
---@return string? backup the folder where the old ones are
---@return string? message
function starter.restore(exercise, folder, changed)
  local place = folder == "." and "../" .. exercise.id or folder
  local backup, message = make_backup(place)
  if not backup then
    return nil, ("the old files cannot be kept: %s"):format(message)
  end
  local ok
  ok, message = keep(changed, folder, backup)
  if ok then
    ok, message = bring_back(changed, folder)
  end
  return ok and backup, message
end

return starter
