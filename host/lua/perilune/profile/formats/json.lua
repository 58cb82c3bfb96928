--- Perilune's own format: the whole raw profile as JSON, with a version. The only one that is read.
--- Times have the 14 digits that dkjson writes; integers and names come back exactly.

local bytes = require("perilune.profile.bytes")
local check = require("perilune.profile.check")
local dkjson = require("dkjson")

local format = { extensions = { "json" } }

local KEYS = {
  "format", "version", "mode", "clock", "time", "duration", "cpu", "interval", "samples",
  "processes", "workers", "recorded", "idle", "killed", "late", "refused", "script", "path", "hash",
  "sources", "collector", "cycles", "overhead", "lua", "c", "notes", "functions",
  "name", "source", "kind", "nodes", "lines", "parent", "function", "line", "last", "count",
  "calls", "self", "total", "tail", "wait", "suspended", "bytes", "blocks",
}

--- A map for dkjson: an object even if it is empty, and in an order that is always the same.
local function object(map)
  local new, keys = {}, {}
  for key, value in pairs(map) do
    new[key], keys[#keys + 1] = value, key
  end
  table.sort(keys)
  return setmetatable(new, { __jsontype = "object", __jsonorder = keys })
end

---@param profile perilune.profiler.Profile
---@return string
function format.encode(profile)
  local shown = {}
  for key, value in pairs(profile.raw) do
    shown[key] = key == "sources" and object(value) or value
  end
  return bytes.escape(dkjson.encode(shown, { keyorder = KEYS })) .. "\n"
end

--- dkjson recurses, so that what nests too deep is an error of Lua's.
---@return any value
---@return string? message
local function parse(text)
  local ok, value, after, message = pcall(dkjson.decode, text, 1, nil, nil)
  if not ok then
    return nil, (tostring(value):gsub("^.-:%d+: ", ""))
  elseif message or not text:find("%S", after) then
    return value, message
  end
  return nil, ("more than one value at byte %d"):format(after)
end

--- Names and sources with the bytes they had.
local function restore(raw)
  for _, fn in ipairs(raw.functions) do
    fn.name, fn.source = bytes.restore(fn.name), bytes.restore(fn.source)
  end
  if raw.script then
    raw.script.path = bytes.restore(raw.script.path)
  end
  for i, note in ipairs(raw.notes or {}) do
    raw.notes[i] = bytes.restore(note)
  end
  local sources = {}
  for source, hash in pairs(raw.sources or {}) do
    sources[bytes.restore(source)] = hash
  end
  raw.sources = raw.sources and sources
  return raw
end

--- A raw profile that has been checked.
---@param text string
---@return table? raw
---@return string? message
---@return string? code "format" or "version"
function format.decode(text)
  local raw, message = parse(text)
  if raw == nil then
    return nil, "no JSON: " .. (message or "null"), "format"
  end
  local ok, complaint, code = check(raw)
  if not ok then
    return nil, complaint, code
  end
  return restore(raw)
end

return format
