--- Bytes as a parcel, whole and piece by piece: both ways are refused, or both give as many values.
--- Functions are refused here (see target.c).
local message = require("perilune.native.message")

message.register("fuzz.Point", { scale = 2 })

return function(bytes)
  local values = table.pack(message.unpack(bytes))
  assert(values[1] or type(values[2]) == "string", "refused without a reason")
  local pieces = table.pack(message.unpack(bytes, 7))
  assert(not values[1] == not pieces[1], "read another way in pieces")
  assert(not values[1] or values.n == pieces.n, "other values in pieces")
end
