--- 1xx answers before the last one, or instead of it.
local answer = require("spec.fetch.hostile.answer")

local WHOLE <const> = answer.whole("hello")
local HINT <const> = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"

local interim = {
  continue = "HTTP/1.1 100 Continue\r\n\r\n" .. WHOLE,
  hints = HINT .. WHOLE,
  switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: lunar\r\nConnection: upgrade\r\n\r\n"
    .. WHOLE,
  length = "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello" .. WHOLE,
  unknown = "HTTP/1.1 199 Odd\r\n\r\n" .. WHOLE,
}

--- So many, 1,000 by default, before the last.
function interim.storm(connection, _, count)
  connection:send(HINT:rep(math.tointeger(count) or 1000) .. WHOLE)
end

return interim
