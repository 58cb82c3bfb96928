--- Answers that must not have a body and have one. The connection stays open.
local BODY <const> = "Content-Length: 5\r\n\r\nhello"

local TEXTS <const> = {
  no_content = "HTTP/1.1 204 No Content\r\n" .. BODY,
  reset_content = "HTTP/1.1 205 Reset Content\r\n" .. BODY,
  not_modified = "HTTP/1.1 304 Not Modified\r\n" .. BODY,
  chunked = "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  head = "HTTP/1.1 200 OK\r\n" .. BODY, -- for HEAD
}

local bodiless = {}

for name, text in pairs(TEXTS) do
  bodiless[name] = function(connection) connection:send(text) end
end

return bodiless
