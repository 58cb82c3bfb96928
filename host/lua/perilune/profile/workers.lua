--- What a program's workers did, in its profile: below one node, `(workers)`, which counts them.

local merge = require("perilune.profile.merge")
local source = require("perilune.profile.source")

local workers = {}

local ROOT <const>, NODE <const> = 1, 2 -- indices of nodes, and of functions
local NAME <const> = "(workers)"

local function node_of_workers(count)
  return {
    parent = { 0, ROOT }, ["function"] = { ROOT, NODE }, calls = { 0, count }, self = { 0, 0 },
  }
end

local function functions_of(list)
  local root = { name = "(program)", source = "=(root)", line = -1, last = -1, kind = "root" }
  local zone = { name = NAME, source = "=" .. NAME, line = -1, last = -1, kind = "zone" }
  return table.move(list, 2, #list, 3, { root, zone })
end

--- A profile of no worker yet.
---@param mode string
---@return table raw
function workers.none(mode)
  return {
    format = "perilune-profile", version = 1, mode = mode, duration = 0, processes = 0,
    functions = functions_of({}), nodes = node_of_workers(0), notes = {},
    workers = { recorded = 0, idle = 0 },
  }
end

--- Where each node goes. A worker's C functions, which call the tasks, are none of the program's.
local function places_of(raw)
  local nodes, to, last = raw.nodes, {}, NODE
  for i, above in ipairs(nodes.parent) do
    local is_outer = i == ROOT
      or above == ROOT and raw.functions[nodes["function"][i]].kind == "C"
    last = is_outer and last or last + 1
    to[i] = is_outer and NODE or last
  end
  return to, last
end

-- Between tasks a worker is idle, and what was allocated there is its own.
local IDLE <const> = { calls = true, self = true, wait = true, samples = true, suspended = true }
local OWN <const> = { self = true, wait = true, samples = true, bytes = true, blocks = true }

local function column(values, name, to, last)
  local moved = {}
  for i = 1, last do moved[i] = 0 end
  for i, value in ipairs(values) do
    local at = to[i]
    local counts = at > NODE or i == ROOT and not IDLE[name] or i > ROOT and OWN[name]
    if counts then moved[at] = moved[at] + value end
  end
  return moved
end

local function move_nodes(raw)
  local to, last = places_of(raw)
  local nodes, moved = raw.nodes, node_of_workers(1)
  for name, values in pairs(nodes) do
    if name ~= "parent" and name ~= "function" then
      moved[name] = column(values, name, to, last)
    end
  end
  moved.calls[NODE] = 1
  for i, at in ipairs(to) do
    if at > NODE then
      moved.parent[at] = to[nodes.parent[i]]
      moved["function"][at] = nodes["function"][i] + 1
    end
  end
  return moved
end

local function move_lines(lines)
  for i, fn in ipairs(lines and lines["function"] or {}) do lines["function"][i] = fn + 1 end
  return lines
end

--- Names that stand for files which are the same, as all workers are of one program.
local function sources_of(functions)
  local sources = {}
  for _, fn in ipairs(functions) do
    if fn.source:sub(1, 1) == "@" then sources[fn.source] = fn.source end
  end
  return sources
end

--- Adds what one worker has recorded.
---@param sum table
---@param raw table is changed
function workers.add(sum, raw)
  local idle = raw.nodes.self[ROOT]
  raw.nodes, raw.lines = move_nodes(raw), move_lines(raw.lines)
  raw.functions = functions_of(raw.functions)
  raw.sources, raw.duration, raw.processes = sources_of(raw.functions), 0, raw.processes or 1
  raw.workers = raw.workers or {}
  raw.workers.recorded = (raw.workers.recorded or 0) + 1
  raw.workers.idle = (raw.workers.idle or 0) + idle
  merge(sum, raw, true)
end

--- Counts a worker whose part is missing.
---@param sum table
---@param why perilune.Recording.Miss
---@param message? string
function workers.miss(sum, why, message)
  sum.workers[why] = (sum.workers[why] or 0) + 1
  if message then sum.notes[#sum.notes + 1] = "a worker was not recorded: " .. message end
end

--- Adds what the workers did to their program's profile.
---@param raw table is changed
---@param sum table
function workers.join(raw, sum)
  if sum.workers.recorded == 0 then
    raw.workers = sum.workers
    table.move(sum.notes, 1, #sum.notes, #raw.notes + 1, raw.notes)
    return
  end
  source.name(sum.functions)
  sum.script, sum.sources = raw.script, source.hashes(sum.functions, raw.sources)
  sum.interval, sum.time = raw.interval, raw.time
  merge(raw, sum, true)
end

return workers
