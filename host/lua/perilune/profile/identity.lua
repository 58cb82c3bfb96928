--- Which function is which: within a profile, and in two of them.

local identity = {}

--- Functions of one key are one function to every view.
---@param fn table of a raw profile's `functions`
---@return string
function identity.key(fn)
  return ("%s\0%s\0%d\0%d\0%s"):format(fn.kind, fn.source, fn.line, fn.last or -1, fn.name)
end

--- For each function the index of the first one of its key.
---@param functions table[]
---@return integer[]
function identity.groups(functions)
  local groups, seen = {}, {}
  for i, fn in ipairs(functions) do
    local key = identity.key(fn)
    seen[key] = seen[key] or i
    groups[i] = seen[key]
  end
  return groups
end

--- The script under one name, so that two versions of a program in two files can be compared.
local function source_of(raw, fn)
  local script = raw.script and "@" .. raw.script.path
  return fn.source == script and "@(script)" or fn.source
end

local function exactly(raw, fn)
  return ("%s\0%s\0%d\0%s"):format(fn.kind, source_of(raw, fn), fn.line, fn.name)
end

--- A position in a file means something only while the file is the same.
local function by_position(raw, fn)
  local hash = raw.sources and raw.sources[fn.source]
  return hash and fn.line > 0 and ("%s\0%d\0%d"):format(hash, fn.line, fn.last or -1)
end

local function by_name(raw, fn)
  return fn.kind ~= "C" and ("%s\0%s\0%s"):format(fn.kind, source_of(raw, fn), fn.name)
end

--- Functions not yet matched by key; false for a key that two of them have.
local function unique(raw, key_of, taken)
  local found, groups = {}, identity.groups(raw.functions)
  for i, fn in ipairs(raw.functions) do
    local key = groups[i] == i and not taken[i] and key_of(raw, fn)
    if key then
      found[key] = found[key] == nil and i or false
    end
  end
  return found
end

local function match_by(old, new, key_of, to_old, to_new)
  local candidates = unique(old, key_of, to_new)
  for key, j in pairs(unique(new, key_of, to_old)) do
    local i = candidates[key]
    if i and j then
      to_old[j], to_new[i] = i, j
    end
  end
end

--- Matches the functions of two profiles: by kind, source, line and name; then, in a file that is
--- the same, by position alone, as a function goes by several names; and, where `moved`, by name
--- alone, as lines move when a program is edited. What is not unique on both sides stays unmatched.
---@param old table raw profile
---@param new table raw profile
---@param moved boolean
---@return table<integer, integer> to_old from an index in `new` to one in `old`, each the first of
---  its group
function identity.match(old, new, moved)
  local to_old, to_new = {}, {}
  for _, key_of in ipairs({ exactly, by_position, moved and by_name or nil }) do
    match_by(old, new, key_of, to_old, to_new)
  end
  return to_old
end

return identity
