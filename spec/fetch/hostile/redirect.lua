--- Redirects that lead astray.
local answer = require("spec.fetch.hostile.answer")

local PLACES <const> = {
  file = "file:///etc/passwd",
  ftp = "ftp://127.0.0.1/",
  dict = "dict://127.0.0.1:11211/stats",
  gopher = "gopher://127.0.0.1/",
  data = "data:text/plain,hello",
  javascript = "javascript:alert(1)",
  unknown = "lunar://127.0.0.1/",
  empty = "",
  blanks = "/plain/echo?a b",
  relative = "../plain/echo",
  fragment = "/plain/echo#part",
  query = "?b=2",
  port_0 = "http://127.0.0.1:0/",
  port_huge = "http://127.0.0.1:99999/",
  no_host = "http://",
  no_host_port = "http://:80/",
  newline = "/plain/echo?a=%0d%0aX-Injected:%201",
  high = "/plain/echo?\200\201",
  nul = "/plain/echo\0more",
  folded = "/plain/echo\r\n ?more",
  long = "/plain/echo?" .. ("x"):rep(50000),
  backslash = "\\\\127.0.0.1\\plain",
}

local redirect = {}

local function send(connection, request, place)
  local status = math.tointeger(tonumber(request.query.code)) or 302
  connection:send(answer.whole("moved\n", ("Location: %s\r\n"):format(place), status))
end

for name, place in pairs(PLACES) do
  redirect[name] = function(connection, request) send(connection, request, place) end
end

--- To `to` in the query, with the status `code`.
function redirect.to(connection, request)
  send(connection, request, request.query.to or "/plain/echo")
end

--- To itself.
function redirect.loop(connection, request)
  send(connection, request, request.target)
end

--- To places that are new for ever.
function redirect.onward(connection, request, number)
  local key = request.query.key and "?key=" .. request.query.key or ""
  send(connection, request,
    ("/redirect/onward/%d%s"):format((math.tointeger(number) or 0) + 1, key))
end

--- So many, and then an echo.
function redirect.chain(connection, request, number)
  local rest = (math.tointeger(number) or 1) - 1
  local query = request.target:match("%?.*") or ""
  send(connection, request, rest > 0 and ("/redirect/chain/%d%s"):format(rest, query)
    or "/plain/echo" .. query)
end

--- With a name and a password for the same server.
function redirect.credentials(connection, request)
  local host = request.headers.host or "127.0.0.1"
  send(connection, request, ("http://sun:light@%s/plain/echo"):format(host))
end

--- Without a place.
function redirect.nowhere(connection)
  connection:send(answer.whole("moved\n", "", 302))
end

--- To two places.
function redirect.two(connection)
  connection:send(answer.whole("moved\n", "Location: /plain/ok\r\nLocation: /plain/echo\r\n", 302))
end

return redirect
