--- What is asked of a student's functions, the smallest first: cycles to make, and graphs to free
--- cycles in. Shapes are told in driver.lua.

local cases = {}

local function ring(size)
  return { size = size }
end

local function live_ring(size)
  return { size = size, live = true }
end

--- Linked both ways, so that it holds a cycle wherever one edge is taken away.
local function double_ring(size)
  return { size = size, double = true }
end

local function random_cycles()
  return { n = math.random(3, 9), size = math.random(3, 9), bytes = math.random(50, 99) }
end

---@param seed integer
---@return {n: integer, size: integer, bytes: integer}[]
function cases.to_make(seed)
  math.randomseed(seed)
  return {
    { n = 1, size = 2, bytes = 10 },
    { n = 1, size = 1, bytes = 10 },
    { n = 3, size = 4, bytes = 10 },
    { n = 4, size = 1, bytes = 0 },
    random_cycles(), random_cycles(),
  }
end

--- The cycles that figures are asked about.
---@return {n: integer, size: integer, bytes: integer}
function cases.measured()
  return { n = 1000, size = 10, bytes = 1024 }
end

local function repeated(shape, n)
  local shapes = {}
  for i = 1, n do
    shapes[i] = shape
  end
  return shapes
end

local MAKERS <const> = { ring, ring, double_ring, live_ring }

local function random_plan()
  local shapes = { ring(math.random(2, 9)) }
  for i = 2, math.random(5, 20) do
    shapes[i] = MAKERS[math.random(#MAKERS)](math.random(9))
  end
  return { label = "cycles at random", shapes = shapes, bytes = math.random(50, 99) }
end

---@param seed integer
---@return {label: string, shapes: table[], bytes: integer}[]
function cases.to_free(seed)
  math.randomseed(seed)
  return {
    { label = "a pair", shapes = { ring(2) }, bytes = 10 },
    { label = "a node that is linked to itself", shapes = { ring(1) }, bytes = 10 },
    { label = "two cycles", shapes = { ring(3), ring(4) }, bytes = 10 },
    { label = "a cycle, and one with a handle", shapes = { live_ring(3), ring(3) }, bytes = 10 },
    { label = "a cycle linked both ways", shapes = { double_ring(4) }, bytes = 10 },
    { label = "no garbage", shapes = { live_ring(2) }, bytes = 10 },
    random_plan(), random_plan(),
  }
end

--- Graphs that take memory: as it falls, and the one that figures are asked about.
function cases.heavy(seed)
  math.randomseed(seed)
  local some = repeated(ring(math.random(3, 6)), math.random(400, 600))
  some[1] = live_ring(5)
  return {
    { label = "some cycles", shapes = some, heavy = true,
      bytes = 1000 + math.random(500) },
    { label = "1,000 cycles", shapes = repeated(ring(10), 1000), heavy = true, bytes = 1024 },
  }
end

return cases
