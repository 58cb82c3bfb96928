--- What many requests are made from: a list, or an iterator, of URLs and of tables with more.

local spec = require("perilune.fetch.spec")

--- The next item; nil: that was all.
---@alias perilune.fetch.Items fun(): url: string?, spec: perilune.fetch.Spec?, index: integer?

local items = {}

-- What one's own table says beside the URL and the method.
local function own_options(value)
  local given = {}
  for name, option in pairs(value) do given[name] = option end
  given.url, given.method = nil, nil
  return given
end

-- The spec of an item that is a table, or nil and what is wrong.
local function read(value, defaults, recent)
  local method = value.method == nil and "GET" or spec.method(value.method)
  if type(value.url) ~= "string" then return nil, "url: a string expected" end
  if not method then return nil, "method: a method's name expected" end
  return spec.new(method, defaults, own_options(value), recent)
end

--- An iterator over items. Errors: one is neither a string nor a table, or has a bad option.
---@param source any[]|fun(): any
---@param common perilune.fetch.Spec of those that are strings
---@param defaults table options of those that are tables
---@param name string of the public function
---@return perilune.fetch.Items
function items.iterate(source, common, defaults, name)
  local index, recent = 0, {}
  local last = type(source) == "table" and (source.n or #source)

  local function refuse(problem)
    error(("bad argument #1 to '%s' (item %d: %s)"):format(name, index, problem), 0)
  end

  return function()
    if last and index >= last then return nil end
    index = index + 1
    local value
    if last then value = source[index] else value = source() end
    if type(value) == "string" then return value, common, index end
    if value == nil and not last then return nil end
    if type(value) ~= "table" then refuse("a URL or a table expected, got " .. type(value)) end
    local own, problem = read(value, defaults, recent)
    if not own then refuse(problem) end
    return value.url, own, index
  end
end

return items
