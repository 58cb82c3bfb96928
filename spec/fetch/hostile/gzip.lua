--- Compressed bodies: bombs, and wrong ones.
local answer = require("spec.fetch.hostile.answer")
local deflate = require("spec.fetch.hostile.deflate")

local MIB <const> = 1 << 20

local function whole(body, encoding)
  return answer.whole(body, ("Content-Encoding: %s\r\n"):format(encoding or "gzip"))
end

local HELLO <const> = deflate.text(deflate.gzip { "hello\n" })
local LONG <const> = deflate.text(deflate.gzip { ("0123456789"):rep(1000) })

local gzip = {
  right = whole(HELLO),
  raw = whole(deflate.text(deflate.raw { "hello\n" }), "deflate"),
  twice = whole(deflate.text(deflate.gzip { HELLO }), "gzip, gzip"),
  many = whole(HELLO, ("gzip, "):rep(100) .. "gzip"),
  truncated = whole(LONG:sub(1, 5000)),
  no_trailer = whole(LONG:sub(1, -9)),
  wrong_sum = whole(LONG:sub(1, -9) .. "\1\2\3\4" .. LONG:sub(-4)),
  wrong_size = whole(LONG:sub(1, -5) .. "\1\2\3\4"),
  wrong_block = whole(HELLO:sub(1, 10) .. "\7" .. HELLO:sub(12)),
  surplus = whole(HELLO .. "and more"),
  members = whole(HELLO .. HELLO),
  garbage = whole("this is not compressed\n"),
  header = whole(HELLO:sub(1, 10)),
  empty = whole(""),
  unknown = whole("hello\n", "lunar"),
  brotli = whole("this is not compressed\n", "br"),
  zstd = whole("this is not compressed\n", "zstd"),
  flags = whole("\31\139\8\255" .. HELLO:sub(5)),
}

--- So many mebibytes of zeros, 100 by default.
function gzip.bomb(connection, _, mebibytes)
  local size = (math.tointeger(mebibytes) or 100) * MIB
  connection:send(whole(deflate.text(deflate.gzip { size })))
end

--- The same, compressed twice.
function gzip.nested(connection, _, mebibytes)
  local size = (math.tointeger(mebibytes) or 10000) * MIB
  local body = deflate.text(deflate.gzip(deflate.gzip { size }))
  connection:send(whole(body, "gzip, gzip"))
end

--- The same in chunks that never end: each decodes to 1 MiB.
function gzip.endless(connection)
  local member = answer.chunk(deflate.text(deflate.gzip { MIB }))
  connection:send(answer.OK .. "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
  for _ = 1, 100000 do
    if not connection:send(member) then return end
  end
  connection:close()
end

return gzip
