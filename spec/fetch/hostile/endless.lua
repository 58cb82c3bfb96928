--- Answers that do not end before the other side is tired, or has had a gibibyte.
local answer = require("spec.fetch.hostile.answer")

local ENOUGH <const> = 1 << 30
local LINE <const> = "X-Header: " .. ("x"):rep(90) .. "\r\n"

-- What begins them, and what follows again and again.
local KINDS <const> = {
  status = { "HTTP/1.1 200 ", ("x"):rep(1000) },
  headers = { answer.OK, LINE:rep(100) },
  header = { answer.OK .. "X-Header: ", ("x"):rep(1000) },
  body = { answer.OK .. "\r\n", ("x"):rep(1 << 16) },
  length = { answer.OK .. "Content-Length: 1099511627776\r\n\r\n", ("x"):rep(1 << 16) },
  chunks = { answer.CHUNKED, answer.chunk(("x"):rep(1000)):rep(60) },
  bytes = { answer.CHUNKED, answer.chunk("x"):rep(1000) },
  size = { answer.CHUNKED, ("0"):rep(1000) },
  extension = { answer.CHUNKED .. "5;", ("x"):rep(1000) },
  trailers = { answer.CHUNKED .. "0\r\n", LINE:rep(100) },
  interim = { "", "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" },
}

local endless = {}

for name, kind in pairs(KINDS) do
  endless[name] = function(connection)
    local sent = #kind[1]
    if sent > 0 then connection:send(kind[1]) end
    while sent < ENOUGH and connection:send(kind[2]) do sent = sent + #kind[2] end
    connection:close()
  end
end

return endless
