--- What `perilune memory` asks of the process that it becomes: the words of PERILUNE_MEMORY.
---
---     mode=exact,by=line,sort=peak,limit=20,format=text,output=app.json
---
--- `output` is the last word and takes the rest.

local settings = {}

---@class MemorySettings
---@field mode "exact"|"sampled"
---@field interval? number bytes between samples
---@field frames? integer
---@field by "line"|"function"|"stack"
---@field sort "peak"|"held"|"allocated"
---@field limit integer rows; 0 for all
---@field format "text"|"json"
---@field output? string "-" is standard output; standard error where there is none

settings.BY = { "line", "function", "stack" }
settings.SORT = { "peak", "held", "allocated" }

local DEFAULTS = { mode = "exact", by = "line", sort = "peak", limit = 20, format = "text" }
local WORDS = { "mode", "interval", "frames", "by", "sort", "limit", "format", "output" }
local NUMBERS = { interval = true, frames = true, limit = true }

---@param wanted MemorySettings
---@return string
function settings.encode(wanted)
  local parts = {}
  for _, word in ipairs(WORDS) do
    if wanted[word] ~= nil then
      parts[#parts + 1] = word .. "=" .. tostring(wanted[word])
    end
  end
  return table.concat(parts, ",")
end

---@param text string
---@return MemorySettings
function settings.parse(text)
  local wanted = setmetatable({}, { __index = DEFAULTS })
  local words, output = text:match("^(.-),?output=(.*)$")
  wanted.output = output
  for word, value in (words or text):gmatch("(%l+)=([^,]*)") do
    wanted[word] = NUMBERS[word] and math.tointeger(tonumber(value)) or tonumber(value) or value
  end
  return wanted
end

return settings
