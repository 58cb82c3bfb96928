--- Access traces: lists of ids, 1 to the number of distinct ones, in the order of first accesses.
---
--- A trace's file is text, an id a line, compressed by gzip.
local trace = {}

local quoted = require("perilune.shell").quoted

--- Reads a trace. Errors: no such file; not a trace.
---@param path string
---@return integer[] ids
---@return integer distinct
function trace.read(path)
  local pipe = assert(io.popen("gzip -dc " .. quoted(path)))
  local ids, distinct = {}, 0
  for line in pipe:lines() do
    local id = math.tointeger(line)
    if not id or id < 1 or id > distinct + 1 then
      pipe:close()
      error(("%s: line %d is no id"):format(path, #ids + 1))
    end
    ids[#ids + 1] = id
    distinct = math.max(distinct, id)
  end
  assert(pipe:close(), path .. ": gzip cannot read it")
  return ids, distinct
end

--- Writes a trace. Errors: the file cannot be written.
---@param path string
---@param ids integer[]
function trace.write(path, ids)
  local pipe = assert(io.popen("gzip -9nc > " .. quoted(path), "w"))
  assert(pipe:write(table.concat(ids, "\n"), "\n"))
  assert(pipe:close(), path .. ": gzip cannot write it")
end

--- Gives each new name the next id.
---@param names fun(): any? an iterator
---@param limit? integer the most that are taken
---@return integer[] ids
---@return integer distinct
function trace.number(names, limit)
  local ids, id_of, distinct = {}, {}, 0
  for name in names do
    if not id_of[name] then
      distinct = distinct + 1
      id_of[name] = distinct
    end
    ids[#ids + 1] = id_of[name]
    if #ids == limit then break end
  end
  return ids, distinct
end

-- The least i for which sums[i] > value.
local function first_above(sums, value)
  local low, high = 1, #sums
  while low < high do
    local middle = (low + high) // 2
    if sums[middle] > value then high = middle else low = middle + 1 end
  end
  return low
end

--- Independent accesses to `items` things, the i-th as likely as 1 / i ^ exponent. Seeds
--- math.random, so that it is always the same trace.
---@param accesses integer
---@param items integer
---@param exponent number
---@param seed integer
---@return integer[] ids
---@return integer distinct
function trace.zipf(accesses, items, exponent, seed)
  local sums, sum = {}, 0.0
  for i = 1, items do
    sum = sum + 1 / i ^ exponent
    sums[i] = sum
  end
  math.randomseed(seed)
  local made = 0
  return trace.number(function()
    if made == accesses then return nil end
    made = made + 1
    return first_above(sums, math.random() * sum)
  end)
end

return trace
