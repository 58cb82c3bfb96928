--- The sides that copies go between: the program, and workers with globals of their own. (Modules
--- are the program's, with its globals, whoever requires them.)

local sides = {}

local GLOBALS <const> = _ENV

local STANDARD <const> = [[
  _VERSION assert collectgarbage coroutine debug dofile error getmetatable io ipairs load loadfile
  math next os package pairs pcall print rawequal rawget rawlen rawset require select setmetatable
  string table tonumber tostring type utf8 warn xpcall]]

-- As they are before the program changes one of them.
local standard = {}
for name in STANDARD:gmatch("%S+") do standard[name] = rawget(GLOBALS, name) end

--- That whose code runs: the program's, but while a worker has a task.
---@type perilune.script.pool.Side
sides.current = { globals = GLOBALS, own = {}, originals = {} }

-- For __index of a worker's globals: what its owner has, it misses loudly.
local function missing(owner)
  return function(_, name)
    if type(name) == "string" and rawget(owner.globals, name) ~= nil then
      error(("global '%s' is not set in a worker: make it local, hand it over as an argument, "
        .. "or set it in init"):format(name), 2)
    end
  end
end

-- The functions of Lua's own whose chunks get the globals.
local function loaders(globals)
  local own = {}
  function own.load(chunk, name, mode, ...)
    if select("#", ...) > 0 then return load(chunk, name, mode, ...) end
    return load(chunk, name, mode, globals)
  end
  function own.loadfile(file, mode, ...)
    if select("#", ...) > 0 then return loadfile(file, mode, ...) end
    return loadfile(file, mode, globals)
  end
  function own.dofile(file)
    return assert(loadfile(file, nil, globals))()
  end
  return own
end

local function replace(side, original, own)
  side.own[original], side.originals[own] = own, original
end

--- A worker's side.
---@param owner perilune.script.pool.Side
---@param exit function the original of os.exit, and
---@param leave function what stands for it
---@return perilune.script.pool.Side
function sides.worker(owner, exit, leave)
  local globals = setmetatable({}, { __index = missing(owner) })
  local side = { globals = globals, own = {}, originals = {} }
  for name, value in next, standard do globals[name] = value end
  globals._G = globals
  replace(side, exit, leave)
  for name, fn in next, loaders(globals) do
    globals[name] = fn
    replace(side, standard[name], fn)
  end
  return side
end

return sides
