--- One URL after another: what requests at once are measured against.

local fetch = require("perilune.fetch")

---@param urls string[]
---@return (string|false)[]
local function fetch_all(urls)
  local list = {}
  for i, url in ipairs(urls) do
    local result = fetch.get(url)
    list[i] = result.ok and result.body
  end
  return list
end

return { fetch_all = fetch_all }
