--- Figures of `perilune time` in a file, to be compared with later.
---
--- Times of two machines, or of one at two moments, are a poor comparison. So what was saved is run
--- again, in turn with what it is compared with, where the file holds all that it needs: code that
--- loads nothing. Of other code, and of scripts, only the figures are known.

local bench = require("perilune.bench")
local dkjson = require("dkjson")
local files = require("perilune.lab.files")

local saved = {}

local FORMAT, VERSION = "perilune time", 1
local KEYS = {
  "format", "version", "code", "setup", "prepare", "file", "median", "low", "high", "min", "runs",
  "calls", "samples", "environment",
}
local NUMBERS = { "median", "low", "high" }

---@class SavedTiming : perilune.bench.Timing
---@field setup? string
---@field prepare? string
---@field code? string
---@field file? string
---@field environment perilune.bench.Environment

---@param path string
---@param subject Subject
---@param timing perilune.bench.Timing
---@return boolean? ok
---@return string? message
function saved.write(path, subject, timing)
  local record = {
    format = FORMAT, version = VERSION, environment = bench.environment(),
    setup = subject.setup, prepare = subject.before, code = subject.code, file = subject.file,
  }
  for name, value in pairs(timing) do
    record[name] = value
  end
  return files.write(path, dkjson.encode(record, { indent = true, keyorder = KEYS }) .. "\n")
end

local function is_sound(record)
  if type(record) ~= "table" or record.format ~= FORMAT or type(record.environment) ~= "table" then
    return false
  end
  for _, name in ipairs(NUMBERS) do
    if type(record[name]) ~= "number" or not (record[name] > 0 and record[name] < math.huge) then
      return false
    end
  end
  local names = record.code or record.file
  return type(names) == "string" and type(record.setup or "") == "string"
    and type(record.prepare or "") == "string"
end

---@param path string
---@return SavedTiming? record
---@return string? message
function saved.read(path)
  local text, message = files.read(path)
  if not text then
    return nil, message
  end
  local record = dkjson.decode(text)
  if not is_sound(record) then
    return nil, path .. " holds no figures of `perilune time --save`"
  elseif record.version ~= VERSION then
    return nil, path .. " is of another version of perilune time"
  end
  return record
end

-- Words of code that may depend on files, which may have changed.
local LOADING = { "require", "dofile", "loadfile", "io", "os", "package", "_G", "_ENV" }

--- Whether code is all there is to it.
local function stands_alone(record)
  local text = table.concat({ record.setup or "", record.prepare or "", record.code or "" }, "\n")
  for _, word in ipairs(LOADING) do
    if text:find("%f[%w_]" .. word .. "%f[^%w_]") then
      return false
    end
  end
  return record.code ~= nil
end

--- Whether what was saved can be run again, and is not what is timed now.
---@param record SavedTiming
---@param subject Subject
---@return boolean
function saved.runs_again(record, subject)
  local same = record.code == subject.code and record.setup == subject.setup
    and record.prepare == subject.before
  return stands_alone(record) and not same
end

local SAME = { "processor", "cores", "governor", "lua" }

--- What tells that a file was saved on another machine.
---@param record SavedTiming
---@return string? difference nil when nothing does
function saved.foreign(record)
  local here, there = bench.environment(), record.environment
  for _, name in ipairs(SAME) do
    if here[name] ~= there[name] then
      return ("%s %s there, %s here"):format(
        name, tostring(there[name] or "unknown"), tostring(here[name] or "unknown"))
    end
  end
end

--- Whether B takes at most `1 / target` times the time of A, by what is known of each alone. Their
--- intervals are put against each other, which is wide, and right as long as the machine is as it
--- was.
---@param a SavedTiming
---@param b perilune.bench.Timing
---@param target? number
---@return {ratio: number, low: number, high: number, verdict: string, a: number, b: number}
function saved.compare(a, b, target)
  local low, high = a.low / b.high, a.high / b.low
  target = target or 1
  return {
    ratio = a.median / b.median, low = low, high = high, a = a.median, b = b.median,
    verdict = low >= target and "pass" or high < target and "fail" or "inconclusive",
  }
end

--- A comparison the other way round.
function saved.turned(compared)
  return { ratio = 1 / compared.ratio, low = 1 / compared.high, high = 1 / compared.low }
end

return saved
