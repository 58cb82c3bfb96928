--- What is wrong with how a student freed cycles, from what driver.lua reports of it: a failed
--- result, or nil. Plans are told there.

local freed = {}

local function fail(detail)
  return { status = "fail", detail = detail }
end

--- What a plan's graph holds: garbage cycles, garbage nodes, live nodes and live edges.
---@return {cycles: integer, nodes: integer, live: integer, edges: integer}
function freed.contents(plan)
  local garbage, nodes, live, edges = 0, 0, 0, 0
  for _, shape in ipairs(plan.shapes) do
    if shape.live then
      live, edges = live + shape.size, edges + shape.size
    else
      garbage, nodes = garbage + 1, nodes + shape.size
    end
  end
  return { cycles = garbage, nodes = nodes, live = live, edges = edges }
end

local how = {}

--- Why the garbage is gone, or still there, in another way than by a collection.
function how.collect(report, held, format)
  local stats, left = report.stats, report.left - held.live
  if stats.died > 0 then
    return fail(("%s died by counting, as edges were taken away; g:collect is to free them all")
      :format(format.plural(stats.died, "node")))
  elseif stats.collections == stats.automatic then
    return fail("collect ran no collection: g:collect() is what frees cycles")
  elseif left > 0 then
    return fail(("%s of %s are left that no handle leads to"):format(
      format.count(left), format.plural(held.nodes, "node")))
  end
end

--- The same for cycles that are broken.
function how.break_cycles(report, held, format)
  local stats, left = report.stats, report.left - held.live
  if stats.collections > 0 then
    return fail(("break_cycles ran the collector (%s): take edges away, and counting frees the "
      .. "rest"):format(format.plural(stats.collections, "collection")))
  elseif left > 0 then
    return fail(("%s of %s are left: there is an edge yet that closes a cycle"):format(
      format.count(left), format.plural(held.nodes, "node")))
  end
end

--- Whether what had a handle is as it was.
local function judge_live(name, report, held, format)
  if report.closed then
    return fail(name .. " closed the graph, with all that was in it")
  elseif report.live < held.live then
    return fail(("gone: %s to which a handle leads; only garbage is to be freed"):format(
      format.plural(held.live - report.live, "node")))
  elseif report.stats.edges < held.edges and report.left == held.live then
    return fail(("gone: %s between nodes that stay"):format(
      format.plural(held.edges - report.stats.edges, "edge")))
  end
end

local FIELDS <const> = { "cycles", "freed", "before", "after" }

--- What is wrong with the returned table's shape and its counts.
local function judge_counts(name, report, held)
  local returned = report.returned
  if type(returned) ~= "table" then
    return fail(("%s returns %s; {cycles = , freed = , before = , after = } is asked"):format(
      name, returned == nil and "nothing" or "a " .. type(returned)))
  end
  for _, field in ipairs(FIELDS) do
    if type(returned[field]) ~= "number" then
      return fail(("%s in what %s returns is %s; a number is asked"):format(
        field, name, returned[field] == nil and "nil" or "a " .. type(returned[field])))
    end
  end
  if returned.cycles ~= held.cycles then
    return fail(("%s reports %g cycles; there were %d"):format(name, returned.cycles, held.cycles))
  elseif returned.freed ~= held.nodes then
    return fail(("%s reports %g nodes freed; there were %d"):format(
      name, returned.freed, held.nodes))
  end
end

-- How far a reported size may lie from the one that is measured, as a part of the garbage's.
local SLACK <const> = 0.1

local function far(reported, measured, weight)
  local distance = math.abs(reported - measured)
  return distance ~= distance or distance > SLACK * weight
end

--- What to think of when a size is not what it should be.
local function guess(reported, measured, weight)
  if not far(reported * 1024, measured, weight) then
    return 'collectgarbage("count") is in KiB'
  end
  return "call collectgarbage() before you read it: what nothing refers to is Lua's to free"
end

--- Whether memory fell, and the report says by how much.
local function judge_memory(name, report, held, bytes, format)
  local weight, returned = held.nodes * bytes, report.returned
  if report.before - report.after < (1 - SLACK) * weight then
    return fail(("memory fell by %s; the values of the nodes alone were %s: what still refers to "
      .. "them?"):format(format.bytes(report.before - report.after), format.bytes(weight)))
  end
  for _, field in ipairs({ "before", "after" }) do
    if far(returned[field], report[field], weight) then
      return fail(("%s reports %s = %.14g; in use were %.0f bytes: %s"):format(
        name, field, returned[field], report[field], guess(returned[field], report[field], weight)))
    end
  end
end

---@param name "collect"|"break_cycles"
---@param plan table
---@param report table
---@param format table perilune.format
---@return table? failure
function freed.problem(name, plan, report, format)
  local held = freed.contents(plan)
  local failure = judge_live(name, report, held, format)
    or held.nodes > 0 and how[name](report, held, format)
    or judge_counts(name, report, held)
    or plan.heavy and judge_memory(name, report, held, plan.bytes, format)
  return failure or nil
end

return freed
