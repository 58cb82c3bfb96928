--- How work grows with size: the slope of VM instructions, or of CPU time, on a log-log scale.

local statistics = require("perilune.statistics")

local growth = {}

---@class perilune.bench.Point
---@field n number              the size, above 0
---@field instructions? number  VM instructions
---@field cpu? number           seconds

---@class perilune.bench.Growth
---@field points? perilune.bench.Point[] that it is of
---@field exponent number of n
---
--- nil between two; "O(n)" includes n log n, and "O(1)" log n, which no measurement tells apart.
---@field class "O(1)"|"O(n)"|"O(n^2)"|"O(n^3)"|nil
---
---@field low? number  exponents that are of the class lie between this one
---@field high? number and this one
---@field by "instructions"|"cpu" what decided

local CLASSES = { [0] = "O(1)", "O(n)", "O(n^2)", "O(n^3)" }
local BAND = 0.3 -- n log n grows as n^1.1 to n^1.3 at the sizes one measures
-- Less than this counts as this: noise, and the steps of counting.
local FLOOR = { instructions = 1000, cpu = 1e-6 }
local HIDDEN = 0.3 -- CPU time grows faster than instructions by more: the work is in C functions

local function class_of(exponent)
  local nearest = math.floor(exponent + 0.5)
  local class = math.abs(exponent - nearest) <= BAND and CLASSES[math.max(nearest, 0)] or nil
  return class, class and nearest - BAND, class and nearest + BAND
end

--- Slope of log(field) over log(n); nil when a point lacks the field.
local function log_slope(points, field)
  local xs, ys = {}, {}
  for i, point in ipairs(points) do
    if not point[field] then
      return nil
    end
    xs[i], ys[i] = math.log(point.n), math.log(math.max(point[field], FLOOR[field]))
  end
  return statistics.slope(xs, ys)
end

local function check_points(points)
  local sizes, different = {}, 0
  for _, point in ipairs(points) do
    if not sizes[point.n] then
      sizes[point.n], different = true, different + 1
    end
  end
  if different < 2 then
    error("growth needs points of two sizes at least", 3)
  end
end

--- How work grows with size. VM instructions are counted exactly, so they decide, unless CPU time
--- grows faster by a power of 0.3: then it does.
---@param points perilune.bench.Point[] of two sizes at least; four, each twice the last, are good
---@return perilune.bench.Growth
function growth.of(points)
  check_points(points)
  local instructions, cpu = log_slope(points, "instructions"), log_slope(points, "cpu")
  if not instructions and not cpu then
    error("growth needs instructions or cpu in every point", 2)
  end
  local exponent, by = instructions or cpu, instructions and "instructions" or "cpu"
  if cpu and cpu > exponent + HIDDEN then
    exponent, by = cpu, "cpu"
  end
  local class, low, high = class_of(exponent)
  return { exponent = exponent, class = class, low = low, high = high, by = by }
end

return growth
