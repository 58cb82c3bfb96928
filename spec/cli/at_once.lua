--- Exercises with the criteria alone that `watch` decides at once, for specs of what is round them.
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

local function link_all(from, to)
  for _, name in ipairs(assert(files.list(from))) do
    local own = name == "exercise.lua" and "whole.lua" or name
    assert(uv.fs_symlink(from .. "/" .. name, to .. "/" .. own))
  end
end

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
      assert(files.make_folder(folder))
      link_all(exercises .. "/" .. id, folder)
      assert(files.write(folder .. "/exercise.lua",
        MANIFEST:format(changes and changes[number] or "")))
    end
  end
  return copies
end
