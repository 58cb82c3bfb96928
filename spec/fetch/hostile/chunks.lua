--- Chunks that are wrong or doubtful. The connection is closed after them.
local answer = require("spec.fetch.hostile.answer")

local BODIES <const> = {
  right = "5\r\nhello\r\n0\r\n\r\n",
  upper = "A\r\nhellohello\r\n0\r\n\r\n",
  zeros = "0000000000000005\r\nhello\r\n0\r\n\r\n",
  many_zeros = ("0"):rep(100) .. "5\r\nhello\r\n0\r\n\r\n",
  blank = "5 \r\nhello\r\n0\r\n\r\n",
  blank_before = " 5\r\nhello\r\n0\r\n\r\n",
  feeds = "5\nhello\n0\n\n",
  extension = "5;name=\"value; 7\"\r\nhello\r\n0\r\n\r\n",
  trailers = "5\r\nhello\r\n0\r\nX-Trailer: end\r\nContent-Length: 100\r\n\r\n",
  negative = "-5\r\nhello\r\n0\r\n\r\n",
  plus = "+5\r\nhello\r\n0\r\n\r\n",
  hexadecimal = "0x5\r\nhello\r\n0\r\n\r\n",
  garbage = "hello\r\nhello\r\n0\r\n\r\n",
  empty = "\r\nhello\r\n0\r\n\r\n",
  large = "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
  huge = "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
  overflow = "fffffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
  wrapped = "10000000000000005\r\nhello\r\n0\r\n\r\n",
  short = "3\r\nhello\r\n0\r\n\r\n",
  long = "9\r\nhello\r\n0\r\n\r\n",
  no_end = "5\r\nhello0\r\n\r\n",
  nul = "5\0\r\nhello\r\n0\r\n\r\n",
  surplus = "5\r\nhello\r\n0\r\n\r\nand more",
}

local chunks = {}

for name, body in pairs(BODIES) do chunks[name] = answer.CHUNKED .. body end

chunks.twice = answer.OK .. "Transfer-Encoding: chunked, chunked\r\n\r\n" .. BODIES.right
chunks.unknown = answer.OK .. "Transfer-Encoding: lunar\r\n\r\n" .. BODIES.right
chunks.old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" .. BODIES.right

return chunks
