--- What has become of a request.

local failure = require("perilune.fetch.failure")
local headers = require("perilune.fetch.headers")

local result = {}

---@class perilune.fetch.Result
local Result = { __name = "perilune.fetch.Result" }
Result.__index = Result

--- All values of a header, in their order; `r.headers[name]` has them in one text.
---@param name string in any case
---@return string[]
function Result:header_values(name)
  return self.headers and headers.all(self.headers, name) or {}
end

--- The body, read as JSON; null is dkjson's `json.null`.
---@return any value
---@return string? message where it is no JSON: value is nil
function Result:json()
  if not self.body then return nil, "there is no body" end
  local json = require("dkjson")
  local ok, value, position, message = pcall(json.decode, self.body, 1, json.null)
  if not ok then return nil, "it is nested too deeply" end
  if message then return nil, message end
  if self.body:find("%S", position) then return nil, "there is more than one value" end
  return value
end

local function is_success(status) return status >= 200 and status < 300 end

local function reason(lines, status)
  local text = lines:match("^HTTP/%S+ %d+ ([^\r\n]+)")
  return text and ("%d %s"):format(status, text) or ("status %d"):format(status)
end

--- A result without an answer.
---@param url string
---@param code string
---@param message string
---@return perilune.fetch.Result
function result.failed(url, code, message)
  return setmetatable({
    ok = false, url = url, bytes = 0, attempts = 1, error = failure.new(code, message),
  }, Result)
end

--- A result from what the engine tells of a transfer that is over.
---@param url string
---@return perilune.fetch.Result
function result.new(url, code, message, status, version, lines, body, bytes, effective_url, _,
    namelookup, connect, appconnect, pretransfer, starttransfer, total, redirect)
  local self = setmetatable({ -- with a place for each field, so that the table does not grow
    ok = false, index = nil, path = nil, error = nil, status = status > 0 and status or nil,
    url = url, effective_url = effective_url, bytes = bytes, attempts = 1,
    headers = status > 0 and headers.new(lines) or nil, body = not code and body or nil,
    http_version = version,
    timing = {
      queued = 0, namelookup = namelookup, connect = connect, appconnect = appconnect,
      pretransfer = pretransfer, starttransfer = starttransfer, total = total,
      redirect = redirect,
    },
  }, Result)
  if code then
    self.error = failure.new(code, message)
  elseif is_success(status) then
    self.ok = true
  else
    self.error = failure.new("status", reason(lines, status))
  end
  return self
end

return result
