--- Profiles in files. Every failure here is the world's: nil, message and "io", or what is wrong
--- inside.

local file = {}

local function refusal(message)
  return nil, message, "io"
end

local function read_all(path)
  local handle <close>, message = io.open(path, "rb")
  if not handle then
    return refusal(message)
  end
  local text, failure = handle:read("a")
  if not text then
    return refusal(("%s: %s"):format(path, failure or "cannot be read"))
  end
  return text
end

--- Reads and checks a raw profile.
---@param path string
---@return table? raw
---@return string? message
---@return string? code "io", "format", "version"
function file.load(path)
  local text, message, code = read_all(path)
  if not text then
    return nil, message, code
  end
  local raw
  raw, message, code = require("perilune.profile.formats.json").decode(text)
  if not raw then
    return nil, ("%s: %s"):format(path, message), code
  end
  return raw
end

-- Opened anew, a file that one of these was sent to would be cut off under its writers.
local STREAMS <const> = { ["/dev/stdout"] = "stdout", ["/dev/stderr"] = "stderr" }

--- The stream of a name, if it is one and open.
local function stream_of(path)
  local name = STREAMS[path]
  return name and io.type(io[name]) == "file" and io[name] or nil
end

local function write_to(path, content)
  local stream = stream_of(path)
  local handle, message = stream, nil
  if not stream then
    handle, message = io.open(path, "wb")
  end
  if not handle then
    return refusal(message)
  end
  local written, failure = handle:write(content)
  local closed, closing = handle[stream and "flush" or "close"](handle)
  if not (written and closed) then
    return refusal(("%s: %s"):format(path, failure or closing))
  end
  return true
end

--- A name that no other process uses now: the address of a new table, after randomisation of
--- addresses, and the time.
local function beside(path)
  return ("%s.%x%s.tmp"):format(path, os.time(), ("%p"):format({}):gsub("^0x", ""))
end

--- A name that nobody has.
---@param ending string
---@return string path
function file.temporary(ending)
  local name = os.tmpname()
  os.remove(name)
  return name .. ending
end

--- Writes a file that is complete or not there: under another name first, renamed in the end.
--- Devices and open descriptors, which cannot be replaced, are written directly.
---@param path string
---@param content string
---@return boolean? ok
---@return string? message
---@return string? code "io"
function file.write(path, content)
  if path:find("^/dev/") or path:find("^/proc/") then
    return write_to(path, content)
  end
  local temporary = beside(path)
  local ok, message = write_to(temporary, content)
  if ok then
    ok, message = os.rename(temporary, path)
  end
  if not ok then
    os.remove(temporary)
    return refusal((message:gsub(temporary, path, 1)))
  end
  return true
end

return file
