--- Answers that come once the head of a request is there, before its body is read, if ever.
local answer = require("spec.fetch.hostile.answer")

local PAUSE <const> = 20 -- ms, in which what was sent can be read

local early = {}

--- 200 while the body is under way, which is not read.
function early.answer(connection)
  connection:send(answer.whole("hello\n"))
  connection:pause(PAUSE)
  connection:close()
end

--- 413.
function early.refusal(connection)
  connection:send(answer.whole("too large\n", "Connection: close\r\n", 413))
  connection:pause(PAUSE)
  connection:close()
end

function early.reset(connection)
  connection:reset()
end

function early.close(connection)
  connection:close()
end

function early.stall(connection)
  connection:stall()
end

return early
