--- Raw profiles made by hand, whose answers are known.

local made = {}

made.FUNCTIONS = {
  root = { name = "(program)", source = "=(root)", line = -1, kind = "root" },
  main = { name = "main chunk", source = "@app.lua", line = 0, last = -1, kind = "main" },
  work = { name = "work", source = "@app.lua", line = 10, last = 20, kind = "Lua" },
  fib = { name = "fib", source = "@app.lua", line = 3, last = 8, kind = "Lua" },
  even = { name = "even", source = "@app.lua", line = 30, last = 32, kind = "Lua" },
  odd = { name = "odd", source = "@app.lua", line = 34, last = 36, kind = "Lua" },
  helper = { name = "helper", source = "@lib/text.lua", line = 7, last = 9, kind = "Lua" },
  rep = { name = "string.rep", source = "=[C]", line = -1, last = -1, kind = "C" },
  sort = { name = "table.sort", source = "=[C]", line = -1, last = -1, kind = "C" },
  less = { name = "less", source = "@app.lua", line = 40, last = 41, kind = "Lua" },
  parse = { name = "parse", source = "=(zone)", line = -1, last = -1, kind = "zone" },
}

local function copy(fn)
  local new = {}
  for key, value in pairs(fn) do
    new[key] = value
  end
  return new
end

-- Every figure a context may have, besides its function and children.
local FIGURES = { "tail", "wait", "suspended", "samples", "bytes", "blocks" }

--- A raw profile from nested contexts: {function, calls, self, wait = ..., children...}. A function
--- is a name in FUNCTIONS, or a table of its own.
---@param root table
---@param head? table fields of the profile
---@return table raw
function made.profile(root, head)
  local raw = {
    format = "perilune-profile", version = 1, mode = "calls", clock = "monotonic",
    time = 1763800000.25, duration = 1.5, cpu = 1.25, processes = 1,
    script = { path = "app.lua" }, sources = {}, notes = {},
    collector = { cycles = 3, mode = "incremental" },
    functions = {}, nodes = { parent = {}, ["function"] = {}, calls = {}, self = {} },
  }
  local nodes, indices = raw.nodes, {}
  local function index_of(fn)
    if not indices[fn] then
      raw.functions[#raw.functions + 1] = copy(made.FUNCTIONS[fn] or fn)
      indices[fn] = #raw.functions
    end
    return indices[fn]
  end
  local function add(context, parent)
    local i = #nodes.parent + 1
    nodes.parent[i], nodes["function"][i] = parent, index_of(context[1])
    nodes.calls[i], nodes.self[i] = context[2], context[3]
    for _, figure in ipairs(FIGURES) do
      if context[figure] then
        nodes[figure] = nodes[figure] or {}
        nodes[figure][i] = context[figure]
      end
    end
    for j = 4, #context do
      add(context[j], i)
    end
  end
  add(root, 0)
  for _, figure in ipairs(FIGURES) do
    for i = 1, nodes[figure] and #nodes.parent or 0 do
      nodes[figure][i] = nodes[figure][i] or 0
    end
  end
  for field, value in pairs(head or {}) do
    raw[field] = value
  end
  return raw
end

--- Where a line of an `app.lua` of the profile's spent its time: {function, line, count, self}.
---@param raw table
---@param rows table[]
---@return table raw
function made.with_lines(raw, rows)
  local lines = { ["function"] = {}, line = {}, count = {}, self = {} }
  for i, row in ipairs(rows) do
    for j, fn in ipairs(raw.functions) do
      if fn.name == row[1] then
        lines["function"][i] = j
      end
    end
    lines.line[i], lines.count[i], lines.self[i] = row[2], row[3], row[4]
  end
  raw.lines = lines
  return raw
end

--- Recursion, direct and mutual, a C function that calls back, a zone:
--- fib 5 calls, 1 of them from outside; even and odd call each other.
---@return table raw
function made.program()
  return made.profile({ "root", 0, 0,
    { "main", 1, 0.125,
      { "fib", 1, 0.25, { "fib", 2, 0.5, { "fib", 2, 0.0625 } } },
      { "work", 4, 1, wait = 0.5,
        { "rep", 40, 2 },
        { "parse", 4, 0.25, { "helper", 8, 0.5, suspended = 3 } } },
      { "sort", 1, 0.125, { "less", 100, 0.375 } },
      { "even", 1, 0.5, { "odd", 1, 0.25, { "even", 1, 0.125, { "odd", 1, 0.0625 } } } },
      { "helper", 2, 0.25 },
    },
  })
end

return made
