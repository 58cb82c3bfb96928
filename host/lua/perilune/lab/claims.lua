--- Functions that a text names, with what it says about each.

local answers = require("perilune.lab.answers")

local claims = {}

---@class Claim
---@field spot Hotspot
---@field line integer  of answers.md
---@field text string   from the function's line, or its name, to the next claim

local function is_code(text, at, after)
  return text:sub(at - 1, at - 1) == "`" or text:find("^`", after) or text:find("^%(", after)
end

--- The function that a word means. A C function without a dot in its name (`type`, `select`) may be
--- a word of English, so it must look like code.
local function spot_of(spots, text, at, word, after)
  local file, line = word:match("^(.+):(%d+)$")
  if file == spots.script then
    return spots.at[tonumber(line)]
  elseif word == "main" and text:find("^ chunk", after) then
    return spots.named["main chunk"]
  end
  local spot = spots.named[word]
  if spot and (spot.kind == "Lua" or word:find(".", 1, true) or is_code(text, at, after)) then
    return spot
  end
end

--- The functions that a line names: {at, after, spot}.
local function mentions(spots, text)
  local found = {}
  for at, word in text:gmatch("()([%a_][%w_.:]*)") do
    word = word:gsub("[.:]+$", "")
    local spot = spot_of(spots, text, at, word, at + #word)
    if spot then
      found[#found + 1] = { at = at, after = at + #word, spot = spot }
    end
  end
  return found
end

local function has_figure(text)
  return (answers.percent(text) or answers.seconds(text)) ~= nil
end

--- Where a line's claims begin. A later name begins one of its own only when a figure stands before
--- it and one behind: else it tells more about the first.
local function starts(found, text)
  local kept = { found[1] }
  for i = 2, #found do
    local last, this = kept[#kept], found[i]
    local rest = text:sub(this.after, found[i + 1] and found[i + 1].at - 1 or -1)
    if this.spot ~= last.spot and has_figure(text:sub(last.after, this.at - 1))
      and has_figure(rest) then
      kept[#kept + 1] = this
    end
  end
  return kept
end

--- An indented line without a bullet goes on with what the line above says.
local function is_continued(text)
  return text:find("^%s%s") and not text:find("^%s+[-*+|]") and not text:find("^%s+%d+[.)]")
end

local function extend(list, text)
  local last = list[#list]
  if last then
    last.text = last.text .. "\n" .. text
  end
end

local function add_line(list, spots, text, number)
  local found = mentions(spots, text)
  if #found == 0 or #list > 0 and is_continued(text) then
    return extend(list, text)
  end
  local kept = starts(found, text)
  for i, mention in ipairs(kept) do
    local from = i == 1 and 1 or mention.at
    local to = kept[i + 1] and kept[i + 1].at - 1 or -1
    list[#list + 1] = { spot = mention.spot, line = number, text = text:sub(from, to) }
  end
end

--- One claim a line that names a function of the profile; more when each has its figure.
---@param section Section
---@param spots Hotspots
---@return Claim[]
function claims.read(section, spots)
  local list, number = {}, section.line
  for text in (section.text .. "\n"):gmatch("(.-)\n") do
    add_line(list, spots, text, number)
    number = number + 1
  end
  return list
end

return claims
