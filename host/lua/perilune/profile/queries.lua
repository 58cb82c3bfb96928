--- What one asks of a raw profile: rows by function, by caller and callee, by line, and the tree.

local identity = require("perilune.profile.identity")
local tree = require("perilune.profile.tree")

local queries = {}

-- Fields of nodes that are summed by function as they are.
local FIELDS = { "calls", "self", "tail", "wait", "suspended", "samples", "bytes", "blocks" }

local function new_row(functions, index)
  local fn = functions[index]
  local row = { name = fn.name, source = fn.source, line = fn.line, kind = fn.kind, index = index }
  for _, name in ipairs(FIELDS) do
    row[name] = 0
  end
  row.total, row.primitive, row.total_bytes, row.total_samples = 0, 0, 0, 0
  return row
end

--- The profile's arrays, with what is computed from them once.
local function prepare(raw)
  local nodes, groups = raw.nodes, identity.groups(raw.functions)
  local group = {}
  for i, fn in ipairs(nodes["function"]) do
    group[i] = groups[fn]
  end
  return {
    functions = raw.functions, nodes = nodes, group = group,
    total = tree.sums(nodes, "self"), total_bytes = tree.sums(nodes, "bytes"),
    total_samples = tree.sums(nodes, "samples"),
  }
end

local function add_node(row, nodes, i)
  for _, name in ipairs(FIELDS) do
    local values = nodes[name]
    if values then
      row[name] = row[name] + values[i]
    end
  end
end

--- A node that is the topmost of its key on its path: with it all that is beneath.
local function add_topmost(row, context, i)
  row.total = row.total + context.total[i]
  row.total_bytes = row.total_bytes + context.total_bytes[i]
  row.total_samples = row.total_samples + context.total_samples[i]
  row.primitive = row.primitive + context.nodes.calls[i]
end

