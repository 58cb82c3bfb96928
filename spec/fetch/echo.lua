--- Reads what nginx tells of a request at /echo.
local assert = require("luassert")

--- By the names of configuration.lua; what the request did not have is "".
---@param result perilune.fetch.Result
---@return table<string, string>
return function(result)
  assert.is_true(result.ok, tostring(result.error))
  local seen = {}
  for name, value in result.body:gmatch("(%S+) ([^\n]*)\n") do seen[name] = value end
  return seen
end
