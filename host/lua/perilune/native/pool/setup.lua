--- What a worker calls before its first task: these functions go to it as any task's.

local setup = {}

local MISSING <const> = "global '%s' is not set in a worker: make it local, hand it over as an "
  .. "argument, or set it in init"

--- The chosen implementations of cores, and which globals to miss loudly: those of the program that
--- a worker has not.
function setup.begin(choice, names)
  if choice then
    local ok, why = require("perilune.impl").set(choice)
    if not ok then error(why, 0) end
  end
  local metatable = {}
  function metatable.__index(_, name)
    if names[name] then error(MISSING:format(name), 2) end
  end
  -- Found again by setup.miss.
  metatable.names = names
  setmetatable(_G, metatable)
end

--- Further names of globals that the program has got since.
function setup.miss(more)
  local metatable = getmetatable(_G)
  for name in pairs(more) do metatable.names[name] = true end
end

return setup
