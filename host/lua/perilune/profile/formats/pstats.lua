--- For Python's pstats and what reads its files (snakeviz, tuna): the marshalled dictionary
--- {(file, line, name): (primitive calls, calls, self, total, {caller: (calls, primitive calls,
--- self, total)})}. The order of the two counts differs between functions and callers there, too.
--- In a sampled profile samples stand for calls: those that found the function on the stack.

local bytes = require("perilune.profile.bytes")
local place = require("perilune.profile.place")
local queries = require("perilune.profile.queries")

local format = { extensions = { "pstats", "prof" } }

-- Type codes of Python's marshal, version 2 (Python/marshal.c).
local function integer(n)
  if n >= -0x80000000 and n <= 0x7FFFFFFF then
    return "i" .. string.pack("<i4", n)
  end
  local digits, rest = {}, math.abs(n)
  repeat
    digits[#digits + 1] = string.pack("<I2", rest & 0x7FFF)
    rest = rest >> 15
  until rest == 0
  return "l" .. string.pack("<i4", n < 0 and -#digits or #digits) .. table.concat(digits)
end

local function float(x)
  return "g" .. string.pack("<d", x)
end

local function text(s)
  return "u" .. string.pack("<s4", bytes.readable(s))
end

local function tuple(...)
  return "(" .. string.pack("<i4", select("#", ...)) .. table.concat({ ... })
end

local DICTIONARY_END = "0"

--- Python writes builtins as ("~", 0, "<name>") and prints them as {name}.
local function key_of(fn)
  if fn.kind == "Lua" or fn.kind == "main" then
    return tuple(text(place.file(fn.source)), integer(place.first_line(fn)), text(fn.name))
  end
  return tuple(text("~"), integer(0), text("<" .. fn.name .. ">"))
end

local function counts(row, sampled)
  if sampled then
    return integer(row.total_samples), integer(row.total_samples)
  end
  return integer(row.primitive), integer(row.calls)
end

--- Callers of each function by its key; the root calls nobody there.
local function callers_of(raw, keys, sampled)
  local callers = {}
  for _, edge in ipairs(queries.edges(raw)) do
    if raw.functions[edge.caller].kind ~= "root" then
      local primitive, calls = counts(edge, sampled)
      local list = callers[keys[edge.callee]] or {}
      callers[keys[edge.callee]] = list
      list[#list + 1] = keys[edge.caller]
        .. tuple(calls, primitive, float(edge.self), float(edge.total))
    end
  end
  return callers
end

---@param profile perilune.profiler.Profile
---@return string
function format.encode(profile)
  local raw = profile.raw
  local sampled, keys, out = raw.mode == "sample", {}, { "{" }
  for i, fn in ipairs(raw.functions) do
    keys[i] = key_of(fn)
  end
  local callers = callers_of(raw, keys, sampled)
  for _, row in ipairs(queries.flat(raw)) do
    local key = key_of(row)
    local primitive, calls = counts(row, sampled)
    out[#out + 1] = key .. tuple(primitive, calls, float(row.self), float(row.total),
      "{" .. table.concat(callers[key] or {}) .. DICTIONARY_END)
  end
  out[#out + 1] = DICTIONARY_END
  return table.concat(out)
end

return format
