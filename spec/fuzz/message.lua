--- Bytes as a message: refused with a reason, or values that are encoded and decoded to the same.
local message = require("perilune.native.message")

local function same_shape(a, b)
  if math.type(a) == "float" and a ~= a then return b ~= b end
  if type(a) ~= "table" then return rawequal(a, b) end
  return type(b) == "table" and rawlen(a) == rawlen(b)
end

return function(bytes)
  local values = table.pack(message.decode(bytes))
  if not values[1] then
    assert(type(values[2]) == "string", "refused without a reason")
    return
  end
  local encoded = assert(message.encode(table.unpack(values, 2, values.n)))
  local again = table.pack(message.decode(encoded))
  assert(again[1] and again.n == values.n, "a message changes its number of values")
  for i = 2, values.n do assert(same_shape(values[i], again[i]), "a value is another one") end
end
