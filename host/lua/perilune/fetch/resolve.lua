--- The option `resolve`, as libcurl's connect_to. libcurl's own way would have other requests find
--- the address as well, and the connection that was made to it.

local resolve = {}

local PATTERN <const> = "^([^:]+):(%d+):%[?([%x.:]+)%]?$"

---@param value any
---@return boolean
function resolve.is_list(value)
  if type(value) ~= "table" then return false end
  for _, entry in pairs(value) do
    if type(entry) ~= "string" or not entry:find(PATTERN) then return false end
  end
  return true
end

local function line(entry)
  local host, port, address = entry:match(PATTERN)
  return ("%s:%s:%s:"):format(host == "*" and "" or host, port,
    address:find(":", 1, true) and "[" .. address .. "]" or address)
end

--- The lines of connect_to with those for resolve after them.
---@param connect_to? string[]
---@param list string[]
---@return string[]
function resolve.lines(connect_to, list)
  local lines = table.move(connect_to or {}, 1, connect_to and #connect_to or 0, 1, {})
  for _, entry in ipairs(list) do lines[#lines + 1] = line(entry) end
  return lines
end

return resolve
