--- A module with a class, as the programs have that use a pool.
local point = {}

local Point = {}
Point.__index = Point
point.Point = Point

function point.new(x, y) return setmetatable({ x = x, y = y }, Point) end

function Point:norm() return (self.x ^ 2 + self.y ^ 2) ^ 0.5 end

function Point.__add(a, b) return point.new(a.x + b.x, a.y + b.y) end

function point.norm_of(p) return p:norm() end

return point
