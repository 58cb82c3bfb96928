--- Code, names and metatables to bytes and back: what comes back is right, or memory has run out.
local message = require("perilune.native.message")

local n, ring = 0, { 1, 2.5, ("long"):rep(20) }
local function up()
  n = n + 1
  return n, ring
end
local function get() return n end
ring.up, ring.ring = up, ring

local Point, Base, Late = { scale = 2 }, { base = 3 }, {}
Point.__index, Base.__index = Point, Base
setmetatable(Point, Base)
message.register("faults.Point", Point)
message.register("faults.Base", Base)

package.loaded["faults.module"] = { f = up, list = { 1 } }
local module = package.loaded["faults.module"]
local long = ("long"):rep(20000)

local function check(ok, got_ring, got_get, sqrt, got_module, point, got_long, other)
  assert(ok, got_ring)
  assert(got_ring.ring == got_ring and got_ring[3] == ring[3])
  assert(got_ring.up == up and got_get() == n)
  assert(sqrt == math.sqrt and got_module == module and got_long == long)
  assert(getmetatable(point) == Point and point.scale == 2 and point.base == 3)
  assert(other.ring == got_ring)
end

local function pack()
  return assert(message.pack(ring, get, math.sqrt, module, setmetatable({ x = 1 }, Point), long,
    setmetatable({}, { __index = ring })))
end

local function go()
  local bytes = pack()
  check(message.unpack(bytes))
  check(message.unpack(bytes, 1000))
  package.loaded["faults.late"] = { f = get }
  assert(select(2, assert(message.unpack(assert(message.pack(get))))) == get)
  local refused, why, code = message.pack({ items = { coroutine.create(print) } })
  assert(refused == nil and why:find("items[1]", 1, true) and code == "data", why)
  assert(message.unpack(bytes:sub(1, -2)) == nil)
  message.register("faults.Late", Late)
end

-- What a failure has left behind does not show in the next parcel.
local ok, problem = pcall(go)
if not ok then
  package.loaded["faults.late"] = nil
  check(message.unpack(pack()))
  message.register("faults.Late", Late)
  local _, late = assert(message.unpack(assert(message.pack(setmetatable({}, Late)))))
  assert(getmetatable(late) == Late, "it is registered, and does not go by name")
  error(problem, 0)
end
