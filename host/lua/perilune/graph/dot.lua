--- A graph in the language of Graphviz.

local reading = require("perilune.graph.reading")
local no_option = require("perilune.arguments").no_option

local MOST <const> = 1000 -- nodes in a picture that names none
local LONGEST <const> = 40 -- characters of a label

local HEAD <const> = [[
  graph [pad=0.3, nodesep=0.35, ranksep=0.55];
  node [shape=box, style="rounded,filled", fillcolor="#f4f7fa", color="#8696a7",
    fontname="Helvetica", fontsize=12, fontcolor="#1d2733", height=0.35, margin="0.14,0.06"];
  edge [color="#5f6f80", arrowsize=0.7, fontname="Helvetica", fontsize=10, fontcolor="#5f6f80"];
]]
local HELD <const> = 'penwidth=2.6, color="#1d2733"'
local GARBAGE <const> = 'fillcolor="#fde8e8", color="#d32f2f", fontcolor="#a61b1b"'
local GARBAGE_EDGE <const> = 'color="#d32f2f"'

local dot = {}

local function shortened(text)
  local cut = utf8.offset(text, LONGEST)
  if not utf8.offset(text, LONGEST + 2) then return text end
  return text:sub(1, cut - 1) .. "…"
end

-- Graphviz wants UTF-8, and has backslashes of its own.
local function quoted(text)
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "?") end
  text = shortened(text):gsub("%c", function(c) return c == "\n" and c or " " end)
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
end

-- The label comes last: a string may be made for it, and then the node may die.
local function facts_of(graph, id)
  return graph:refcount(id), graph:handles(id), graph:value(id), graph:label(id)
end

local function line_of_node(graph, id, reachable)
  local count, handles, value, label = facts_of(graph, id)
  local is_text = type(value) == "string" or math.type(value)
  local text = label or is_text and tostring(value) or tostring(id)
  local style = not reachable[id] and GARBAGE or handles > 0 and HELD
  return ('  n%d [label=%s, tooltip="id %d, references: %d, handles: %d"%s];'):format(
    id, quoted(text), id, count, handles, style and ", " .. style or "")
end

-- Target -> number of edges; and the targets in the order of their ids.
local function gathered(targets)
  local times, order = {}, {}
  for _, to in ipairs(targets) do
    if not times[to] then order[#order + 1] = to end
    times[to] = (times[to] or 0) + 1
  end
  table.sort(order)
  return times, order
end

local function add_edges(lines, from, targets, drawn, style)
  local times, order = gathered(targets)
  for _, to in ipairs(order) do
    local attributes = { style }
    if times[to] > 1 then attributes[#attributes + 1] = ('label=" ×%d"'):format(times[to]) end
    local list = attributes[1] and (" [%s]"):format(table.concat(attributes, ", ")) or ""
    if drawn[to] then lines[#lines + 1] = ("  n%d -> n%d%s;"):format(from, to, list) end
  end
end

local function add_edges_out_of(lines, graph, id, drawn, color)
  local strong, weak = graph:referents(id)
  add_edges(lines, id, strong, drawn, color)
  add_edges(lines, id, weak, drawn, color and "style=dashed, " .. color or "style=dashed")
end

local function lines_of(graph, ids)
  local reachable, drawn = reading.reachable(graph, reading.edges(graph)), {}
  local lines = {}
  for _, id in ipairs(ids) do
    if graph:alive(id) then
      drawn[id] = true
      lines[#lines + 1] = line_of_node(graph, id, reachable)
    end
  end
  for _, id in ipairs(ids) do
    local color = not reachable[id] and GARBAGE_EDGE or nil
    if graph:alive(id) then add_edges_out_of(lines, graph, id, drawn, color) end
  end
  return lines
end

-- Errors blame the caller of dot.

local function bad(text, ...)
  error("bad argument #1 to 'dot' (" .. text:format(...) .. ")", 4)
end

local function id_of(graph, a)
  local ok, alive = pcall(graph.alive, graph, a)
  if not ok or not alive then return nil end
  return math.type(a) and math.tointeger(a) or a:id()
end

local function ids_of(graph, nodes)
  local ids, seen = {}, {}
  for i, a in ipairs(nodes) do
    local id = id_of(graph, a)
    if not id then bad("item %d of option 'nodes' is no live node", i) end
    if not seen[id] then ids[#ids + 1] = id end
    seen[id] = true
  end
  return ids
end

local function all_ids(graph)
  local count = graph:count()
  if count > MOST then bad("the graph has %d nodes: option 'nodes' names those to draw", count) end
  local ids = graph:ids()
  table.sort(ids)
  return ids
end

local types = { nodes = "table", name = "string" }

local function check(options)
  if type(options) ~= "table" then bad("table expected, got %s", type(options)) end
  for name, value in pairs(options) do
    local expected = types[name]
    if not expected then bad("%s", no_option(name, types)) end
    if type(value) ~= expected then bad("%s must be a %s", name, expected) end
  end
end

---@param graph perilune.graph.Graph
---@param options? { nodes?: perilune.graph.Node[], name?: string }
---@return string
function dot.draw(graph, options)
  options = options or {}
  check(options)
  local ids = options.nodes and ids_of(graph, options.nodes) or all_ids(graph)
  local head = ("digraph %s {\n%s"):format(quoted(options.name or "graph"), HEAD)
  return head .. table.concat(lines_of(graph, ids), "\n") .. "\n}\n"
end

return dot
