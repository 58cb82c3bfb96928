--- Zips, which nobody trusts: names that lead elsewhere are refused, and no more is read than a
--- submission may hold. `unzip` writes into a pipe, never to a disk.

local files = require("perilune.lab.files")
local shell = require("perilune.shell")

local unpack = {}

local MOST_FILES <const> = 200
local LARGEST <const>, LARGEST_SUM <const> = 16 << 20, 32 << 20
local LONGEST_LIST <const> = 64 << 10

--- What a command prints, up to a number of bytes; nil where that is not all.
local function output(limit, ...)
  local pipe <close> = assert(io.popen(shell.command({ ... }) .. " 2>/dev/null </dev/null"))
  local text = pipe:read(limit + 1) or ""
  return #text <= limit and text or nil, pipe:close()
end

---@return string? message
function unpack.lacking()
  local found = output(LONGEST_LIST, "sh", "-c", "command -v unzip")
  return found == "" and "unzip is not installed (sudo apt-get install unzip)" or nil
end

-- One with a hyphen in front would be an option of unzip's.
local function is_elsewhere(name)
  return name:find("^[/-]") or name:find("\\", 1, true)
    or ("/" .. name .. "/"):find("/../", 1, true)
end

local function is_wanted(name)
  return not name:find("/$") and not name:find("^__MACOSX/") and not name:find("%f[^/\0]%.")
end

local function names_in(archive)
  local list, ok = output(LONGEST_LIST, "unzip", "-Z1", archive)
  if not list then
    return nil, "a zip of too many files"
  elseif not ok then
    return nil, "no zip that can be read"
  end
  local names = {}
  for name in list:gmatch("[^\n]+") do
    if is_elsewhere(name) then
      return nil, ("a zip with a name that leads out of it: %s"):format(name)
    end
    names[#names + 1] = is_wanted(name) and name or nil
  end
  if #names > MOST_FILES then
    return nil, ("a zip of %d files; %d are the most"):format(#names, MOST_FILES)
  end
  return names
end

local function make_folders(root, name)
  local at = root
  for part in name:gmatch("([^/]+)/") do
    at = at .. "/" .. part
    if not files.kind(at) then
      local made, message = files.make_folder(at)
      if not made then
        return nil, message
      end
    end
  end
  return true
end

--- unzip takes names for patterns.
local function literal(name)
  return (name:gsub("[%*%?%[%]\\]", "\\%0"))
end

local function write(archive, name, folder)
  local text, ok = output(LARGEST, "unzip", "-P", "", "-p", archive, literal(name))
  if not text then
    return nil, ("a zip with a file of more than %d MiB: %s"):format(LARGEST >> 20, name)
  elseif not ok then
    return nil, ("a zip from which %s cannot be read"):format(name)
  end
  local made, message = make_folders(folder, name)
  if made then
    made, message = files.write(folder .. "/" .. name, text)
  end
  return made and #text, message
end

--- Writes an archive's files into a new folder.
---@param archive string
---@param folder string
---@return boolean? ok
---@return string? message what it is instead
function unpack.into(archive, folder)
  local lacking = unpack.lacking()
  if lacking then
    return nil, "a zip, and " .. lacking
  end
  local names, message = names_in(archive)
  if not names then
    return nil, message
  end
  files.remove_tree(folder)
  local made, failure = files.make_folder(folder)
  if not made then
    return nil, failure
  end
  local sum = 0
  for _, name in ipairs(names) do
    local size, problem = write(archive, name, folder)
    if not size then
      return nil, problem
    end
    sum = sum + size
    if sum > LARGEST_SUM then
      return nil, ("a zip that holds more than %d MiB"):format(LARGEST_SUM >> 20)
    end
  end
  return true
end

return unpack
