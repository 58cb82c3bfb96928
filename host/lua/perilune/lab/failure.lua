--- What a dead or misbehaving solution gets to read: one line a cause.

local files = require("perilune.lab.files")
local format = require("perilune.format")

local failure = {}

local function as_is(message)
  return message
end

local LINES = {
  error = function(message)
    return "raises an error: " .. message
  end,
  time = function(message)
    return "does not come to an end: " .. message
  end,
  memory = function(_, limits)
    return ("needs more than %d MiB of memory"):format(limits.memory // 0x100000)
  end,
  exit = function(message)
    return ("ends its process instead of returning (%s)"):format(message)
  end,
  crash = function(message)
    return "crashes: " .. message
  end,
  output = function(message)
    return "prints too much: " .. message
  end,
  syntax = function(message)
    return "does not parse: " .. message
  end,
  missing = as_is,
  contract = as_is,
  data = function(message)
    return "returns what cannot be compared: " .. message
  end,
}

local function first_missing(names, wanted)
  local has = {}
  for _, name in ipairs(names) do
    has[name] = true
  end
  for _, name in ipairs(wanted) do
    if not has[name] then
      return name
    end
  end
end

--- Why a file's functions are not those that it must return.
---@param file string
---@param wanted string[]
---@param returned string[]
---@return string? message
function failure.of_contract(file, wanted, returned)
  local name = first_missing(returned, wanted)
  local names = #returned > 0 and table.concat(returned, ", ") or "an empty table"
  return name and ("%s returns no function %s (it returns: %s)"):format(files.basename(file), name,
    names)
end

--- What a solution's last line must be like.
---@param functions string[]
---@return string
function failure.contract_hint(functions)
  local fields = {}
  for i, name in ipairs(functions) do
    fields[i] = ("%s = %s"):format(name, name)
  end
  return ("end the file with: return { %s }"):format(table.concat(fields, ", "))
end

local function replace_all(text, old, new)
  return (text:gsub(old:gsub("%p", "%%%0"), (new:gsub("%%", "%%%%"))))
end

-- Lua shows no more than the end of a long path.
local LONGEST_SHOWN, END_SHOWN = 59, 56

--- A path as Lua's messages have it.
local function short_source(path)
  return #path > LONGEST_SHOWN and "..." .. path:sub(-END_SHOWN) or path
end

--- A text that names a file without its folder.
---@param text string
---@param file string path
---@return string
function failure.named(text, file)
  local name = files.basename(file)
  return replace_all(replace_all(text, file, name), short_source(file), name)
end

--- A message without the place of a driver in front: that is ours, and not to be corrected.
---@param message string
---@param driver string path
---@return string
function failure.without_place(message, driver)
  for _, source in ipairs({ driver, short_source(driver) }) do
    if message:sub(1, #source) == source then
      return (message:sub(#source + 1):gsub("^:%d+: ", ""))
    end
  end
  return message
end

-- Every starter's functions raise such an error.
local UNWRITTEN <const> = "write it: README.md tells what it is to do"

--- A result for a call into a child that failed.
---@param message string
---@param code string as `perilune.child` gives it
---@param limits table the exercise's
---@return table result
function failure.result(message, code, limits)
  message = format.printable((message:gsub("\nstack traceback:\n.*", "")
    :gsub("(module '[^\n]*' not found):\n\t.*", "%1")))
  local reason = message:match("is off limits: (.+)")
  if reason then
    local place = message:match("^([^:]+:%d+): ")
    return {
      status = "off limits", detail = place and ("%s (%s)"):format(reason, place) or reason,
      hint = "do without it, then check again",
    }
  end
  local line = (LINES[code] or as_is)(message, limits)
  local hint = message:find(" is not %a+ yet: ") and UNWRITTEN or "correct that, then check again"
  return { status = "fail", detail = line, code = code, hint = hint }
end

return failure
