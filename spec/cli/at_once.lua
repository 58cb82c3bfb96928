--- Exercises with the criteria alone that `watch` decides at once, for specs of what is round them.
local copy_tree = require("spec.cli.copy_tree")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local uv = require("luv")

-- In the place of a manifest: the whole one without what `watch` decides later, and with what a
-- spec changes.
local MANIFEST <const> = [[
local folder = ...
local exercise = assert(loadfile(folder .. "/whole.lua"))(folder)
local checks = {}
for _, check in ipairs(exercise.checks) do
  local lacks = check.slow or check.timed
  for _, need in ipairs(check.needs or {}) do
    lacks = lacks or not checks[need]
  end
  if not lacks then
    checks[#checks + 1], checks[check.name] = check, true
  end
end
exercise.checks = table.move(checks, 1, #checks, 1, {})
%s
return exercise
]]

--- Makes them in a new folder `root`/exercises, for PERILUNE_EXERCISES, which is returned.
---@param root string
---@param changes? table<integer, string> by exercise: a chunk that may change `exercise`
---@return string folder
return function(root, changes)
  local copies = root .. "/exercises"
  assert(files.make_folder(copies))
  for _, id in ipairs(assert(files.list(exercises))) do
    local number = math.tointeger(tonumber(id:match("^(%d%d)%-")))
    local folder = copies .. "/" .. id
    if number then
      copy_tree(exercises .. "/" .. id, folder)
      assert(uv.fs_rename(folder .. "/exercise.lua", folder .. "/whole.lua"))
      assert(files.write(folder .. "/exercise.lua",
        MANIFEST:format(changes and changes[number] or "")))
    end
  end
  return copies
end
