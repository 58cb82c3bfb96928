--- What is wrong with cycles that a student made, from what driver.lua reports of them: a failed
--- result, or nil.

local made = {}

local function fail(detail, ...)
  return { status = "fail", detail = detail, notes = { ... } }
end

--- Nodes in cycles, and the first cycle that has not the size asked for.
local function measure_cycles(found, size)
  local nodes, odd = 0, nil
  for _, ids in ipairs(found) do
    nodes = nodes + #ids
    odd = odd or #ids ~= size and ids or nil
  end
  return nodes, odd
end

--- What is wrong with the cycles themselves.
local function judge_cycles(asked, picture, format)
  local found, total = picture.cycles, asked.n * asked.size
  local nodes, odd = measure_cycles(found, asked.size)
  if nodes < picture.nodes then
    return fail(("%s outside of all cycles; link each last node to the first of its ring"):format(
      format.plural(picture.nodes - nodes, "node")))
  elseif #found ~= asked.n then
    return fail(("the nodes make %s; %d were asked for"):format(
      format.plural(#found, "cycle"), asked.n))
  elseif odd then
    return fail(("one of the cycles has %s; %d were asked for"):format(
      format.plural(#odd, "node"), asked.size))
  elseif picture.stats.edges ~= total then
    return fail(("there are %s; rings of %s have %d"):format(
      format.plural(picture.stats.edges, "edge"), format.plural(total, "node"), total))
  end
end

--- What is wrong with the nodes that are there.
local function judge_nodes(asked, picture, format)
  local total = asked.n * asked.size
  if picture.closed then
    return fail("make_cycles closed the graph")
  elseif picture.stats.collections > 0 then
    return fail("make_cycles ran the collector; the cycles are to stay")
  elseif #picture.roots > 0 then
    return fail(("handles are left on %s: release what g:node gave you"):format(
      format.plural(#picture.roots, "node")))
  elseif picture.nodes == 0 and picture.stats.died > 0 then
    return fail(("nothing outlived its release: counting freed all %s, which were in no cycle")
      :format(format.plural(picture.stats.died, "node")))
  elseif picture.nodes ~= total then
    return fail(("the graph holds %s; %d times %d were asked for"):format(
      format.plural(picture.nodes, "node"), asked.n, asked.size))
  end
end

local function judge_values(asked, picture, format)
  local total = asked.n * asked.size
  if picture.values ~= total then
    return fail(("%s a string of %s: g:node((\"x\"):rep(bytes))"):format(
      picture.values == 0 and "no node carries" or ("only %s of %s nodes carry"):format(
        format.count(picture.values), format.count(total)), format.plural(asked.bytes, "byte")))
  end
end

--- The number of the cycle that each node is in.
local function places_of(found)
  local places = {}
  for i, ids in ipairs(found) do
    for _, id in ipairs(ids) do
      places[id] = i
    end
  end
  return places
end

--- Whether a list holds the ids of one of the cycles, each once.
local function is_cycle(list, places, size)
  local seen = {}
  for i = 1, #list do
    local id = list[i]
    if seen[id] or not places[id] or places[id] ~= places[list[1]] then
      return false
    end
    seen[id] = true
  end
  return #list == size
end

--- What is wrong with the lists of ids.
local function judge_lists(asked, report, format)
  local lists = report.returned
  if type(lists) ~= "table" then
    return fail(("make_cycles returns %s, not the list of its cycles"):format(
      lists == nil and "nothing" or "a " .. type(lists)))
  elseif type(lists[1]) ~= "table" then
    return fail("make_cycles returns no list of lists: one list of ids for each cycle is asked",
      "got      " .. format.value(lists))
  elseif #lists ~= asked.n then
    return fail(("make_cycles returns %s; there are %d cycles"):format(
      format.plural(#lists, "list"), asked.n))
  end
  local places, taken = places_of(report.picture.cycles), {}
  for i, list in ipairs(lists) do
    local place = type(list) == "table" and is_cycle(list, places, asked.size) and places[list[1]]
    if not place or taken[place] then
      return fail(("list %d that make_cycles returns does not hold the %s of one cycle"):format(
        i, format.plural(asked.size, "id")), "got      " .. format.value(list))
    end
    taken[place] = true
  end
end

---@param asked {n: integer, size: integer, bytes: integer}
---@param report table
---@param format table perilune.format
---@return table? failure
function made.problem(asked, report, format)
  return judge_nodes(asked, report.picture, format)
    or judge_cycles(asked, report.picture, format)
    or judge_values(asked, report.picture, format)
    or judge_lists(asked, report, format)
end

return made