--- Sums nodes by key; totals once a path, however often a key recurs on it.
---@param key_of fun(node: integer): any nil for a node that does not count
---@param row_of fun(node: integer): table a new row
---@return table[] rows in the order of the tree
local function sum_by(context, key_of, row_of)
  local rows, by_key, running = {}, {}, {}
  local function enter(i)
    local key = key_of(i)
    if key == nil then
      return
    end
    local row = by_key[key]
    if not row then
      row = row_of(i)
      rows[#rows + 1], by_key[key], running[key] = row, row, 0
    end
    add_node(row, context.nodes, i)
    if running[key] == 0 then
      add_topmost(row, context, i)
    end
    running[key] = running[key] + 1
  end
  local function leave(i)
    local key = key_of(i)
    if key ~= nil then
      running[key] = running[key] - 1
    end
  end
  tree.walk(context.nodes, enter, leave)
  return rows
end

local function is_idle_root(row)
  return row.kind == "root" and row.self == 0 and row.samples == 0 and row.bytes == 0
end

--- A row for each function, the root's first.
---@param raw table
---@return perilune.profiler.Row[]
function queries.all(raw)
  local context = prepare(raw)
  local group = context.group
  return sum_by(context, function(i)
    return group[i]
  end, function(i)
    return new_row(raw.functions, group[i])
  end)
end

--- A row for each function. The root has one only if something happened outside all functions.
---@param raw table
---@return perilune.profiler.Row[]
function queries.flat(raw)
  local rows = queries.all(raw)
  if is_idle_root(rows[1]) then
    table.remove(rows, 1)
  end
  return rows
end

--- Adds to each pair's row what its calls took that found the callee not running already: these
--- add up to the callee's total.
local function add_entries(context, rows, pair_of)
  local running, by_pair = {}, {}
  for _, row in ipairs(rows) do
    by_pair[row.pair] = row
    row.entered, row.entered_bytes, row.pair = 0, 0, nil
  end
  tree.walk(context.nodes, function(i)
    local fn, row = context.group[i], by_pair[pair_of(i)]
    running[fn] = (running[fn] or 0) + 1
    if row and running[fn] == 1 then
      row.entered = row.entered + context.total[i]
      row.entered_bytes = row.entered_bytes + context.total_bytes[i]
    end
  end, function(i)
    running[context.group[i]] = running[context.group[i]] - 1
  end)
  return rows
end

--- Rows for each pair of caller and callee: {caller, callee} are indices of functions, the figures
--- those of the callee when this caller called it, `entered` and `entered_bytes` what those calls
--- took with all beneath that were no recursion. The root is a caller.
---@param raw table
---@param wanted? fun(caller: integer, callee: integer): boolean
---@return table[]
function queries.edges(raw, wanted)
  local context = prepare(raw)
  local group, parent, count = context.group, raw.nodes.parent, #raw.functions + 1
  local function pair_of(i)
    local caller, callee = group[parent[i]], group[i]
    if caller and (not wanted or wanted(caller, callee)) then
      return caller * count + callee
    end
    return 0
  end
  local rows = sum_by(context, function(i)
    local pair = pair_of(i)
    return pair > 0 and pair or nil
  end, function(i)
    local row = new_row(raw.functions, group[i])
    row.caller, row.callee, row.pair = group[parent[i]], group[i], pair_of(i)
    return row
  end)
  return add_entries(context, rows, pair_of)
end

--- The functions that a name means: those with exactly this name, or else those a filter finds.
local function named(raw, name)
  local matches = require("perilune.profile.select").matcher(name)
  local exact, found, any = {}, {}, false
  for i, fn in ipairs(raw.functions) do
    exact[i], found[i] = fn.name == name, matches(fn)
    any = any or exact[i]
  end
  return any and exact or found
end

local function by_partner(rows)
  table.sort(rows, function(a, b)
    if a.of ~= b.of then
      return a.of_index < b.of_index
    elseif a.total ~= b.total then
      return a.total > b.total
    elseif a.calls ~= b.calls then
      return a.calls > b.calls
    end
    return a.index < b.index
  end)
  return rows
end

--- Edges as rows of one end, each with the other end as `of`.
local function ends(raw, rows, shown, other)
  for _, row in ipairs(rows) do
    local fn = raw.functions[row[shown]]
    row.index, row.of_index, row.of = row[shown], row[other], raw.functions[row[other]]
    row.name, row.source, row.line, row.kind = fn.name, fn.source, fn.line, fn.kind
  end
  return by_partner(rows)
end

---@param raw table
---@param name string
---@return table[] rows of callers, `of` the callee
function queries.callers(raw, name)
  local chosen = named(raw, name)
  return ends(raw, queries.edges(raw, function(_, callee)
    return chosen[callee]
  end), "caller", "callee")
end

---@param raw table
---@param name string
---@return table[] rows of callees, `of` the caller
function queries.callees(raw, name)
  local chosen = named(raw, name)
  return ends(raw, queries.edges(raw, function(caller)
    return chosen[caller]
  end), "callee", "caller")
end

---@param raw table
---@return perilune.profiler.Row root with `children`
function queries.nested(raw)
  local context = prepare(raw)
  local rows = {}
  for i, above in ipairs(raw.nodes.parent) do
    local row = new_row(raw.functions, context.group[i])
    add_node(row, raw.nodes, i)
    row.total, row.total_bytes = context.total[i], context.total_bytes[i]
    row.total_samples, row.primitive = context.total_samples[i], nil
    row.children, rows[i] = {}, row
    if above > 0 then
      table.insert(rows[above].children, row)
    end
  end
  return rows[1]
end

local LINE_FIELDS = { "count", "self", "total", "samples", "bytes", "blocks" }

local function by_place(a, b)
  if a.source ~= b.source then
    return a.source < b.source
  end
  return a.line < b.line
end

--- Lines of all functions by source and line; two functions on a line share its row.
---@param raw table
---@return table[]
function queries.lines(raw)
  local rows, seen = {}, {}
  local lines = raw.lines or { line = {}, ["function"] = {} }
  for i, line in ipairs(lines.line) do
    local fn = raw.functions[lines["function"][i]]
    local key = fn.source .. "\0" .. line
    local row = seen[key]
    if not row then
      row = { source = fn.source, line = line, name = fn.name }
      rows[#rows + 1], seen[key] = row, row
    end
    for _, name in ipairs(LINE_FIELDS) do
      row[name] = (row[name] or 0) + (lines[name] and lines[name][i] or 0)
    end
  end
  table.sort(rows, by_place)
  return rows
end

return queries
