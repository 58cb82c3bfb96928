--- What stands in the repository's pages, for specs that run it.
local uv = require("luv")
local files = require("perilune.lab.files")
local quoted = require("perilune.shell").quoted

local pages = {}

---@param path string
---@return string
function pages.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

--- The blocks of code of one language in a page, in order.
---@param path string
---@param language string
---@return string[]
function pages.blocks(path, language)
  local list = {}
  for code in ("\n" .. pages.read(path)):gmatch("\n```" .. language .. "\n(.-)\n```") do
    list[#list + 1] = code .. "\n"
  end
  return list
end

--- Runs a command line in a folder.
---@param command string
---@param folder string
---@return string output of both streams
---@return integer code
function pages.shell(command, folder)
  local pipe <close> = assert(io.popen(("cd %s && { %s\n} 2>&1 </dev/null"):format(
    quoted(folder), command)))
  local output = pipe:read("a")
  local _, _, code = pipe:close()
  return output, code
end

--- The folder of the build that runs the specs.
pages.build = uv.exepath():match("^(.*)/")

--- What the compiler must be told of what is linked with that build's library.
function pages.flags()
  local cache = files.read(pages.build .. "/CMakeCache.txt") or ""
  local sanitizers = cache:match("\nPERILUNE_SANITIZE:%a+=(%S+)")
  return (sanitizers and "-fsanitize=" .. sanitizers or "")
    .. (cache:find("\nPERILUNE_COVERAGE:BOOL=ON") and " --coverage" or "")
end

return pages
