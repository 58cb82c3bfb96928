--- Answers that stop and do not go on, for a minute at most.
local answer = require("spec.fetch.hostile.answer")

local BEGUN <const> = {
  before = "",
  status = "HTTP/1.1 20",
  headers = answer.OK .. "Content-Type: text/pl",
  body = answer.OK .. "Content-Length: 1000\r\n\r\n" .. ("x"):rep(100),
  chunk = answer.CHUNKED .. "100\r\n" .. ("x"):rep(100),
  last = answer.CHUNKED .. answer.chunk("hello"),
  interim = "HTTP/1.1 102 Processing\r\n\r\n",
  redirect = "HTTP/1.1 302 Found\r\nLocation: /plain/ok\r\nContent-Length: 100\r\n\r\n",
}

local stall = {}

for name, text in pairs(BEGUN) do
  stall[name] = function(connection)
    if text ~= "" then connection:send(text) end
    connection:stall()
  end
end

return stall
