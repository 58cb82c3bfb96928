local depth
local function measure(what, f)
  depth = 0
  local ok, message = pcall(f)
  print(what, ok, message, depth)
end
local function in_gsub() depth = depth + 1 return (("x"):gsub("x", in_gsub)) end
measure("gsub", in_gsub)
local function in_pcall()
  depth = depth + 1
  local ok, message = pcall(in_pcall)
  if not ok then error(message, 0) end
end
measure("pcall", in_pcall)
local function in_sort() depth = depth + 1 table.sort({ 1, 2 }, in_sort) end
measure("sort", in_sort)
local indexed = setmetatable({}, {})
getmetatable(indexed).__index = function(t, k) depth = depth + 1 return t[k + 1] end
measure("index", function() return indexed[1] end)
local named = setmetatable({}, {})
getmetatable(named).__tostring = function(t) depth = depth + 1 return tostring(t) end
measure("tostring", function() return tostring(named) end)
local function in_coroutine()
  depth = depth + 1
  return select(2, coroutine.resume(coroutine.create(in_coroutine)))
end
measure("coroutine", function() error(in_coroutine(), 0) end)
local function in_load() depth = depth + 1 return load("return ...")(load(in_load)) end
measure("load", in_load)
measure("loop of __index", function()
  local t = setmetatable({}, {})
  getmetatable(t).__index = t
  return t.x
end)
measure("chain of __call", function()
  local f = print
  for _ = 1, 300 do f = setmetatable({}, { __call = f }) end
  return (f("called"))
end)
local require_depth = 0
package.searchers[2] = function(name)
  require_depth = require_depth + 1
  return function() return require(name .. "x") end
end
print(pcall(require, "y") == false, require_depth)
