--- The latency server: listens, and keeps its connections.

local uv = require("luv")
local callback = require("perilune.serve.callback")
local chance = require("perilune.serve.chance")
local connection = require("perilune.serve.connection")
local counts = require("perilune.serve.counts")
local record = require("perilune.serve.record")

local BACKLOG <const> = 4096 -- the system's own limit may be lower
local LOOKS <const> = 10     -- while a connection may do nothing

---@class perilune.serve.Server
---@field listener userdata
---@field settings perilune.serve.Settings
---@field chance perilune.serve.Chance
---@field counts perilune.serve.Counts
---@field record perilune.serve.Record
---@field connections table<perilune.serve.Connection, true>
---@field watch userdata a timer that closes those who do nothing
---@field closed? boolean
local Server = {}
Server.__index = Server

local server = {}

--- `EADDRINUSE: address already in use` -> `address already in use`
local function words_of(message)
  return (message:gsub("^E[%w_]+: ", ""))
end

---@return string? address
---@return string? message
local function resolve(host)
  local found, message = uv.getaddrinfo(host, nil, { socktype = "stream" })
  if not found then return nil, words_of(message) end
  return found[1].addr
end

local function bind(listener, host, port, on_connection)
  local address, message = resolve(host)
  if not address then return nil, message end
  local ok, problem = listener:bind(address, port)
  if ok then ok, problem = listener:listen(BACKLOG, on_connection) end
  if not ok then return nil, words_of(problem) end
  return true
end

local function accept(self)
  local tcp = assert(uv.new_tcp())
  if not self.listener:accept(tcp) then return tcp:close() end
  self.counts:connect()
  self.connections[connection.start(self, tcp)] = true
end

local function close_quiet(self)
  local last = uv.now() - self.settings.idle * 1000
  for each in pairs(self.connections) do
    if each.quiet and each.quiet <= last then each:close() end
  end
end

-- A look now and then costs less than a timer for each wait.
local function watch(self)
  local ms = math.max(1, self.settings.idle * 1000 // LOOKS)
  if ms < math.huge then self.watch:start(ms, ms, callback(function() close_quiet(self) end)) end
end

--- Listens on a port.
---@param host string address or name
---@param port integer 0 for a free one
---@param settings perilune.serve.Settings
---@param seed integer
---@param log? file* where each request gets a line
---@return perilune.serve.Server?
---@return string? message
function server.listen(host, port, settings, seed, log)
  local self = setmetatable({
    listener = assert(uv.new_tcp()), settings = settings, chance = chance.new(seed),
    counts = counts.new(), record = record.new(log), connections = {}, watch = uv.new_timer(),
  }, Server)
  -- With a problem there is nothing to accept: out of descriptors, luv has closed it.
  local ok, message = bind(self.listener, host, port, callback(function(problem)
    if not problem then accept(self) end
  end))
  if ok then
    watch(self)
    return self
  end
  self:close()
  uv.run("nowait")
  return nil, message
end

---@return string
function Server:url()
  local name = assert(self.listener:getsockname())
  local host = name.family == "inet6" and "[" .. name.ip .. "]" or name.ip
  return ("http://%s:%d/"):format(host, name.port)
end

--- Called by a connection that is closed.
---@param closed perilune.serve.Connection
function Server:forget(closed)
  self.connections[closed] = nil
  self.counts:disconnect()
end

--- Closes the port and all connections at once; does nothing the second time.
function Server:close()
  if self.closed then return end
  self.closed = true
  self.listener:close()
  self.watch:close()
  for each in pairs(self.connections) do each:close() end
end

return server
