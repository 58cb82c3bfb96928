--- Right answers on connections that do not stay as they should.
local answer = require("spec.fetch.hostile.answer")

local WHOLE <const> = answer.whole("hello\n")

local keep = {}

--- Closes right after the answer, without a word.
function keep.close(connection)
  connection:send(WHOLE)
  connection:close()
end

--- Closes, having said so.
function keep.told(connection)
  connection:send(answer.whole("hello\n", "Connection: close\r\n"))
  connection:close()
end

--- Says that it closes, and does not.
function keep.lie(connection)
  connection:send(answer.whole("hello\n", "Connection: close\r\n"))
end

--- Closes so many milliseconds after the answer, 10 by default.
function keep.later(connection, _, milliseconds)
  connection:send(WHOLE)
  connection:pause(math.tointeger(milliseconds) or 10)
  connection:close()
end

--- Resets right after the answer.
function keep.reset(connection)
  connection:send(WHOLE)
  connection:reset()
end

--- Answers the first request on a connection, and closes when the next one comes.
function keep.once(connection)
  if connection.is_used then return connection:close() end
  connection.is_used = true
  connection:send(WHOLE)
end

--- Sends a second answer that nobody has asked for.
function keep.surplus(connection)
  connection:send(WHOLE .. answer.whole("surplus\n"))
end

--- Sends garbage after the answer.
function keep.garbage(connection)
  connection:send(WHOLE .. "garbage\r\n\r\n")
end

return keep
