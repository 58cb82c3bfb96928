--- Copies a folder and all in it: a sandbox shows a folder, not what links in it lead to.
local files = require("perilune.lab.files")

---@param from string
---@param to string a folder that is not there
local function copy_tree(from, to)
  assert(files.make_folder(to))
  for _, name in ipairs(assert(files.list(from))) do
    local source, target = from .. "/" .. name, to .. "/" .. name
    if files.kind(source) == "directory" then
      copy_tree(source, target)
    else
      assert(files.write(target, assert(files.read(source))))
    end
  end
end

return copy_tree
