--- Bytes as a message: refused with a reason, or values that are encoded and decoded to the same.
local message = require("perilune.native.message")

local function same(a, b)
  if math.type(a) == "float" and a ~= a then return b ~= b end
  return rawequal(a, b) or type(a) == "table" and type(b) == "table"
end

-- A list's length says nothing: with holes it has several.
local function same_fields(a, b)
  local surplus = 0
  for key, value in next, a do
    surplus = surplus + 1
    if type(key) ~= "table" and not same(value, rawget(b, key)) then return false end
  end
  for _ in next, b do surplus = surplus - 1 end
  return surplus == 0
end

local function same_shape(a, b)
  return same(a, b) and (type(a) ~= "table" or same_fields(a, b))
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
