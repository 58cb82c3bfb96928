--- The judge's own slow server: URLs that nobody knows beforehand, bodies of a length that only the
--- judge knows, and what was asked of it. Called with the exercise's folder.

local folder = ...
local uv = require("luv")
local server = dofile(folder .. "/server.lua")

local site = { most = server.most }

-- Bytes of a body. Its text follows from its URL, its length does not.
local SHORTEST <const>, LENGTHS <const> = 200, 3000

---@class Site
---@field server Server
---@field size integer bytes of every body
---@field ports integer[] its own
local Site = {}
Site.__index = Site

local function random_size()
  local low, high = uv.random(2):byte(1, 2)
  return SHORTEST + (low | high << 8) % LENGTHS
end

--- Starts one. It ends when the result is closed, and with the judge.
---@param options {latency: number, jitter: number?}
---@return Site?
---@return string? message
function site.start(options)
  local size = random_size()
  local started, message = server.start({
    latency = options.latency, jitter = options.jitter, size = size,
  })
  if not started then
    return nil, message
  end
  local port = math.tointeger(started.url:match(":(%d+)/"))
  return setmetatable({ server = started, size = size, ports = { port } }, Site)
end

--- URLs, different ones for each seed.
---@param n integer
---@param seed integer
---@return string[]
function Site:urls(n, seed)
  math.randomseed(seed)
  local list = {}
  for i = 1, n do
    list[i] = ("%s%08x/%d"):format(self.server.url, math.random(0xffffffff), i)
  end
  return list
end

---@param path string without a slash in front
---@return string
function Site:url(path)
  return self.server.url .. path
end

--- What a URL of the server asks for.
---@param url string
---@return string
function Site:target(url)
  return url:sub(#self.server.url)
end

--- The body that the server answers with.
---@param url string
---@return string
function Site:body(url)
  local line = self:target(url) .. "\n"
  return line:rep(self.size // #line + 1):sub(1, self.size)
end

---@param urls string[]
---@return string[]
function Site:bodies(urls)
  local list = {}
  for i, url in ipairs(urls) do
    list[i] = self:body(url)
  end
  return list
end

--- What it was asked since the last call.
---@return Request[]
function Site:requests()
  return self.server:requests()
end

function Site:close()
  self.server:close()
end
Site.__close = Site.close

return site
