--- Pieces of right answers, to be spoilt by others.
local answer = {}

answer.OK = "HTTP/1.1 200 OK\r\n"

local REASONS <const> = { [200] = "OK", [301] = "Moved Permanently", [302] = "Found",
  [303] = "See Other", [307] = "Temporary Redirect", [308] = "Permanent Redirect",
  [404] = "Not Found", [413] = "Content Too Large", [429] = "Too Many Requests",
  [500] = "Internal Server Error", [503] = "Service Unavailable" }

--- A whole answer.
---@param body string
---@param headers? string whole lines
---@param status? integer
---@return string
function answer.whole(body, headers, status)
  local code = status or 200
  return ("HTTP/1.1 %d %s\r\n%sContent-Length: %d\r\n\r\n%s"):format(code, REASONS[code] or "Odd",
    headers or "", #body, body)
end

---@param text string
---@return string
function answer.chunk(text)
  return ("%x\r\n%s\r\n"):format(#text, text)
end

answer.LAST_CHUNK = "0\r\n\r\n"
answer.CHUNKED = answer.OK .. "Transfer-Encoding: chunked\r\n\r\n"

return answer
