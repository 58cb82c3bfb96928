--- What has become of a request.
---
--- The engine makes results (native/fetch/result_lua.c), and small, for there may be many. They
--- have headers and times as libcurl has them, in `_head` and `_times`; what is as usual they have
--- not. It is made when somebody looks.

local failure = require("perilune.fetch.failure")
local headers = require("perilune.fetch.headers")

local result = {}

---@class perilune.fetch.Result
---@field private _head? string
---@field private _times? string
local Result = { __name = "perilune.fetch.Result" }

--- The metatable of results.
result.class = Result

local methods, made = {}, {}

function made.headers(self)
  local head = rawget(self, "_head")
  if not head then return nil end
  self.headers, self._head = headers.new(head), nil
  return self.headers
end

-- Their order in `_times`.
local TIMES <const> = { "queued", "namelookup", "connect", "appconnect", "pretransfer",
  "starttransfer", "total", "redirect" }

function made.timing(self)
  local times = rawget(self, "_times")
  if not times then return nil end
  local timing = {}
  for i, name in ipairs(TIMES) do timing[name] = string.unpack("d", times, 8 * i - 7) end
  self.timing, self._times = timing, nil
  return timing
end

function made.effective_url(self)
  self.effective_url = self.status and self.url or nil
  return rawget(self, "effective_url")
end

function made.http_version(self)
  self.http_version = self.status and "1.1" or nil
  return rawget(self, "http_version")
end

function made.attempts(self)
  self.attempts = 1
  return 1
end

function Result:__index(name)
  local make = made[name]
  if make then return make(self) end
  return methods[name]
end

function Result:__pairs()
  for name, make in pairs(made) do
    if rawget(self, name) == nil then make(self) end
  end
  return next, self, nil
end

--- All values of a header, in their order; `r.headers[name]` has them in one text.
---@param name string in any case
---@return string[]
function methods:header_values(name)
  return self.headers and headers.all(self.headers, name) or {}
end

--- The body, read as JSON; null is dkjson's `json.null`.
---@return any value
---@return string? message where it is no JSON: value is nil
function methods:json()
  if not self.body then return nil, "there is no body" end
  local json = require("dkjson")
  local ok, value, position, message = pcall(json.decode, self.body, 1, json.null)
  if not ok then return nil, "it is nested too deeply" end
  if message then return nil, message end
  if self.body:find("%S", position) then return nil, "there is more than one value" end
  return value
end

local function reason(self)
  local text = self._head:match("^HTTP/%S+ %d+ ([^\r\n]+)")
  return text and ("%d %s"):format(self.status, text) or ("status %d"):format(self.status)
end

--- Gives a result of the engine's that is not ok its error.
---@param self perilune.fetch.Result
---@param code? string nil: it is the status, or that there is none
---@param message? string
function result.blame(self, code, message)
  if not code and not self.status then
    code, message, self.body = "protocol", "an answer without a status", nil
  end
  self.error = failure.new(code or "status", message or reason(self))
end

--- A result without an answer.
---@param url string
---@param code string
---@param message string
---@return perilune.fetch.Result
function result.failed(url, code, message)
  return setmetatable({
    ok = false, url = url, bytes = 0, error = failure.new(code, message),
  }, Result)
end

return result
