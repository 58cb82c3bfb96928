--- Answers that end too early: after them the connection is closed.
local answer = require("spec.fetch.hostile.answer")

return {
  before = "",
  status = "HTTP/1.1 20",
  line = answer.OK,
  header = answer.OK .. "Content-Type: text/pl",
  headers = answer.OK .. "Content-Type: text/plain\r\n",
  body = answer.OK .. "Content-Length: 1000\r\n\r\n" .. ("x"):rep(100),
  no_body = answer.OK .. "Content-Length: 1000\r\n\r\n",
  size = answer.CHUNKED .. "10",
  chunk = answer.CHUNKED .. "100\r\n" .. ("x"):rep(100),
  last = answer.CHUNKED .. answer.chunk("hello"),
  trailers = answer.CHUNKED .. answer.chunk("hello") .. "0\r\nX-Trailer: en",
  redirect = "HTTP/1.1 302 Found\r\nLocation: /plain/ok\r\nContent-Length: 100\r\n\r\nx",
  interim = "HTTP/1.1 100 Continue\r\n\r\n",
}
