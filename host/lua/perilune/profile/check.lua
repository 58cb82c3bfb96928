--- Whether a table that came out of a file is a raw profile that every view can rely on: the right
--- types and lengths, indices in range, parents before children, finite numbers. Fields that are
--- none of a profile's are taken out.

local FORMAT, VERSION = "perilune-profile", 1

local MODES = { calls = true, sample = true, lines = true, memory = true }
local KINDS = { Lua = true, main = true, C = true, zone = true, root = true }

local LONGEST = 1e9 -- seconds; so that no sum of them is infinite
local LATEST = 2 ^ 36 -- seconds of Unix time that os.date can write

local function is_integer(x)
  return math.type(x) == "integer"
end

local function is_count(x)
  return is_integer(x) and x >= 0
end

local function is_time(x)
  return type(x) == "number" and x >= 0 and x < LATEST
end

local function is_seconds(x)
  return type(x) == "number" and x >= -LONGEST and x <= LONGEST
end

local function is_string(x)
  return type(x) == "string"
end

local function is_table(x)
  return type(x) == "table"
end

local function is_parent(x, i)
  return is_integer(x) and (i == 1 and x == 0 or x >= 1 and x < i)
end

local function index_below(limit)
  return function(x)
    return is_integer(x) and x >= 1 and x <= limit
  end
end

local function one_of(words)
  return function(x)
    return words[x] ~= nil
  end
end

local function optional(is_right)
  return function(x)
    return x == nil or is_right(x)
  end
end

local function wrong(what)
  return nil, ("broken profile: %s"):format(what), "format"
end

--- Items 1 to `length` and nothing else.
local function check_list(list, name, length, is_right)
  local count = 0
  for _ in pairs(is_table(list) and list or {}) do
    count = count + 1
  end
  if not is_table(list) or count ~= length then
    return wrong(("%s should have %d items"):format(name, length))
  end
  for i = 1, length do
    if not is_right(list[i], i) then
      return wrong(("item %d of %s"):format(i, name))
    end
  end
  return true
end

--- Whether a table has the fields of a shape, the first one that is wrong. Takes out all others.
---@return boolean? ok
---@return string? field
local function fits(value, shape)
  if not is_table(value) then
    return false, "no object"
  end
  for field, is_right in pairs(shape) do
    if not is_right(value[field]) then
      return false, field
    end
  end
  for field in pairs(value) do
    value[field] = shape[field] and value[field]
  end
  return true
end

local function object(shape)
  return function(x)
    return (fits(x, shape))
  end
end

local function is_list_of_strings(x)
  return is_table(x) and check_list(x, "", #x, is_string) == true
end

local function is_map_of_strings(x)
  if not is_table(x) then
    return false
  end
  for key, value in pairs(x) do
    if not is_string(key) or not is_string(value) then
      return false
    end
  end
  return true
end

local HEAD = {
  format = is_string, version = is_integer, mode = one_of(MODES), duration = is_seconds,
  time = optional(is_time), cpu = optional(is_seconds), interval = optional(is_seconds),
  samples = optional(is_count), processes = optional(is_count), clock = optional(is_string),
  script = optional(object({ path = is_string, hash = optional(is_string) })),
  sources = optional(is_map_of_strings), notes = optional(is_list_of_strings),
  collector = optional(object({ cycles = optional(is_count), mode = optional(is_string) })),
  overhead = optional(object({
    lua = optional(is_seconds), c = optional(is_seconds), line = optional(is_seconds),
  })),
  workers = optional(object({
    recorded = optional(is_count), idle = optional(is_seconds), killed = optional(is_count),
    late = optional(is_count), refused = optional(is_count),
  })),
  functions = is_table, nodes = is_table, lines = optional(is_table),
}

local is_function = object({
  name = is_string, source = is_string, line = is_integer, last = optional(is_integer),
  kind = one_of(KINDS),
})

-- Columns besides the one of functions.
local NODE_COLUMNS = {
  parent = is_parent, calls = is_count, self = is_seconds, tail = is_count, wait = is_seconds,
  suspended = is_seconds, samples = is_count, bytes = is_count, blocks = is_count,
}
local LINE_COLUMNS = {
  line = is_integer, count = is_count, self = is_seconds, total = is_seconds, samples = is_count,
  bytes = is_count, blocks = is_count,
}

--- Lists of one length; the first of those that are `needed` tells it.
local function check_columns(value, name, columns, needed, is_index)
  for _, field in ipairs(needed) do
    if not is_table(value[field]) then
      return wrong(("%s lacks %s"):format(name, field))
    end
  end
  local length = #value[needed[1]]
  for field, list in pairs(value) do
    local is_right = field == "function" and is_index or columns[field]
    if is_right then
      local ok, message, code = check_list(list, name .. "." .. field, length, is_right)
      if not ok then
        return nil, message, code
      end
    else
      value[field] = nil
    end
  end
  return true
end

local function check_body(raw)
  local is_index = index_below(#raw.functions)
  local ok, message, code = check_list(raw.functions, "functions", #raw.functions, is_function)
  if ok then
    ok, message, code = check_columns(raw.nodes, "nodes", NODE_COLUMNS,
      { "parent", "function", "calls", "self" }, is_index)
  end
  if ok and #raw.nodes.parent == 0 then
    return wrong("no nodes")
  elseif ok and raw.lines then
    return check_columns(raw.lines, "lines", LINE_COLUMNS, { "line", "function" }, is_index)
  end
  return ok, message, code
end

---@param raw any
---@return boolean? ok
---@return string? message
---@return string? code "format" or "version"
return function(raw)
  if not is_table(raw) or raw.format ~= FORMAT then
    return nil, "no profile of perilune's json format", "format"
  elseif raw.version ~= VERSION then
    return nil, ("profile of version %s; this program reads version %d"):format(
      tostring(raw.version), VERSION), "version"
  end
  local ok, field = fits(raw, HEAD)
  if not ok then
    return wrong(field)
  end
  return check_body(raw)
end
