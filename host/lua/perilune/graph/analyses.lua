--- The methods of a graph that need no more than its other methods: both versions have these.

local cycles = require("perilune.graph.cycles")
local dot = require("perilune.graph.dot")
local labels = require("perilune.graph.labels")
local snapshot = require("perilune.graph.snapshot")

local analyses = {}

local functions = {
  counts = labels.counts,
  cycles = cycles.find,
  dot = dot.draw,
  growth = labels.growth,
  snapshot = snapshot.take,
}

-- A bad self is refused as `count` refuses it, on behalf of the method's caller.
local function check(count, self, name)
  local ok, message = pcall(count, self)
  if not ok then error((message:gsub("'[^']*'", "'" .. name .. "'", 1)), 3) end
end

--- Adds them to a version's methods, which has the others.
---@param methods table<string, function>
function analyses.extend(methods)
  for name, fn in pairs(functions) do
    methods[name] = function(self, ...)
      check(methods.count, self, name)
      return fn(self, ...)
    end
  end
end

return analyses
