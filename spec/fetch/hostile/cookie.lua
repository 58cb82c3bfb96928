--- Set-Cookie, right and odd. What comes back is in the log, and in /plain/echo.
local answer = require("spec.fetch.hostile.answer")

local COOKIES <const> = {
  plain = "name=value; Path=/",
  two = "first=1; Path=/\r\nSet-Cookie: second=2; Path=/",
  same = "name=1; Path=/\r\nSet-Cookie: name=2; Path=/",
  other_domain = "name=value; Domain=elsewhere.example; Path=/",
  top_domain = "name=value; Domain=com; Path=/",
  dot_domain = "name=value; Domain=.; Path=/",
  path = "name=value; Path=/cookie/elsewhere",
  no_path = "name=value",
  secure = "name=value; Secure; Path=/",
  secure_prefix = "__Secure-name=value; Path=/",
  host_prefix = "__Host-name=value; Path=/",
  expired = "name=value; Max-Age=0; Path=/",
  past = "name=value; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Path=/",
  bad_date = "name=value; Expires=yesterday; Path=/",
  huge_age = "name=value; Max-Age=99999999999999999999; Path=/",
  no_name = "=value; Path=/",
  no_value = "name=; Path=/",
  no_sign = "name; Path=/",
  empty = "",
  attributes = "; Path=/; Secure",
  quoted = "name=\"a; b\"; Path=/",
  blanks = "  name  =  value  ; Path=/",
  control = "name=a\1b; Path=/",
  tab = "name=a\tb; Path=/",
  high = "name=\200\255; Path=/",
  nul = "name=a\0b; Path=/",
  long = "name=" .. ("x"):rep(4000) .. "; Path=/",
  too_long = "name=" .. ("x"):rep(10000) .. "; Path=/",
}

local cookie = {}

for name, text in pairs(COOKIES) do
  cookie[name] = function(connection)
    connection:send(answer.whole("set\n", ("Set-Cookie: %s\r\n"):format(text)))
  end
end

--- So many, 1,000 by default.
function cookie.many(connection, _, count)
  local lines = {}
  for i = 1, math.tointeger(count) or 1000 do
    lines[i] = ("Set-Cookie: name%d=%d; Path=/\r\n"):format(i, i)
  end
  connection:send(answer.whole("set\n", table.concat(lines)))
end

return cookie
