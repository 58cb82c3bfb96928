--- Answers as bytes.

local reasons = require("perilune.serve.reasons")

local response = {}

local PIECE <const> = 64 * 1024 -- bytes of a longer body that are made at a time

local second, date -- RFC 9110 wants a Date in every answer; it is made once a second

local function now()
  local time = os.time()
  if time ~= second then
    second, date = time, os.date("!%a, %d %b %Y %H:%M:%S GMT", time)
  end
  return date
end

--- Whether the status is of those that never have a body.
local function is_bare(status)
  return status == 204 or status == 304
end

--- What a connection will be is told where it differs from what the request's version means.
local function connection(version, keeps)
  if not keeps then return "Connection: close\r\n" end
  return version == "1.0" and "Connection: keep-alive\r\n" or ""
end

---@param answer perilune.serve.Answer
---@param version string of the request
---@param keeps boolean the connection
---@return string
function response.head(answer, version, keeps)
  local status = answer.status
  local description = is_bare(status) and "" or
    "Content-Type: " .. answer.type .. "\r\nContent-Length: " .. answer.length .. "\r\n"
  local location = answer.location and "Location: " .. answer.location .. "\r\n" or ""
  return "HTTP/1.1 " .. status .. " " .. reasons[status] .. "\r\nDate: " .. now() .. "\r\n" ..
    description .. location .. connection(version, keeps) .. "\r\n"
end

--- The bytes of a body that are sent for a request.
---@param answer perilune.serve.Answer
---@param method string
---@return integer
function response.length(answer, method)
  return (method == "HEAD" or is_bare(answer.status)) and 0 or answer.length
end

--- A body's next piece: one that was asked for from where a unit begins ends where one ends, if it
--- is not the last.
---@param unit string
---@param left integer bytes of the body that are still to come
---@return string
function response.piece(unit, left)
  if left == #unit then return unit end
  local units = math.max(1, PIECE // #unit)
  if left >= units * #unit then return unit:rep(units) end
  return unit:rep(left // #unit + 1):sub(1, left)
end

return response
