--- perilune.fetch, one request after another. Each is made as in the native version.

local client = require("perilune.fetch.client")

local Sequence = {}
Sequence.__index = Sequence

function Sequence:next()
  local url, spec, index = self.items()
  if not url then return nil end
  local result = self.session:perform(url, spec)
  result.index = index
  return result
end

function Sequence:close() self.items = function() end end

Sequence.__close = Sequence.close

return client.new(function(session, items)
  return setmetatable({ session = session, items = items }, Sequence)
end)
