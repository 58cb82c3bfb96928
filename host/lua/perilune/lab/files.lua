--- The few moves on files that the lab makes. The world's failures are `nil, message`.

local uv = require("luv")

local files = {}

---@param path string
---@return "file"|"directory"|string|nil kind nil when nothing is there
function files.kind(path)
  local stat = uv.fs_stat(path)
  return stat and stat.type
end

---@param path string
---@return string absolute without a trailing slash
function files.absolute(path)
  if path:sub(1, 1) ~= "/" then
    path = uv.cwd() .. "/" .. path
  end
  return uv.fs_realpath(path) or (path:gsub("/+$", ""))
end

---@param path string
---@return string
function files.basename(path)
  return path:match("([^/]+)/*$") or path
end

---@param path string
---@return string
function files.folder(path)
  return path:match("^(.*)/[^/]*$") or "."
end

-- Entries of a folder that are read at once. luv 1.44's fs_scandir keeps its request for ever.
local AT_ONCE <const> = 64

--- Names in a folder, sorted.
---@param path string
---@return string[]? names
---@return string? message
function files.list(path)
  local folder, message = uv.fs_opendir(path, nil, AT_ONCE)
  if not folder then
    return nil, message
  end
  local names, entries = {}, uv.fs_readdir(folder)
  while entries do
    for _, entry in ipairs(entries) do names[#names + 1] = entry.name end
    entries = uv.fs_readdir(folder)
  end
  uv.fs_closedir(folder)
  table.sort(names)
  return names
end

---@param path string
---@return string? text
---@return string? message
function files.read(path)
  local file <close>, message = io.open(path, "rb")
  if not file then
    return nil, message
  end
  return file:read("a")
end

--- The same of somebody's file that may be no file, or be huge.
---@param path string
---@param most integer bytes
---@return string? text
---@return string? message
function files.read_safely(path, most)
  local stat, message = uv.fs_stat(path)
  if not stat then
    return nil, message
  elseif stat.type ~= "file" then
    return nil, ("%s is a %s, not a file"):format(files.basename(path), stat.type)
  elseif stat.size > most then
    return nil, ("%s is larger than %d KiB"):format(files.basename(path), most >> 10)
  end
  return files.read(path)
end

--- FNV-1a over 64 bits, as profiles have it of their scripts.
---@param text string
---@return string `fnv1a:` and 16 hexadecimal digits
function files.hash(text)
  local hash = 0xcbf29ce484222325
  for i = 1, #text do
    hash = (hash ~ text:byte(i)) * 0x100000001b3
  end
  return ("fnv1a:%016x"):format(hash)
end

---@param path string
---@param text string
---@return boolean? ok
---@return string? message
function files.write(path, text)
  local file <close>, message = io.open(path, "wb")
  if not file then
    return nil, message
  end
  return file:write(text) and true
end

--- Puts a text in a file's place, which is complete or untouched.
---@param path string
---@param text string
---@return boolean? ok
---@return string? message
function files.replace(path, text)
  local new = path .. ".new"
  local written, message = files.write(new, text)
  if written then
    written, message = uv.fs_rename(new, path)
  end
  return written and true, message
end

--- Copies a file; refuses to write over anything.
---@param from string
---@param to string
---@return boolean? ok
---@return string? message
function files.copy_new(from, to)
  local text, message = files.read(from)
  if not text then
    return nil, message
  end
  local fd, refusal = uv.fs_open(to, "wx", tonumber("644", 8))
  if not fd then
    return nil, refusal
  end
  local written, failure = uv.fs_write(fd, text, 0)
  uv.fs_close(fd)
  return written and true, failure
end

---@param path string
---@return boolean? ok
---@return string? message
function files.make_folder(path)
  local ok, message = uv.fs_mkdir(path, tonumber("755", 8))
  return ok and true, message
end

--- A new empty folder of its own, for one run. Raises where none can be made.
---@param parent? string (default the system's folder for such)
---@return string path
function files.scratch(parent)
  local path, message = uv.fs_mkdtemp((parent or os.getenv("TMPDIR") or "/tmp")
    .. "/perilune-XXXXXX")
  return path or error("no folder can be made to run in: " .. message, 0)
end

local MEMORY <const> = "/dev/shm"

--- Where a scratch folder that goes soon costs least: in memory, unless the user has named a place.
--- A folder on a disk may have to wait for others' writing when it goes.
---@return string? parent nil: the system's folder for such
function files.memory()
  return not os.getenv("TMPDIR") and uv.fs_access(MEMORY, "W") and MEMORY or nil
end

--- Removes a file; one that is not there is no matter.
---@param path string
---@return boolean? ok
---@return string? message
function files.remove(path)
  local ok, message, code = uv.fs_unlink(path)
  return (ok or code == "ENOENT") and true or nil, message
end

--- Removes a folder and all in it; links are removed, never followed.
---@param path string
function files.remove_tree(path)
  for _, name in ipairs(files.list(path) or {}) do
    local entry = path .. "/" .. name
    local stat = uv.fs_lstat(entry)
    if stat and stat.type == "directory" then
      files.remove_tree(entry)
    else
      uv.fs_unlink(entry)
    end
  end
  uv.fs_rmdir(path)
end

--- Lua files of a folder that a solution may require; tests are run by others.
local function modules(folder)
  local names = {}
  for _, name in ipairs(files.list(folder) or {}) do
    if name:find("^[^.].*%.lua$") and not name:find("_spec%.lua$") then
      names[#names + 1] = name
    end
  end
  return names
end

local function stamp_of(path)
  local stat = uv.fs_stat(path)
  return stat and ("%d:%d.%09d"):format(stat.size, stat.mtime.sec, stat.mtime.nsec) or "-"
end

--- What changes whenever one of the files, or a module beside them, is saved, comes or goes.
---@param folder string
---@param names string[]
---@return string
function files.stamp(folder, names)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = stamp_of(folder .. "/" .. name)
  end
  for _, name in ipairs(modules(folder)) do
    parts[#parts + 1] = name .. " " .. stamp_of(folder .. "/" .. name)
  end
  return table.concat(parts, " ")
end

return files
