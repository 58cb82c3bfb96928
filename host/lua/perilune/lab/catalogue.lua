--- Which exercises there are, and where.

local files = require("perilune.lab.files")

local catalogue = {}

---@class Entry
---@field number integer
---@field name string        `duplicates`
---@field id string          `02-duplicates`, the folder that `start` makes
---@field folder string      where the exercise is kept

---@return string folder that holds the exercises
local function root()
  return os.getenv("PERILUNE_EXERCISES") or require("perilune.host").exercises
end

---@param name string? a folder's name
---@return integer? number
---@return string? name
local function split(name)
  local number, rest = (name or ""):match("^(%d%d)%-(.+)$")
  return math.tointeger(tonumber(number)), rest
end

--- The exercises that are here, by number.
---@return Entry[]? entries
---@return string? message
function catalogue.list()
  local folder = root()
  local names, message = files.list(folder)
  if not names then
    return nil, ("the exercises cannot be read: %s"):format(message)
  end
  local entries = {}
  for _, id in ipairs(names) do
    local number, name = split(id)
    if number and files.kind(folder .. "/" .. id .. "/exercise.lua") == "file" then
      local place = folder .. "/" .. id
      entries[#entries + 1] = { number = number, name = name, id = id, folder = place }
    end
  end
  return entries
end

local function names_it(entry, text)
  return tonumber(text) == entry.number or text == entry.name or text == entry.id
end

local function known(entries)
  local names = {}
  for i, entry in ipairs(entries) do
    names[i] = ("%d (%s)"):format(entry.number, entry.name)
  end
  return #names > 0 and table.concat(names, ", ") or "none"
end

--- `2`, `02`, `duplicates` and `02-duplicates` name the same exercise.
---@param text string
---@return Entry? entry
---@return string? message
function catalogue.find(text)
  local entries, message = catalogue.list()
  if not entries then
    return nil, message
  end
  for _, entry in ipairs(entries) do
    if names_it(entry, text) then
      return entry
    end
  end
  return nil, ("no exercise '%s'; there is: %s"):format(text, known(entries))
end

return catalogue
