--- What could stand for the word before the cursor: fields of what its path leads to, words of Lua,
--- modules in `require "..."`, the prompt's own commands.

local ask = require("perilune.cli.prompt.ask")

local KEYWORDS <const> = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}

local MOST_PARENTS <const> = 10

--- Adds the names of a value's fields, inherited ones too, without calling anything of its own.
local function add_fields(found, value, only_functions)
  for _ = 1, MOST_PARENTS do
    local meta = debug.getmetatable(value)
    for key, field in next, type(value) == "table" and value or {} do
      local wanted = not only_functions or type(field) == "function"
      if wanted and type(key) == "string" and key:find("^[%a_][%w_]*$") then
        found[key] = true
      end
    end
    value = type(meta) == "table" and rawget(meta, "__index") or nil
    if value == nil then return end
  end
end

local function field_of(value, name)
  for _ = 1, MOST_PARENTS do
    local own = type(value) == "table" and rawget(value, name) or nil
    if own ~= nil then return own end
    local meta = debug.getmetatable(value)
    value = type(meta) == "table" and rawget(meta, "__index") or nil
    if value == nil then return nil end
  end
end

--- What `a.b.` or `a:` stands for.
local function resolve(path)
  local value = _G
  for name in path:gmatch("[%a_][%w_]*") do
    value = field_of(value, name)
    if value == nil then return nil end
  end
  return value
end

local function matching(prefix, names, partial)
  local list = {}
  for name in pairs(names) do
    if name:sub(1, #partial) == partial then
      list[#list + 1] = prefix .. name
    end
  end
  table.sort(list)
  return list
end

--- What stands deeper is nobody else's to require, but for the two versions of a core.
local function is_public(name)
  return not name:find("^perilune%..*%.") or name:find("^perilune%.native%.%l+$")
    or name:find("^perilune%.script%.%l+$")
end

local function modules()
  local names = {}
  for _, place in ipairs({ package.preload, package.loaded }) do
    for name in pairs(place) do
      if is_public(name) then names[name] = true end
    end
  end
  return names
end

local function names_of(path, partial)
  local found = {}
  if path ~= "" then
    add_fields(found, resolve(path), path:sub(-1) == ":")
    return found
  end
  add_fields(found, _G)
  for _, word in ipairs(partial ~= "" and KEYWORDS or {}) do found[word] = true end
  return found
end

---@param line string up to the cursor
---@param word string its end, from the last sign that no name can have
---@return string[] candidates in place of the word
return function(line, word)
  if line:find("^:%a*$") then
    return matching(":", ask.names, word:sub(2))
  elseif line:find("require%s*%(?%s*[\"'][%w_.]*$") then
    return matching("", modules(), word)
  end
  local path, partial = word:match("^(.-)([%a_]?[%w_]*)$")
  if path ~= "" and not path:find("^[%a_][%w_.]*[.:]$") then
    return {}
  end
  return matching(path, names_of(path, partial), partial)
end
