--- What a dead or misbehaving solution gets to read: one line a cause.

local format = require("perilune.format")

local failure = {}

local function as_is(message)
  return message
end

local LINES = {
  error = function(message)
    return "raises an error: " .. message
  end,
  time = function(message)
    return "does not come to an end: " .. message
  end,
  memory = function(_, limits)
    return ("needs more than %d MiB of memory"):format(limits.memory // 0x100000)
  end,
  exit = function(message)
    return ("ends its process instead of returning (%s)"):format(message)
  end,
  crash = function(message)
    return "crashes: " .. message
  end,
  output = function(message)
    return "prints too much: " .. message
  end,
  syntax = function(message)
    return "does not parse: " .. message
  end,
  missing = as_is,
  contract = as_is,
  data = function(message)
    return "returns what cannot be compared: " .. message
  end,
}

-- Every starter's functions raise such an error.
local UNWRITTEN <const> = "write it: README.md tells what it is to do"

--- A result for a call into a child that failed.
---@param message string
---@param code string as `perilune.child` gives it
---@param limits table the exercise's
---@return table result
function failure.result(message, code, limits)
  message = format.printable((message:gsub("\nstack traceback:\n.*", "")))
  local reason = message:match("is off limits: (.+)")
  if reason then
    local place = message:match("^([^:]+:%d+): ")
    return {
      status = "off limits", detail = place and ("%s (%s)"):format(reason, place) or reason,
      hint = "do without it, then check again",
    }
  end
  local line = (LINES[code] or as_is)(message, limits)
  local hint = message:find(" is not %a+ yet: ") and UNWRITTEN or "correct that, then check again"
  return { status = "fail", detail = line, code = code, hint = hint }
end

return failure
