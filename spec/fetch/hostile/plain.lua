--- Right answers.
local json = require("dkjson")
local answer = require("spec.fetch.hostile.answer")

local plain = {}

function plain.ok(connection)
  connection:send(answer.whole("hello\n"))
end

--- What was asked, as JSON.
function plain.echo(connection, request)
  local told = { method = request.method, target = request.target, headers = request.headers,
    version = request.version, body = request.body, connection = connection.number }
  connection:send(answer.whole(json.encode(told), "Content-Type: application/json\r\n"))
end

--- After so many milliseconds.
function plain.after(connection, _, milliseconds)
  connection:pause(math.tointeger(milliseconds) or 50)
  connection:send(answer.whole("late\n"))
end

--- So many bytes.
function plain.size(connection, _, bytes)
  connection:send(answer.whole(("x"):rep(math.tointeger(bytes) or 1000)))
end

--- The same in chunks of 1,000, with an extension and a trailer.
function plain.chunked(connection, _, bytes)
  local rest = math.tointeger(bytes) or 5000
  connection:send(answer.CHUNKED)
  while rest > 0 and connection.is_open do
    local text = ("x"):rep(math.min(rest, 1000))
    connection:send(("%x;name=value\r\n%s\r\n"):format(#text, text))
    rest = rest - #text
  end
  connection:send("0\r\nX-Trailer: end\r\n\r\n")
end

--- A body without a length, which ends with the connection.
function plain.unmeasured(connection)
  connection:send(answer.OK .. "\r\nhello\n")
  connection:close()
end

return plain
