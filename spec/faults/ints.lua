--- What a program does with vectors of integers.
local ints = require("perilune.native.ints")
local hashset = require("perilune.native.hashset")

local list = {}
for i = 1, 300 do list[i] = i * 7919 % 301 end
local vector = ints.from(list)
assert(#vector == 300 and vector[300] == list[300] and vector == ints.from(vector))
vector:sort()
assert(vector[1] <= vector[2] and vector:slice(2, 5)[1] == vector[2])
assert(#vector:totable() == 300 and #ints.random(70, { seed = 1 }) == 70)
assert(#hashset.new(vector) == 300 and #hashset.duplicates(vector) == 0)
assert(#hashset.unique(ints.random(600, { low = 1, high = 1 << 40, seed = 2 })) == 600)

local function all_of(result, message)
  if not result then error(message, 0) end
  return result
end

local path = os.tmpname()
local function files()
  for _, options in ipairs({ { format = "text" }, { format = "binary" } }) do
    all_of(vector:write(path, options))
    assert(all_of(ints.read(path, options)) == vector)
  end
  assert(not pcall(ints.from, { 1, "x" }) and not ints.read("no such file"))
end
local ok, message = pcall(files)
os.remove(path)
if not ok then error(message, 0) end
