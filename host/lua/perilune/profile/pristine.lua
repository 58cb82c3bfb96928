--- The standard library as it is now, for a time when a program may have changed all of it.

local getmetatable, setmetatable = debug.getmetatable, debug.setmetatable
local next, rawequal, rawset, rawget = next, rawequal, rawset, rawget

local LIBRARIES = { "io", "os", "string", "table", "math", "debug", "utf8", "coroutine", "package",
  "arg" }

--- Tables whose fields are to be as they were.
local function tables()
  local list = { _G, package.loaded, package.preload, getmetatable(""),
    getmetatable(io.stderr), getmetatable(io.stderr).__index }
  for _, name in ipairs(LIBRARIES) do
    list[#list + 1] = type(_G[name]) == "table" and _G[name] or nil
  end
  return list
end

local function copy(from)
  local to = {}
  for key, value in next, from do
    to[key] = value
  end
  return to
end

--- Puts fields and metatable as `kept` has them; what has been added stays.
local function restore(kept)
  setmetatable(kept.table, kept.metatable)
  for key, value in next, kept.fields do
    if not rawequal(rawget(kept.table, key), value) then
      rawset(kept.table, key, value)
    end
  end
end

---@return fun() restore puts the standard library back to what it was at this call
return function()
  local all = {}
  for i, one in ipairs(tables()) do
    all[i] = { table = one, fields = copy(one), metatable = getmetatable(one) }
  end
  return function()
    for i = 1, #all do
      restore(all[i])
    end
  end
end
