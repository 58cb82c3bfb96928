--- The headers of an answer.

local headers = {}

-- In each table of headers the list of all, in their order.
local LIST <const> = {}

local Headers = { __name = "perilune.fetch.Headers" }

-- Without the blanks at its end. Nothing here takes longer than the lines are long.
local function trimmed(text) return text:match("^.*%S") or "" end

-- A line that begins with a blank goes on with the one before (RFC 9112, 5.2).
local function read(lines)
  local list = {}
  for line in lines:gmatch("([^\r\n]+)\r?\n?") do
    local name, value = line:match("^([^%s:]+)%s*:%s*(.*)$")
    local more = line:match("^%s+(.*)$")
    if name then
      list[#list + 1] = { name = name:lower(), trimmed(value) }
    elseif more and list[1] then
      table.insert(list[#list], trimmed(more))
    end
  end
  for _, header in ipairs(list) do header.value = table.concat(header, " ") end
  return list
end

function Headers:__index(name)
  return type(name) == "string" and rawget(self, name:lower()) or nil
end

local function next_name(self, name)
  local value
  repeat
    name, value = next(self, name)
  until name ~= LIST
  return name, value
end

function Headers:__pairs() return next_name, self, nil end

--- Values by name, in any case; several of one name are joined by a comma. `pairs` gives names in
--- lower case.
---@param lines string an answer's head, with its first line
---@return table<string, string>
function headers.new(lines)
  local list, values = read(lines), {}
  for _, header in ipairs(list) do
    values[header.name] = values[header.name] or {}
    table.insert(values[header.name], header.value)
  end
  local self = { [LIST] = list }
  for name, each in pairs(values) do self[name] = table.concat(each, ", ") end
  return setmetatable(self, Headers)
end

--- All values of one name, in their order.
---@param self table<string, string>
---@param name string
---@return string[]
function headers.all(self, name)
  local values = {}
  name = name:lower()
  for _, header in ipairs(rawget(self, LIST)) do
    if header.name == name then values[#values + 1] = header.value end
  end
  return values
end

return headers
