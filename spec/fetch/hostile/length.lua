--- Lengths that are wrong or doubtful. The body is `hello`, and the connection is closed after it.
local answer = require("spec.fetch.hostile.answer")

local LENGTHS <const> = {
  right = "Content-Length: 5\r\n",
  long = "Content-Length: 100\r\n",
  short = "Content-Length: 2\r\n",
  zero = "Content-Length: 0\r\n",
  negative = "Content-Length: -5\r\n",
  plus = "Content-Length: +5\r\n",
  hexadecimal = "Content-Length: 0x5\r\n",
  fraction = "Content-Length: 5.0\r\n",
  garbage = "Content-Length: five\r\n",
  tail = "Content-Length: 5 five\r\n",
  empty = "Content-Length: \r\n",
  huge = "Content-Length: 9223372036854775807\r\n",
  overflow = "Content-Length: 99999999999999999999999\r\n",
  wrapped = "Content-Length: 18446744073709551621\r\n",
  two = "Content-Length: 5\r\nContent-Length: 3\r\n",
  twice = "Content-Length: 5\r\nContent-Length: 5\r\n",
  list = "Content-Length: 5, 5\r\n",
  list_of_two = "Content-Length: 5, 3\r\n",
}

local length = {}

for name, lines in pairs(LENGTHS) do length[name] = answer.OK .. lines .. "\r\nhello" end

length.chunked = answer.OK .. "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
  .. answer.chunk("hello") .. answer.LAST_CHUNK

return length
