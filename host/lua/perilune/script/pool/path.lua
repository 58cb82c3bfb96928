--- Where among the values that were to be sent one is that cannot be.

local path = {}

-- Taken now: where code is judged, they are off limits to it later.
local getinfo <const>, getmetatable <const> = debug.getinfo, debug.getmetatable

--- The step from a table to its metatable.
path.METATABLE = {}

local MOST_STEPS <const> = 16
local MOST_SHOWN <const> = 40
local NAMELESS <const> = "C function that no module has"

local function name_of(userdata)
  local metatable = getmetatable(userdata)
  local name = metatable and rawget(metatable, "__name")
  return type(name) == "string" and name
end

--- What a value is called that cannot be sent.
---@param value any
---@return string
function path.kind(value)
  local kind = type(value)
  if kind == "function" and getinfo(value, "S").what == "C" then return NAMELESS end
  if kind == "userdata" then return name_of(value) or kind end
  return kind == "thread" and "coroutine" or kind
end

local function key_of_text(text)
  if #text <= MOST_SHOWN and text:find("^[%a_][%w_]*$") then return "." .. text end
  local shown = text:sub(1, MOST_SHOWN):gsub("[^\32-\126]", "?")
  return ('["%s%s"]'):format(shown, #text > MOST_SHOWN and "..." or "")
end

local function step_from_table(key)
  local kind = type(key)
  if rawequal(key, path.METATABLE) then return ", metatable" end
  if kind == "string" then return key_of_text(key) end
  if kind == "number" or kind == "boolean" then return ("[%s]"):format(key) end
  return ("[a %s]"):format(kind == "thread" and "coroutine" or kind)
end

local function step_from(node, step)
  if node.kind == "function" then return (", upvalue '%s'"):format(step) end
  return step_from_table(step)
end

--- The way to what was met at `step` of `holder`; of a long one the end.
---@param label string of the values: "argument %d"
---@param holder? perilune.script.pool.Node
---@param step any
---@return string
function path.to(label, holder, step)
  local steps = {}
  while holder do
    if #steps < MOST_STEPS then table.insert(steps, 1, step_from(holder, step)) end
    if #steps == MOST_STEPS and holder.holder then steps[0] = "..." end
    holder, step = holder.holder, holder.step
  end
  return label:format(step) .. (steps[0] or "") .. table.concat(steps)
end

return path
