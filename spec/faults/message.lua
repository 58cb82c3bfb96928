--- Values to bytes and back: what comes back is right, or memory has run out.
local message = require("perilune.native.message")

local shared = { "shared", ("long"):rep(20) }
local value = { 1, -2, 1 << 40, 0.5, true, shared, again = shared, name = "x" }
value.cycle = value
for i = 9, 300 do value[i] = i end

local bytes = assert(message.encode(value, nil, "last"))
local ok, copy, none, last = message.decode(bytes)
assert(ok, copy)
assert(none == nil and last == "last")
assert(#copy == 300 and copy[3] == 1 << 40 and copy[4] == 0.5)
assert(copy.cycle == copy and copy.again == copy[6] and copy[6][2] == shared[2])

local refused, why, code = message.encode({ items = { print } })
assert(refused == nil and why:find("items[1]", 1, true) and code == "data", why)
assert(message.decode(bytes:sub(1, -2)) == nil)
