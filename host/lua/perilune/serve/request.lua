--- Requests of HTTP/1.1, as RFC 9112 has them. What may be read in two ways is refused.

local find <const>, lower <const>, match <const> = string.find, string.lower, string.match
local sub <const> = string.sub

local request = {}

local MOST_HEAD <const> = 16 * 1024
local MOST_BODY <const> = 8 << 20
local MOST_KNOWN <const> = 64
local MOST_LINE <const> = 1024 -- of a chunk's size, with its extensions

local END <const> = "\r\n\r\n"
local TOKEN <const> = "[%w!#$%%&'*+%-.^_`|~]+"
local REQUEST <const> = "^(" .. TOKEN .. ") ([^%c ]+) HTTP/(%d%.%d)\r\n()"
local HEADER <const> = "^(" .. TOKEN .. "):[ \t]*([^\0-\8\10-\31\127]*)\r\n()"

---@class perilune.serve.Request
---@field method string
---@field target string path and query as they were sent
---@field path string
---@field query string without the question mark
---@field version "1.0" | "1.1"
---@field headers table<string, string> by name in lower case; those of the same name are joined
---@field body string
---@field keeps boolean the connection is to be kept

--- Where nothing follows nil, the input has ended.
local function refuse(status, reason)
  return nil, status, reason
end

--- What can begin no request is refused at once: TLS would wait for an answer for ever.
local function begins_badly(text)
  return text ~= "" and not find(text, "^[%w!#$%%&'*+%-.^_`|~]")
    or find(text, "\n\n", 1, true) ~= nil
end

local function skip_blank_lines(input)
  if find(input.text, "^%w") then return end
  while find(input.text, "^\r\n") or input.text == "\r" or input.text == "" do
    if find(input.text, "^\r\n") then
      input:cut(2)
    elseif not input:more() then
      return
    end
  end
end

local function read_head(input)
  skip_blank_lines(input)
  local last = find(input.text, END, 1, true)
  while not last and #input.text <= MOST_HEAD do
    if begins_badly(input.text) then return refuse(400, "this is no HTTP request") end
    if not input:more() then return nil end
    last = find(input.text, END, 1, true)
  end
  if not last or last > MOST_HEAD then
    return refuse(431, ("the head is longer than %d bytes"):format(MOST_HEAD))
  end
  return input:cut(last + 3)
end

--- Proxies are asked for whole URLs; so may we be.
local function origin_form(target)
  if find(target, "^/") then return target end
  local rest = match(target, "^%a[%w+.-]*://[^/?]*(.*)$")
  if not rest then return target end
  return find(rest, "^/") and rest or "/" .. rest
end

local function parse_line(head)
  local method, target, version, at = match(head, REQUEST)
  if not method then return refuse(400, "the request line is malformed") end
  if version ~= "1.1" and version ~= "1.0" then
    return refuse(505, "HTTP/1.1 and HTTP/1.0 are spoken here")
  end
  target = origin_form(target)
  local path, query = match(target, "^([^?]*)%??(.*)$")
  if sub(path, 1, 1) ~= "/" and path ~= "*" then
    return refuse(400, "the target is no path")
  end
  return {
    method = method, target = target, path = path, query = query, version = version,
  }, at
end

local function parse_headers(block)
  local headers, at = {}, 1
  while at <= #block do
    local name, value, after = match(block, HEADER, at)
    if not name then return refuse(400, "a header is malformed") end
    if find(value, "[ \t]$") then value = match(value, "^.*[^ \t]") end
    name = lower(name)
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
    at = after
  end
  return headers
end

-- Clients send the same headers again and again.
local known, blocks = {}, 0

local function remember(block, headers)
  if blocks == MOST_KNOWN then known, blocks = {}, 0 end
  known[block] = headers
  blocks = blocks + 1
end

--- The table is shared between requests.
local function headers_of(block)
  if known[block] then return known[block] end
  local headers, status, reason = parse_headers(block)
  if not headers then return nil, status, reason end
  remember(block, headers)
  return headers
end

