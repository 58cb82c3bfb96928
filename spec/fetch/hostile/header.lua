--- Header lines that are wrong or doubtful. The body is `hello`, and the connection is closed
--- after it.
local answer = require("spec.fetch.hostile.answer")

local LINES <const> = {
  nul = "X-Header: a\0b\r\n",
  nul_in_name = "X-He\0ader: a\r\n",
  bare_return = "X-Header: a\rX-Other: b\r\n",
  bare_feed = "X-Header: a\nX-Other: b\r\n",
  folded = "X-Header: a\r\n b\r\n\tc\r\n",
  folded_first = " folded: a\r\n",
  no_colon = "X-Header\r\n",
  colon = ":\r\n",
  no_name = ": a\r\n",
  no_value = "X-Header:\r\n",
  no_blank = "X-Header:a\r\n",
  blank_in_name = "X Header: a\r\n",
  blank_before_colon = "X-Header : a\r\n",
  blanks = "X-Header: \t  a \t \r\n",
  control = "X-Header: \1\2\27[31m\127\r\n",
  high = "X-Header: \200\255\r\n",
  utf8 = "X-Header: M\u{e4}dchen\r\n",
  twice = "X-Header: a\r\nx-header: b\r\nX-HEADER: c\r\n",
  long = "X-Header: " .. ("x"):rep(50000) .. "\r\n",
  too_long = "X-Header: " .. ("x"):rep(200000) .. "\r\n",
  long_name = ("X"):rep(50000) .. ": a\r\n",
  content_type = "Content-Type: ;;;=\"\r\n",
  encoding = "Content-Encoding: lunar\r\n",
  status_like = "X-Header: a\r\nHTTP/a:b\r\nHTTP/1.1:c \r\n",
  location = "Location: /plain/ok\r\n", -- of an answer that is no redirect
}

local header = {}

for name, lines in pairs(LINES) do
  header[name] = answer.OK .. lines .. "Content-Length: 5\r\n\r\nhello"
end

-- First headers that go on with none, where one may stand, and what only looks like it.
header.folded_lower = "http/1.1 200 OK\r\n folded: a\r\n\r\nhello"
header.folded_tab = "HTTP/1.1 200 OK\n\tfolded: a\n\nhello"
header.folded_hint = "HTTP/1.1 103 Hint\r\n folded: a\r\n\r\n" .. answer.whole("hello")
header.folded_after_hint = "HTTP/1.1 103 Hint\r\n\r\nHTTP/1.1 200 OK\r\n folded: a\r\n\r\nhello"
header.none = "HTTP/1.0 200 OK\r\n\r\n hello"
header.none_after_hint = "HTTP/1.1 103 Hint\r\n\r\nHTTP/1.0 200 OK\r\n\r\n\thello"

--- So many short ones, 1,000 by default.
function header.many(connection, _, count)
  local lines = {}
  for i = 1, math.tointeger(count) or 1000 do lines[i] = ("X-%d: %d\r\n"):format(i, i) end
  connection:send(answer.whole("hello", table.concat(lines)))
end

--- One, again and again.
function header.same(connection, _, count)
  connection:send(answer.whole("hello", ("X-Header: a\r\n"):rep(math.tointeger(count) or 1000)))
end

return header
