--- A server that answers wrongly, in a process of its own for as long as this one lives.
---
---     local server <close> = hostile.start()
---     fetch.get(server.url .. "/stall/body?key=1")
---     server:log("1").requests[1].headers
---
--- What is at which path: hostile/routes.lua.
local assert = require("luassert")
local json = require("dkjson")
local uv = require("luv")
local child = require("spec.fetch.child")
local raw = require("spec.fetch.raw")

local hostile = {}

---@class Hostile
---@field url string without a path
---@field port integer
---@field keys integer given
local Hostile = {}
Hostile.__index = Hostile

local PROGRAM <const> = "spec/fetch/hostile/program.lua"

---@return Hostile
function hostile.start()
  local process = child.start(uv.exepath(), { PROGRAM })
  local port = math.tointeger(tonumber(process:line()))
  assert(port, "the hostile server has not started")
  local server = { process = process, port = port, url = "http://127.0.0.1:" .. port, keys = 0 }
  return setmetatable(server, Hostile)
end

---@class HostileRequest
---@field method string
---@field target string
---@field version string
---@field headers table<string, string> by lower-case name; several are joined by ", "
---@field head string all of it as it came
---@field body string its first 64 KiB
---@field bytes integer the body's length
---@field connection integer a number; the same for requests on one connection
---@field at number seconds since the server started

---@class HostileLog
---@field requests HostileRequest[] in the order in which they came; the first 1,000
---@field count integer how many came
---@field most integer the most that were under way at once

--- What came with `key=KEY` in a target's query.
---@param key string letters and digits
---@return HostileLog
function Hostile:log(key)
  local answer = raw.exchange(self.port, raw.get("/log/" .. key))
  return assert(json.decode(raw.body(answer.text) or ""))
end

--- A key that no other request has.
---@return string
function Hostile:new_key()
  self.keys = self.keys + 1
  return "key" .. self.keys
end

--- URLs for as many requests, which differ.
---@param n integer
---@param path string
---@param key? string of its log
---@param host? string
---@return string[]
function Hostile:urls(n, path, key, host)
  local urls = {}
  for i = 1, n do
    urls[i] = ("http://%s:%d%s?key=%s&i=%d"):format(host or "127.0.0.1", self.port, path,
      key or "none", i)
  end
  return urls
end

--- What a request to /plain/echo was, as the server saw it.
---@param result perilune.fetch.Result
---@return HostileRequest
function hostile.echo(result)
  assert.is_true(result.ok, tostring(result.error))
  return assert(json.decode(result.body))
end

--- Ends it. May be called again.
---@return integer? status
function Hostile:stop()
  return self.process:stop()
end

Hostile.__close = Hostile.stop

return hostile
