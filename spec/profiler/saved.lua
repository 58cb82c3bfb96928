--- A folder for profiles that specs save, and programs that read them.
---
---     setup(saved.open)
---     teardown(saved.close)
local files = require("perilune.lab.files")
local model = require("perilune.profile.model")

local saved = {}

function saved.open() saved.folder = assert(files.scratch()) end

function saved.close() files.remove_tree(saved.folder) end

---@param name string
---@return string path in the folder
function saved.path_of(name) return saved.folder .. "/" .. name end

--- Saves a raw profile under a name.
---@return string path
function saved.save(raw, name, format)
  local path = saved.path_of(name)
  assert(model.new(raw):save(path, format))
  return path
end

---@return string output of both streams
---@return boolean? ok
function saved.run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  return text, pipe:close()
end

--- Whether there is such a program here.
function saved.present(name)
  return (os.execute("command -v " .. name .. " >/dev/null 2>&1"))
end

return saved
