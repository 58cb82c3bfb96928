--- The collecting half of perilune.script.graph: trial deletion on top of the counts (Bacon and
--- Rajan, "Concurrent Cycle Collection in Reference Counted Systems", 2001, the synchronous one).
---
--- A cycle is garbage when nothing but itself holds it. So the collector takes the nodes that may
--- be on one, the candidates, and all that they lead to, and subtracts from the count of each the
--- edges to it from these. What is left are references from elsewhere: nodes that have one are
--- alive, and so is all that they lead to. The rest is garbage. It is a copy of the count (`trial`)
--- that is subtracted from, as in CPython.

local clock = require("perilune.clock")
local counts = require("perilune.script.graph.counts")

local collector = {}

-- Lua's own collector stands still while ours compares nodes: its finalisers could change them.
local pause = setmetatable({}, { __close = function() collectgarbage("restart") end })

local function paused()
  if not collectgarbage("isrunning") then return nil end
  collectgarbage("stop")
  return pause
end

-- Takes the candidates out; gives them and all that they lead to. What is reached has a trial.
local function take_suspects(state, report)
  local reached, candidates = {}, state.candidates
  state.candidates = {}
  for i = 1, #candidates do
    local node = candidates[i]
    node.candidate = false
    if node.handles == 0 then
      reached[#reached + 1], node.trial = node, node.count
    end
  end
  report.candidates = #reached
  local i = 1
  while reached[i] do
    local out = reached[i].out
    for j = 1, #out do
      local to = out[j]
      if not to.trial then
        reached[#reached + 1], to.trial = to, to.count
      end
    end
    report.edges, i = report.edges + #out, i + 1
  end
  return reached
end

-- Subtracts from each node's count the edges to it from nodes of the list.
local function subtract(list, report)
  for i = 1, #list do list[i].trial = list[i].count end
  for i = 1, #list do
    local out = list[i].out
    for j = 1, #out do
      local to = out[j]
      if to.trial then to.trial = to.trial - 1 end
    end
    report.edges = report.edges + #out
  end
end

-- Gives all that a node with a reference left leads to a trial above 0. Gives those that have one,
-- too.
local function restore(list, report)
  local held, alive, i = {}, {}, 1
  for j = 1, #list do
    if list[j].trial > 0 then held[#held + 1] = list[j] end
  end
  table.move(held, 1, #held, 1, alive)
  while alive[i] do
    local out = alive[i].out
    for j = 1, #out do
      local to = out[j]
      if to.trial == 0 then
        alive[#alive + 1], to.trial = to, 1
      end
    end
    report.edges, i = report.edges + #out, i + 1
  end
  return held
end

-- Those of the list that nothing but the others of the result leads to, and those that something
-- outside of the list does.
local function garbage_of(list, report)
  local garbage = {}
  subtract(list, report)
  local held = restore(list, report)
  for i = 1, #list do
    local node = list[i]
    if node.trial == 0 then garbage[#garbage + 1] = node end
    node.trial = false
  end
  return garbage, held
end

-- Where memory ran out in the midst of it, trials may have been left behind and candidates lost.
local function repair(state)
  for _, node in pairs(state.nodes) do node.trial, node.candidate = false, false end
  state.candidates = {}
  for _, node in pairs(state.nodes) do counts.suspect(state, node) end
  state.unsound = false
end

local function find(state, report)
  local _ <close> = paused()
  if state.unsound then repair(state) end
  local reached = take_suspects(state, report)
  return (garbage_of(reached, report)), #reached
end

local function save(garbage, report)
  for _, node in ipairs(garbage) do
    counts.retain(node)
    node.saved = true
  end
  report.uncollectable = #garbage
end

-- All are dead before the edges go, which may be to another of them.
local function free(state, garbage, report)
  for _, node in ipairs(garbage) do counts.remove(state, node) end
  for _, node in ipairs(garbage) do counts.clear(state, node, counts.NONE) end
  report.freed = #garbage
end

-- Finalizers have run: what they gave a reference to, and what that leads to, stays. That may be by
-- a cycle alone.
local function sweep(state, garbage, report)
  local _ <close> = paused()
  local left, held = garbage_of(garbage, report)
  for i = 1, #held do counts.suspect(state, held[i]) end
  report.resurrected = #garbage - #left
  if state.save_all then save(left, report) else free(state, left, report) end
end

local function announce(state, event, report)
  local fn = state.on[event]
  if not fn then return end
  counts.call("'" .. event .. "' callback", function() fn(report) end)
  counts.bury(state)
end

-- Where much has stayed alive, the next automatic collection is put off, by a quarter of it.
local function adapt(state, automatic, stayed)
  state.threshold = automatic and math.max(state.base, stayed // 4) or state.base
end

local function nanoseconds(seconds) return math.floor(seconds * 1e9) end

local function account(stats, report)
  stats.collections = stats.collections + 1
  if report.automatic then stats.automatic = stats.automatic + 1 end
  stats.freed = stats.freed + report.freed
  stats.resurrected = stats.resurrected + report.resurrected
  stats.pause_ns = stats.pause_ns + report.pause_ns
  stats.longest_ns = math.max(stats.longest_ns, report.pause_ns)
end

-- The graph is busy.
local function collect(state, automatic)
  local report = {
    automatic = automatic, candidates = 0, edges = 0, freed = 0, resurrected = 0,
    uncollectable = 0, pause_ns = 0,
  }
  announce(state, "start", { automatic = automatic, candidates = #state.candidates })
  local start = clock.now()
  local garbage, looked = find(state, report)
  for _, node in ipairs(garbage) do counts.finalize(state, node) end
  sweep(state, garbage, report)
  counts.bury(state)
  report.pause_ns = nanoseconds(clock.now() - start)
  account(state.stats, report)
  adapt(state, automatic, looked - report.freed)
  announce(state, "stop", report)
  return report
end

--- Collects by hand; nil where the graph is busy.
---@param state perilune.script.graph.State
---@return perilune.graph.Report?
function collector.collect(state)
  if state.busy then return nil end
  local _ <close> = counts.enter(state)
  return (collect(state, false))
end

--- What follows where a node may have lost a reference, unless it is under way: the dying are
--- buried, and if there are many candidates the graph is collected.
---@param state perilune.script.graph.State
function collector.settle(state)
  local is_due = state.auto and #state.candidates >= state.threshold
  if state.busy or not is_due and #state.dying == 0 then return end
  local _ <close> = counts.enter(state)
  counts.bury(state)
  if state.auto and #state.candidates >= state.threshold then collect(state, true) end
end

return collector
