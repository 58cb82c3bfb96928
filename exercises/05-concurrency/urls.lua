--- URLs of a server that takes its time: `perilune serve` answers each after a while.

local urls = {
  count = 100,    -- of those that flight.lua fetches
  latency = 0.05, -- seconds until each answer
}

-- Where `perilune serve` listens unless it is told otherwise.
local BASE <const> = "http://127.0.0.1:8080/"

---@param n integer how many
---@param base? string of a server that listens elsewhere, with a slash at its end
---@return string[]
function urls.list(n, base)
  local list = {}
  for i = 1, n do
    list[i] = ("%smoon/%d"):format(base or BASE, i)
  end
  return list
end

return urls
