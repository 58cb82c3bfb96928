--- What the server has done. A request is in flight from when it has been read whole until its
--- answer has been handed to the system, or its connection is gone.

---@class perilune.serve.Counts
---@field requests integer read whole; refused ones and those for /stats are none
---@field errors integer of them, those that chance has answered
---@field in_flight integer now
---@field most_in_flight integer at once
---@field connections integer opened
---@field open integer connections now
local Counts = {}
Counts.__index = Counts

local counts = {}

---@return perilune.serve.Counts
function counts.new()
  return setmetatable({
    requests = 0, errors = 0, in_flight = 0, most_in_flight = 0, connections = 0, open = 0,
  }, Counts)
end

function Counts:begin()
  local in_flight = self.in_flight + 1
  self.requests = self.requests + 1
  self.in_flight = in_flight
  if in_flight > self.most_in_flight then self.most_in_flight = in_flight end
end

function Counts:finish()
  self.in_flight = self.in_flight - 1
end

function Counts:connect()
  self.connections = self.connections + 1
  self.open = self.open + 1
end

function Counts:disconnect()
  self.open = self.open - 1
end

--- Begins anew, with what is there now.
function Counts:reset()
  self.requests, self.errors = self.in_flight, 0
  self.most_in_flight = self.in_flight
  self.connections = self.open
end

return counts
