--- The implementations of a core that its contract is tried on: the script version, the native one,
--- and the file that PERILUNE_IMPL or --impl names, if any.
local impl = require("perilune.impl")

local function module_of(core, kind)
  if kind == "script" or kind == "native" then
    return require(("perilune.%s.%s"):format(kind, core))
  end
  return impl.load(core)
end

--- Iterates over tag, module, and what --impl calls it.
return function(core)
  local kinds = { "script", "native" }
  local chosen = impl.chosen(core)
  if chosen ~= "script" and chosen ~= "native" then kinds[3] = chosen end
  return coroutine.wrap(function()
    for _, kind in ipairs(kinds) do
      coroutine.yield("#" .. kind:gsub("%W", "_"), module_of(core, kind), kind)
    end
  end)
end
