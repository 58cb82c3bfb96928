--- Right answers, a byte every so many milliseconds, 10 by default.
local answer = require("spec.fetch.hostile.answer")

local drip = {}

local function send(connection, text, milliseconds)
  for byte in text:gmatch("[\0-\255]") do
    if not (connection:send(byte) and connection:pause(milliseconds)) then return end
  end
end

--- All of it.
function drip.all(connection, _, milliseconds)
  send(connection, answer.whole("hello\n"), math.tointeger(milliseconds) or 10)
end

--- The 1,000 bytes of the body.
function drip.body(connection, _, milliseconds)
  connection:send(answer.OK .. "Content-Length: 1000\r\n\r\n")
  send(connection, ("x"):rep(1000), math.tointeger(milliseconds) or 10)
end

--- Chunks of one byte.
function drip.chunks(connection, _, milliseconds)
  connection:send(answer.CHUNKED)
  for _ = 1, 100 do
    if not connection:send(answer.chunk("x")) then return end
    connection:pause(math.tointeger(milliseconds) or 10)
  end
  connection:send(answer.LAST_CHUNK)
end

return drip
