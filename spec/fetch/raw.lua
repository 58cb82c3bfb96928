--- Speaks to a server on loopback byte by byte.
local uv = require("luv")
local waiting = require("spec.fetch.waiting")

local raw = {}

---@class RawAnswer
---@field text string all that came
---@field ended "end"|"reset"|"open" how: the last when `seconds` or `bytes` were reached

---@class RawOptions
---@field seconds number? to wait for the end, 10 by default
---@field bytes integer? enough of them

-- libuv may take a reset for an end, where data came with it; but nothing can be sent after it.
local function is_reset(socket)
  local sent, _, code = socket:try_write("\r\n")
  return not sent and code ~= "EAGAIN"
end

--- Sends a text, and reads until the other side ends.
---@param port integer
---@param text string
---@param options RawOptions?
---@return RawAnswer
function raw.exchange(port, text, options)
  local seconds, bytes = options and options.seconds or 10, options and options.bytes or math.huge
  local socket, shield, parts, size, ended = uv.new_tcp(), waiting.shield(), {}, 0, nil
  local function read(failure, chunk)
    if not chunk then
      ended = (failure or is_reset(socket)) and "reset" or "end"
      return
    end
    parts[#parts + 1], size = chunk, size + #chunk
  end
  socket:connect("127.0.0.1", port, function(failure)
    if failure then
      ended = "reset"
      return
    end
    socket:read_start(read)
    socket:write(text)
  end)
  waiting.wait(seconds, function() return ended or size >= bytes end)
  waiting.close { socket, shield }
  return { text = table.concat(parts), ended = ended or "open" }
end

---@param target string
---@param headers? string whole lines
---@return string a request after which the connection closes
function raw.get(target, headers)
  return ("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n"):format(target,
    headers or "")
end

---@param text string an answer
---@return string? body
function raw.body(text)
  return text:match("\r\n\r\n(.*)$")
end

return raw
