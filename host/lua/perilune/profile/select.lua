--- Sorts, filters and cuts rows of functions as a Selection asks.

local place = require("perilune.profile.place")
local sort = require("perilune.profile.sort")

local DEFAULTS = { memory = "bytes" }

local select = {}

--- Whether a function is meant: by plain text or by a Lua pattern in `name file:line`. Text that
--- is no pattern is taken plainly.
---@param filter string|fun(row: table): boolean
---@return fun(row: table): boolean
function select.matcher(filter)
  if type(filter) == "function" then
    return filter
  end
  return function(row)
    local text = row.name .. " " .. place.of(row)
    if text:find(filter, 1, true) then
      return true
    end
    local is_pattern, found = pcall(string.find, text, filter)
    return is_pattern and found ~= nil
  end
end

local function filtered(rows, filter)
  local matches, kept = select.matcher(filter), {}
  for _, row in ipairs(rows) do
    if matches(row) then
      kept[#kept + 1] = row
    end
  end
  return kept
end

local function reversed(rows)
  local count = #rows
  for i = 1, count // 2 do
    rows[i], rows[count + 1 - i] = rows[count + 1 - i], rows[i]
  end
end

--- The word that decides when none is given.
---@param mode string the profile's
---@return string
function select.default(mode)
  return DEFAULTS[mode] or "self"
end

--- Filters, turns and cuts rows whose order stands.
---@param rows table[]
---@param selection perilune.profiler.Selection
---@return table[] rows
---@return integer count before they were cut
function select.cut(rows, selection)
  if selection.filter then
    rows = filtered(rows, selection.filter)
  end
  if selection.reverse then
    reversed(rows)
  end
  local count, limit = #rows, selection.limit
  if limit and limit < count then
    rows = table.move(rows, 1, math.max(0, limit), 1, {})
  end
  return rows, count
end

--- Sorts, filters, turns and cuts rows of functions.
---@param rows perilune.profiler.Row[]
---@param selection? perilune.profiler.Selection
---@param mode string the profile's
---@return perilune.profiler.Row[] rows
---@return integer count before they were cut
function select.rows(rows, selection, mode)
  selection = selection or {}
  local keys, message = sort.parse(selection.sort or select.default(mode))
  if not keys then
    error(message, 2)
  end
  return select.cut(sort.rows(rows, keys), selection)
end

return select
