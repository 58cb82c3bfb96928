--- URLs' queries and forms.

local encode = {}

local function escape(char) return ("%%%02X"):format(char:byte()) end

-- RFC 3986: all but the unreserved ones.
local function percent(value)
  return (tostring(value):gsub("[^%w%-._~]", escape))
end

local function add(list, name, values)
  for _, value in ipairs(type(values) == "table" and values or { values }) do
    list[#list + 1] = percent(name) .. "=" .. percent(value)
  end
end

--- In the order of their names, so that the same table gives the same text.
---@param fields table<string, string|number|boolean|any[]> a list stands for several of that name
---@return string
function encode.fields(fields)
  local names, list = {}, {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do add(list, name, fields[name]) end
  return table.concat(list, "&")
end

--- A form: a blank is a plus.
---@param fields table
---@return string
function encode.form(fields)
  return (encode.fields(fields):gsub("%%20", "+"))
end

--- A URL with more in its query.
---@param url string
---@param query string encoded
---@return string
function encode.add_query(url, query)
  if query == "" then return url end
  local address, fragment = url:match("^([^#]*)(.*)$")
  return address .. (address:find("?", 1, true) and "&" or "?") .. query .. fragment
end

return encode
