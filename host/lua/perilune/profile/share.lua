--- What is made of npm's packages when Perilune is built (host/web), and may be missing.

local share = {}

---@param path string
---@return string? text
function share.read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

---@return string folder
function share.folder()
  return require("perilune.recorder").share()
end

--- Why something is not there, from the log of the build, and what to do.
---@param what string
---@param name string of the file that is missing
---@return string
function share.absent(what, name)
  local folder = share.folder()
  local log = folder .. "/web.log"
  local text = share.read(log)
  if not text then
    return ("%s is not built: no %s in '%s'"):format(what, name, folder)
  end
  local retry = ("then remove '%s' and build again"):format(log)
  return ("%s is not built: %s; %s"):format(what, text:match("^[^\n]*"), retry)
end

return share
