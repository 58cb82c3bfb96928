--- Status lines that are wrong or doubtful. The body is `hello`, and the connection is closed
--- after it.
local LINES <const> = {
  right = "HTTP/1.1 200 OK",
  old = "HTTP/1.0 200 OK",
  no_reason = "HTTP/1.1 200",
  blank_reason = "HTTP/1.1 200 ",
  long_reason = "HTTP/1.1 200 " .. ("x"):rep(50000),
  control_reason = "HTTP/1.1 200 \1\2\27[31m\127",
  blanks = "HTTP/1.1   200   OK",
  no_status = "HTTP/1.1",
  letters = "HTTP/1.1 abc OK",
  negative = "HTTP/1.1 -200 OK",
  short = "HTTP/1.1 20 OK",
  zero = "HTTP/1.1 000 OK",
  zero_2 = "HTTP/2 000 Zero",
  unknown = "HTTP/1.1 299 Odd",
  large = "HTTP/1.1 999 Large",
  four_digits = "HTTP/1.1 2000 OK",
  huge = "HTTP/1.1 99999999999999999999 OK",
  lower_case = "http/1.1 200 OK",
  version_2 = "HTTP/2 200 OK",
  version_3 = "HTTP/3.0 200 OK",
  version_9 = "HTTP/9.9 200 OK",
  version_huge = "HTTP/1.99999999999999999999 200 OK",
  no_version = "HTTP 200 OK",
  icy = "ICY 200 OK",
  nul = "HTTP/1.1 200 O\0K",
  garbage = "\200\201\202\203\204\205",
  mail = "220 mail.example ESMTP",
  empty = "",
}

local status = {}

for name, line in pairs(LINES) do
  status[name] = line .. "\r\nContent-Length: 5\r\n\r\nhello"
end

status.http09 = "<html>hello</html>"
status.nuls = ("\0"):rep(1000)
status.tls = "\21\3\1\0\2\2\70"
status.feeds = "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"
status.returns = "HTTP/1.1 200 OK\rContent-Length: 5\r\rhello"
status.blank_lines = "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

return status
