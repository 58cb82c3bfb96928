--- What the functions of perilune.bench take, and how they refuse the rest.

local check = {}

-- Level 4: the caller of the public function, below the one that calls this.
local function bad(place, name, text)
  error(("bad argument #%d to '%s' (%s)"):format(place, name, text), 4)
end

local function is_callable(value)
  local metatable = debug.getmetatable(value)
  return type(value) == "function" or metatable and rawget(metatable, "__call") ~= nil
end

local function is_positive(value)
  return math.type(value) ~= nil and value > 0 and value < math.huge
end

local function is_count(value)
  return math.type(value) ~= nil and value >= 1 and math.tointeger(value) ~= nil
end

local FUNCTION <const> = { "function", is_callable }
local SECONDS <const> = { "seconds above 0", is_positive }
local COUNT <const> = { "an integer from 1", is_count }
local RATIO <const> = { "a number above 0", is_positive }
local FLAG <const> = { "boolean", function(value) return type(value) == "boolean" end }

-- Of each function, the options that it has.
local OPTIONS <const> = {
  timeit = {
    runs = COUNT, calls = COUNT, prepare = FUNCTION, min_time = SECONDS, loop = FLAG,
    clock = FUNCTION,
  },
  paired = { target = RATIO, min_pairs = COUNT, max_pairs = COUNT },
  compare = { target = RATIO, min_pairs = COUNT, max_pairs = COUNT, prepare = FUNCTION },
  scaling = { prepare = FUNCTION },
}
OPTIONS.ranked = OPTIONS.paired

local function shown(value)
  return math.type(value) and tostring(value) or type(value)
end

local function names(options)
  local list = {}
  for name in pairs(options) do list[#list + 1] = name end
  table.sort(list)
  return table.concat(list, ", ")
end

---@param place integer of the argument
---@param name string of the public function
---@param value any
function check.callable(place, name, value)
  if not is_callable(value) then
    bad(place, name, "function expected, got " .. shown(value))
  end
end

--- Sides to be ranked.
function check.sides(value)
  if type(value) ~= "table" then
    bad(2, "ranked", "table expected, got " .. shown(value))
  elseif #value < 2 then
    bad(2, "ranked", ("two sides expected at least, got %d"):format(#value))
  end
end

--- Sizes between which something may grow.
function check.sizes(value)
  if type(value) ~= "table" then
    bad(2, "scaling", "table expected, got " .. shown(value))
  end
  local different = false
  for i, size in ipairs(value) do
    if not is_positive(size) then
      bad(2, "scaling", ("item %d: a number above 0 expected, got %s"):format(i, shown(size)))
    end
    different = different or size ~= value[1]
  end
  if not different then bad(2, "scaling", "two different sizes expected at least") end
end

---@param place integer
---@param name string
---@param given any
---@return table options
function check.options(place, name, given)
  if given ~= nil and type(given) ~= "table" then
    bad(place, name, "table expected, got " .. shown(given))
  end
  for key, value in pairs(given or {}) do
    local option = OPTIONS[name][key]
    if not option then
      bad(place, name, ('there is no option "%s"; the options: %s'):format(
        tostring(key), names(OPTIONS[name])))
    elseif not option[2](value) then
      bad(place, name, ("option '%s': %s expected, got %s"):format(key, option[1], shown(value)))
    end
  end
  return given or {}
end

return check
