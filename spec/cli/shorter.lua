--- Exercise 1 with few orders, for what is run on its script: the given file takes minutes.
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")

local NAME <const>, ORDERS <const> = "/01-profiling", 500

local function copy_tree(from, to)
  assert(files.make_folder(to))
  for _, name in ipairs(files.list(from)) do
    local source, target = from .. "/" .. name, to .. "/" .. name
    if files.kind(source) == "directory" then
      copy_tree(source, target)
    else
      assert(files.write(target, assert(files.read(source))))
    end
  end
end

--- Copies it into a new folder `root`/exercises, for PERILUNE_EXERCISES, which is returned.
return function(root)
  local copies = root .. "/exercises"
  assert(files.make_folder(copies))
  copy_tree(exercises .. NAME, copies .. NAME)
  local orders = dofile(exercises .. NAME .. "/orders.lua")(ORDERS)
  assert(files.write(copies .. NAME .. "/orders.csv", orders))
  return copies
end
