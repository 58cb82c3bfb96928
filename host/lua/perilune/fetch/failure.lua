--- Why there is no answer, or none that is wanted: the `error` of a result, in both versions.

local failure = {}

---@class perilune.fetch.Error
local Error = { __name = "perilune.fetch.Error" }
Error.__index = Error

function Error:__tostring() return self.message end

---@param code string
---@param message string
---@return perilune.fetch.Error
function failure.new(code, message)
  return setmetatable({ code = code, message = message }, Error)
end

---@param value any
---@return boolean
function failure.is_error(value)
  return debug.getmetatable(value) == Error
end

return failure