local function has_token(value, token)
  local list = "," .. lower(value):gsub("[ \t]", "") .. ","
  return find(list, "," .. token .. ",", 1, true) ~= nil
end

local function keeps(version, connection)
  if version == "1.1" then return not (connection and has_token(connection, "close")) end
  return connection ~= nil and has_token(connection, "keep-alive")
    and not has_token(connection, "close")
end

local function check(asked)
  local headers = asked.headers
  local host, coding = headers.host, headers["transfer-encoding"]
  if asked.version == "1.1" and not host then return refuse(400, "there is no Host") end
  if host and find(host, ", ", 1, true) then return refuse(400, "there is more than one Host") end
  if coding and (headers["content-length"] or asked.version == "1.0") then
    return refuse(400, "the length of the body is ambiguous")
  end
  if coding and lower(coding) ~= "chunked" then
    return refuse(501, "no transfer coding but chunked is understood")
  end
  if headers.expect and lower(headers.expect) ~= "100-continue" then
    return refuse(417, "nothing but 100-continue can be expected")
  end
  asked.keeps = keeps(asked.version, headers.connection)
  return asked
end

local function parse(head)
  local asked, at, reason = parse_line(head)
  if not asked then return nil, at, reason end
  local headers, status
  headers, status, reason = headers_of(sub(head, at, -3))
  if not headers then return nil, status, reason end
  asked.headers = headers
  return check(asked)
end

local function too_large()
  return refuse(413, ("the body is longer than %d bytes"):format(MOST_BODY))
end

local function chunk_size(input)
  local line, longer = input:through("\r\n", MOST_LINE)
  if not line and not longer then return nil end
  local digits = line and (match(line, "^(%x+)[ \t]*$") or match(line, "^(%x+)[ \t]*;"))
  if not digits then return refuse(400, "a chunk's size is malformed") end
  return #digits < 16 and tonumber(digits, 16) or math.maxinteger
end

local function skip_trailers(input)
  local left = MOST_HEAD
  repeat
    local line, longer = input:through("\r\n", left)
    if longer then return refuse(431, "the trailers are too long") end
    if not line then return nil end
    left = math.max(0, left - #line - 2)
  until line == ""
  return true
end

local function read_chunks(input)
  local parts, left = {}, MOST_BODY
  while true do
    local size, status, reason = chunk_size(input)
    if not size then return nil, status, reason end
    if size > left then return too_large() end
    if size == 0 then break end
    local data = input:take(size + 2)
    if not data then return nil end
    if sub(data, -2) ~= "\r\n" then return refuse(400, "a chunk is longer than its size") end
    parts[#parts + 1] = sub(data, 1, -3)
    left = left - size
  end
  local ok, status, reason = skip_trailers(input)
  if not ok then return nil, status, reason end
  return table.concat(parts)
end

local function read_counted(input, text)
  if not find(text, "^%d+$") then return refuse(400, "the Content-Length is malformed") end
  local length = tonumber(text)
  if length > MOST_BODY then return too_large() end
  return input:take(math.tointeger(length))
end

--- The client may wait for leave to send a body, but for one that is too large it gets none.
local function read_body(asked, input, continue)
  local headers = asked.headers
  local length = headers["content-length"]
  local chunked = headers["transfer-encoding"]
  if not length and not chunked then return "" end
  local allowed = chunked or (tonumber(length) or 0) <= MOST_BODY
  if headers.expect and asked.version == "1.1" and input.text == "" and allowed then
    continue()
  end
  if chunked then return read_chunks(input) end
  return read_counted(input, length)
end

--- Reads one request.
---@param input perilune.serve.Input
---@param continue fun() called when the client waits for leave to send the body
---@return perilune.serve.Request? nil where the input ends, or the request is refused
---@return integer? status why it is refused
---@return string? reason
function request.read(input, continue)
  local head, status, reason = read_head(input)
  if not head then return nil, status, reason end
  local asked
  asked, status, reason = parse(head)
  if not asked then return nil, status, reason end
  asked.body, status, reason = read_body(asked, input, continue)
  if not asked.body then return nil, status, reason end
  return asked
end

return request
