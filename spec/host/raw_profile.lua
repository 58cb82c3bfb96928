--- Raw profiles for specs, from a nested description.

--- @class Described {name, self, calls, kind?, line?, Described...}

local function function_index(raw, described, script)
  local kind, line = described.kind or "Lua", described.line or -1
  for i, fn in ipairs(raw.functions) do
    if fn.name == described[1] and fn.kind == kind then return i end
  end
  local source = kind == "C" and "=[C]" or kind == "root" and "=(root)" or "@" .. script
  table.insert(raw.functions, { name = described[1], source = source, line = line, kind = kind })
  return #raw.functions
end

local function add(raw, described, parent, script)
  local nodes = raw.nodes
  local i = #nodes.parent + 1
  nodes.parent[i], nodes.calls[i], nodes.self[i] = parent, described[3], described[2]
  nodes["function"][i] = function_index(raw, described, script)
  for child = 4, #described do add(raw, described[child], i, script) end
end

--- A profile in calls mode of a script.
---@param script string its path
---@param hash string
---@param described table the main chunk: {name, self, calls, kind?, line?, children...}
---@return table raw
return function(script, hash, described)
  local raw = {
    format = "perilune-profile", version = 1, mode = "calls", clock = "monotonic", time = 1.5e9,
    script = { path = script, hash = hash }, processes = 1, functions = {}, notes = {},
    nodes = { parent = {}, ["function"] = {}, calls = {}, self = {} },
  }
  add(raw, { "(program)", 0.0, 0, kind = "root", described }, 0, script)
  local seconds = 0.0
  for _, self in ipairs(raw.nodes.self) do seconds = seconds + self end
  raw.duration, raw.cpu = seconds * 1.2, seconds * 1.1
  return raw
end
