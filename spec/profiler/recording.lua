--- Records a function, and tells its profile as a tree.
local recorder = require("perilune.recorder")
local uv = require("luv")

local recording = {}

--- The module spec/profiler/burner.c, built beside the program; nil where it is not.
recording.burner = (function()
  local library = uv.exepath():match("^(.*)/") .. "/spec/burner.so"
  local open = package.loadlib(library, "luaopen_burner")
  return open and open()
end)()

--- Ways to record calls exactly; what a test says of calls holds in each.
recording.EXACT = {
  { name = "calls", mode = "calls" },
  { name = "calls, by the public API", mode = "calls", layout = "public" },
  { name = "lines", mode = "lines" },
  { name = "memory", mode = "memory" },
}

recording.SAMPLING = {
  { name = "samples", mode = "sample", interval = 0.0002 },
  { name = "samples, by the public API", mode = "sample", interval = 0.0002, layout = "public" },
}

---@class Recorded a node of the tree
---@field name string
---@field kind string
---@field source string
---@field line integer
---@field calls integer
---@field self number
---@field total number seconds of work in it and below; what it waited is left out
---@field [integer] Recorded children

local OPTIONAL <const> = { "tail", "wait", "suspended", "samples", "bytes", "blocks" }

-- The lines of each file, to name functions by: what C calls has no name for Lua.
local lines_of = setmetatable({}, { __index = function(files, source)
  local lines = {}
  for line in io.lines(source:sub(2)) do lines[#lines + 1] = line end
  files[source] = lines
  return lines
end })

local function name_of(fn)
  if fn.kind ~= "Lua" or not uv.fs_stat(fn.source:sub(2)) then return fn.name end
  local text = lines_of[fn.source][fn.line]
  return text:match("function ([%w_]+)%(") or text:match("([%w_]+) = function") or fn.name
end

local function node_of(raw, i)
  local fn = raw.functions[raw.nodes["function"][i]]
  local node = {
    name = name_of(fn), kind = fn.kind, source = fn.source, line = fn.line,
    calls = raw.nodes.calls[i], self = raw.nodes.self[i],
  }
  for _, column in ipairs(OPTIONAL) do
    node[column] = raw.nodes[column] and raw.nodes[column][i] or 0
  end
  node.total = node.self - node.wait
  return node
end

--- The root of a raw profile's tree.
---@return Recorded
function recording.tree(raw)
  local nodes = {}
  for i, parent in ipairs(raw.nodes.parent) do
    nodes[i] = node_of(raw, i)
    if parent > 0 then table.insert(nodes[parent], nodes[i]) end
  end
  for i = #nodes, 2, -1 do
    local parent = nodes[raw.nodes.parent[i]]
    parent.total = parent.total + nodes[i].total
  end
  return nodes[1]
end

--- The first node of that name, depth first.
function recording.find(node, name)
  if node.name == name then return node end
  for _, child in ipairs(node) do
    local found = recording.find(child, name)
    if found then return found end
  end
end

--- The node at the end of a chain of names below `node`.
function recording.at(node, ...)
  for _, name in ipairs({ ... }) do
    local found
    for _, child in ipairs(node) do
      if child.name == name then found = child end
    end
    if not found then return nil end
    node = found
  end
  return node
end

--- Calls `visit` with a node and all below it.
function recording.walk(node, visit)
  visit(node)
  for _, child in ipairs(node) do recording.walk(child, visit) end
end

--- How many calls the tree has of that name, and how many nodes.
function recording.count(node, name)
  local calls, nodes = 0, 0
  recording.walk(node, function(item)
    if item.name == name then calls, nodes = calls + item.calls, nodes + 1 end
  end)
  return calls, nodes
end

--- What is below a node, in one line: `pcall 1 (f 1 (error 1)) leaf 2`.
function recording.outline(node)
  local parts = {}
  for _, child in ipairs(node) do
    local below = recording.outline(child)
    parts[#parts + 1] = child.name .. " " .. child.calls .. (below ~= "" and " (" .. below .. ")"
      or "")
  end
  return table.concat(parts, " ")
end

local function subject_of(raw)
  return recording.find(recording.tree(raw), "subject")
end

--- Calls `subject` while it is recorded. Its error is raised once the recording has ended.
---@param way table options for recorder.start
---@param subject function
---@return Recorded node of `subject`
---@return table raw the whole profile
function recording.of(way, subject)
  assert(recorder.start(way))
  local ok, message = pcall(function()
    subject()
  end)
  local raw = recorder.stop()
  assert(ok, message)
  return subject_of(raw), raw
end

--- `it`, once for each way.
function recording.each(ways, name, test)
  for _, way in ipairs(ways) do
    require("busted").it(name .. " #" .. way.name, function() test(way) end)
  end
end

recording.recorder = recorder

return recording
