--- How public functions refuse what is wrong among their arguments: by an error that names it and
--- points to the line of their caller. To be called by the public function itself, not in a tail
--- call.

local arguments = {}

---@class ArgumentKind
---@field [1] string what is expected
---@field [2] fun(value: any): boolean whether it is that

local function is_callable(value)
  local metatable = debug.getmetatable(value)
  return type(value) == "function" or metatable and rawget(metatable, "__call") ~= nil
end

local function is_integer_from(least)
  return function(value)
    return math.type(value) ~= nil and value >= least and math.tointeger(value) ~= nil
  end
end

local function is_positive(value)
  return math.type(value) ~= nil and value > 0 and value < math.huge
end

local function is_a(wanted)
  return { wanted, function(value) return type(value) == wanted end }
end

arguments.ANY = { "anything", function() return true end }
arguments.FUNCTION = { "function", is_callable }
arguments.STRING, arguments.BOOLEAN = is_a("string"), is_a("boolean")
arguments.FROM_0 = { "an integer from 0", is_integer_from(0) }
arguments.FROM_1 = { "an integer from 1", is_integer_from(1) }
arguments.POSITIVE = { "a number above 0", is_positive }

--- A value's type, or the name that its metatable has for it.
---@param value any
---@return string
function arguments.type_name(value)
  local metatable = debug.getmetatable(value)
  local name = metatable and rawget(metatable, "__name")
  return type(name) == "string" and name or type(value)
end

local type_name = arguments.type_name

--- A value as messages show it: a number, a short text, else its type.
---@param value any
---@return string
function arguments.shown(value)
  if type(value) == "string" then return ("%q"):format(value:sub(1, 40)) end
  return math.type(value) and tostring(value) or type_name(value)
end

local shown = arguments.shown

--- For a check of one's own, which the public function calls: raises the error.
---@param place integer of the argument
---@param name string of the public function
---@param text string
function arguments.refuse(place, name, text)
  error(("bad argument #%d to '%s' (%s)"):format(place, name, text), 4)
end

local refuse = arguments.refuse

---@param place integer
---@param name string
---@param value any
---@param kind ArgumentKind
function arguments.check(place, name, value, kind)
  if not kind[2](value) then
    refuse(place, name, ("%s expected, got %s"):format(kind[1], shown(value)))
  end
end

--- For a check of a method's own, which the method calls: raises the error.
---@param name string of the method
---@param expected string
---@param self any
function arguments.refuse_self(name, expected, self)
  error(("calling '%s' on bad self (%s expected, got %s)"):format(
    name, expected, type_name(self)), 4)
end

---@param key any
---@param known table<string, any> the options that there are
---@return string text
function arguments.no_option(key, known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names)
  return ("there is no option %s; the options: %s"):format(shown(key), table.concat(names, ", "))
end

--- What is wrong with one option, if anything is.
---@param key any
---@param value any
---@param known table<string, ArgumentKind>
---@return string? text
function arguments.why_not(key, value, known)
  local kind = known[key]
  if not kind then return arguments.no_option(key, known) end
  if kind[2](value) then return nil end
  return ("option '%s': %s expected, got %s"):format(key, kind[1], shown(value))
end

---@param place integer
---@param name string
---@param given any
---@param known table<string, ArgumentKind> the options that there are
---@return table options
function arguments.options(place, name, given, known)
  if given ~= nil and type(given) ~= "table" then
    refuse(place, name, "table expected, got " .. shown(given))
  end
  for key, value in pairs(given or {}) do
    local text = arguments.why_not(key, value, known)
    if text then refuse(place, name, text) end
  end
  return given or {}
end

return arguments
