--- Bytes as operations on two native sets and two vectors, beside two script ones and a list.
local ints = require("perilune.ints")
local native = require("perilune.native.hashset")
local script = require("perilune.script.hashset")

local VALUES <const> = { true, false, "", "short", print, {}, 0.5, -0.0, math.huge, math.mininteger,
  ("long"):rep(20), ("long"):rep(21), io.stdout }

local function value_of(byte)
  if byte < 128 then return byte end
  return VALUES[byte % #VALUES + 1]
end

local function agree(a, b)
  assert(#a == #b, "a set has lost count")
  for value in a:iter() do assert(b:contains(value), "a value too many") end
end

local algebra = {
  function(a, b) return a | b end, function(a, b) return a & b end,
  function(a, b) return a - b end, function(a, b) return a ~ b end,
}

local function lists_agree(bytes)
  local list = { bytes:byte(1, 200) }
  local vector = ints.from(list)
  assert(#native.duplicates(vector) == #script.duplicates(list), "duplicates")
  assert(#native.unique(vector) == #script.unique(list), "unique")
  local sorted = ints.from(list)
  sorted:sort()
  table.sort(list)
  for i, n in ipairs(list) do assert(sorted[i] == n, "not sorted") end
end

local operations = {
  function(a, b, v) assert(a[1]:add(v) == b[1]:add(v)) end,
  function(a, b, v) assert(a[1]:remove(v) == b[1]:remove(v)) end,
  function(a, b, v) assert(a[1]:contains(v) == b[1]:contains(v)) end,
  function(a, b) a[1], a[2], b[1], b[2] = a[2], a[1], b[2], b[1] end,
  function(a, b, _, k)
    local fn = algebra[k % 4 + 1]
    a[1], b[1] = fn(a[1], a[2]), fn(b[1], b[2])
  end,
  function(a, b) a[1], b[1] = a[1]:copy(), b[1]:copy() end,
  function(a, b, _, k) if k == 0 then a[1]:clear() b[1]:clear() end end,
  function(a, b) assert((a[1] <= a[2]) == (b[1] <= b[2]) and (a[1] == a[2]) == (b[1] == b[2])) end,
}

return function(bytes)
  local a, b = { native.new(), native.new() }, { script.new(), script.new() }
  for i = 1, #bytes - 1, 2 do
    local what, k = bytes:byte(i, i + 1)
    operations[what % #operations + 1](a, b, value_of(k), k)
  end
  agree(a[1], b[1])
  agree(a[2], b[2])
  lists_agree(bytes)
end
