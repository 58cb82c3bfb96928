--- The words one sorts by: ours, those of Python's pstats, and their beginnings.

local place = require("perilune.profile.place")

local sort = {}

local function standard_name(row)
  return place.of(row) .. "(" .. row.name .. ")"
end

local function file(row)
  return place.file(row.source)
end

-- The largest first where a word stands for figures, as in pstats.
local function descending(field)
  return { key = field, value = function(row) return row[field] end, down = true }
end

local function ascending(key, value)
  return { key = key, value = value }
end

local BY = {
  self = { descending("self") },
  total = { descending("total") },
  calls = { descending("calls") },
  primitive = { descending("primitive") },
  wait = { descending("wait") },
  suspended = { descending("suspended") },
  bytes = { descending("bytes") },
  blocks = { descending("blocks") },
  samples = { descending("samples") },
  name = { ascending("name", function(row) return row.name end) },
  file = { ascending("file", file) },
  line = { ascending("line", function(row) return row.line end) },
  stdname = { ascending("stdname", standard_name) },
}
BY.nfl = { BY.name[1], BY.file[1], BY.line[1] }

local WORDS = {
  self = BY.self, total = BY.total, calls = BY.calls, name = BY.name, wait = BY.wait,
  suspended = BY.suspended, bytes = BY.bytes, blocks = BY.blocks, samples = BY.samples,
  line = BY.line, file = BY.file,
  cumulative = BY.total, cumtime = BY.total, filename = BY.file, module = BY.file,
  ncalls = BY.calls, pcalls = BY.primitive, nfl = BY.nfl, stdname = BY.stdname,
  time = BY.self, tottime = BY.self,
}

--- Words in the order one lists them.
sort.words = {
  "self", "total", "calls", "name", "wait", "suspended", "bytes", "blocks", "samples", "line",
  "file", "cumulative", "cumtime", "filename", "module", "ncalls", "pcalls", "nfl", "stdname",
  "time", "tottime",
}

local function candidates(word)
  local found, meanings, seen = {}, 0, {}
  for _, known in ipairs(sort.words) do
    if known:sub(1, #word) == word then
      found[#found + 1] = known
      meanings = meanings + (seen[WORDS[known]] and 0 or 1)
      seen[WORDS[known]] = true
    end
  end
  return found, meanings
end

local function resolve(word)
  if WORDS[word] then
    return WORDS[word]
  end
  local found, meanings = candidates(word)
  if #found == 0 or word == "" then
    return nil, ("unknown sort key '%s': %s"):format(word, table.concat(sort.words, ", "))
  elseif meanings > 1 then
    return nil, ("sort key '%s' may mean %s"):format(word, table.concat(found, " or "))
  end
  return WORDS[found[1]]
end

--- The keys that words mean: a beginning is enough if all that begin so mean the same.
---@param text string words with commas between them, the first one deciding first
---@return table[]? keys for `sort.rows`
---@return string? message
function sort.parse(text)
  local keys = {}
  for word in (text .. ","):gmatch("%s*([^,]-)%s*,") do
    local found, message = resolve(word)
    if not found then
      return nil, message
    end
    table.move(found, 1, #found, #keys + 1, keys)
  end
  return keys
end

local TIES = { BY.self[1], BY.total[1], BY.calls[1], BY.name[1], BY.file[1], BY.line[1] }

local function decide(keys, a, b)
  for _, key in ipairs(keys) do
    local x, y = key.value(a), key.value(b)
    if x ~= y then
      if key.down then
        return x > y
      end
      return x < y
    end
  end
  return nil
end

--- Sorts rows in place. Rows equal by the keys come in an order that is always the same.
---@param rows table[]
---@param keys table[] from `sort.parse`
---@return table[] rows
function sort.rows(rows, keys)
  table.sort(rows, function(a, b)
    local before = decide(keys, a, b)
    if before == nil then
      before = decide(TIES, a, b)
    end
    return before or false
  end)
  return rows
end

return sort
