--- Reads requests from what has come.
local request = {}

---@class Request
---@field method string
---@field target string
---@field version string
---@field path string[] its parts, with escapes decoded
---@field query table<string, string>
---@field headers table<string, string> by lower-case name; several are joined by ", "
---@field head string as it came
---@field body string

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function parts(path)
  local list = {}
  for part in path:gmatch("[^/]+") do list[#list + 1] = decode(part) end
  return list
end

local function pairs_of(query)
  local values = {}
  for name, value in query:gmatch("([^&=]+)=?([^&]*)") do values[decode(name)] = decode(value) end
  return values
end

local function headers(lines)
  local found = {}
  for name, value in lines:gmatch("([^\r\n:]+):[ \t]*([^\r\n]*)") do
    local key = name:lower()
    found[key] = found[key] and found[key] .. ", " .. value or value
  end
  return found
end

--- Takes a head from the front of a text.
---@param text string
---@return Request? request without a body; nil while its head is not whole
---@return string rest
function request.head(text)
  local _, stop = text:find("\r\n\r\n", 1, true)
  if not stop then return nil, text end
  local head = text:sub(1, stop)
  local line, lines = head:match("^([^\r\n]*)\r\n(.*)$")
  local method, target, version = line:match("^(%S+) (%S+) (%S+)$")
  local path, query = (target or ""):match("^([^?#]*)%??([^#]*)")
  return { method = method or "", target = target or "", version = version or "", head = head,
    path = parts(path), query = pairs_of(query), headers = headers(lines), body = "" },
    text:sub(stop + 1)
end

local function chunked(text)
  local pieces, at = {}, 1
  while true do
    local digits, start = text:match("^(%x+)[^\r\n]*\r\n()", at)
    local size = digits and tonumber(digits, 16)
    if not size or #text < start + size + 1 then return nil, text end
    at = start + size + 2
    if size == 0 then return table.concat(pieces), text:sub(at) end
    pieces[#pieces + 1] = text:sub(start, start + size - 1)
  end
end

--- Takes the body from the front of what follows a head. Trailers are not known.
---@param head Request
---@param text string
---@return string? body nil while it is not whole
---@return string rest
function request.body(head, text)
  if (head.headers["transfer-encoding"] or ""):lower() == "chunked" then return chunked(text) end
  local length = math.tointeger(tonumber(head.headers["content-length"] or 0)) or 0
  if #text < length then return nil, text end
  return text:sub(1, length), text:sub(length + 1)
end

return request
