--- How this exercise's own criteria are decided, from what driver.lua reports. Called with the
--- exercise's folder.

local folder = ...
local cases = dofile(folder .. "/judge/cases.lua")
local freed = dofile(folder .. "/judge/freed.lua")
local made = dofile(folder .. "/judge/made.lua")

local checks = {}

local function fail(detail)
  return { status = "fail", detail = detail }
end

local function pass(detail, ...)
  return { status = "pass", detail = detail:format(...) }
end

--- A failed result, with the call that it is about and the way to see it again.
local function located(result, session, call, place)
  local notes = result.notes or {}
  table.insert(notes, 1, call)
  table.insert(notes, ("%s; the same again: --seed %x"):format(place, session.seed))
  result.notes = notes
  return result
end

local function make(session, child, check, asked)
  local report, failure = session:drive(child, check, "make", asked.n, asked.size, asked.bytes)
  if not report then
    return nil, failure
  end
  return report, made.problem(asked, report, session.format)
end

local function make_call(asked)
  return ("make_cycles(g, %d, %d, %d)"):format(asked.n, asked.size, asked.bytes)
end

--- Cycles exist, and outlive the release of their nodes.
function checks.make(check, session, child)
  local list = cases.to_make(session.seed)
  for i, asked in ipairs(list) do
    local _, failure = make(session, child, check, asked)
    if failure then
      return located(failure, session, make_call(asked), ("case %d of %d"):format(i, #list))
    end
  end
  return pass("%s, seed %x; the cycles outlive their release",
    session.format.plural(#list, "case"), session.seed)
end

--- The cycles hold memory that counting alone never gives back.
function checks.leak(check, session, child)
  local asked, format = cases.measured(), session.format
  local report, failure = make(session, child, check, asked)
  if failure then
    return failure
  end
  local nodes = asked.n * asked.size
  if report.held < nodes * asked.bytes then
    return fail(("%s nodes hold %s; with a string of %s for each it is %s or more: make a string "
      .. "of its own for each node"):format(format.count(nodes), format.bytes(report.held),
      format.plural(asked.bytes, "byte"), format.bytes(nodes * asked.bytes)))
  end
  local leak
  leak, failure = session:drive(child, check, "leak", asked.n, asked.size, asked.bytes)
  if not leak then
    return failure
  end
  session.measures[check.name] = { nodes = nodes, freed = leak.freed, held = report.held }
  return pass("%s nodes hold %s; naive leaves %s of them", format.count(nodes),
    format.bytes(report.held), format.count(leak.left))
end

local function free(session, child, check, plan)
  local report, failure = session:drive(child, check, check.call, plan)
  if not report then
    return nil, failure
  end
  return report, freed.problem(check.call, plan, report, session.format)
end

--- All plans, until one goes wrong; gives the last one's report.
local function free_all(check, session, child, plans)
  local report, failure
  for i, plan in ipairs(plans) do
    report, failure = free(session, child, check, plan)
    if failure then
      return nil, located(failure, session, plan.label, ("case %d of %d"):format(i, #plans))
    end
  end
  return report
end

local DONE <const> = {
  collect = "garbage and nothing else, by the collector",
  break_cycles = "all died by counting; no collection ran",
}

--- Garbage goes, in the way that is asked, and nothing else.
function checks.frees(check, session, child)
  local plans = cases.to_free(session.seed)
  local report, failure = free_all(check, session, child, plans)
  return not report and failure or pass("%s, seed %x: %s", session.format.plural(#plans, "case"),
    session.seed, DONE[check.call])
end

--- Memory falls, and the student's own measure agrees.
function checks.falls(check, session, child)
  local plans, format = cases.heavy(session.seed), session.format
  local report, failure = free_all(check, session, child, plans)
  if not report then
    return failure
  end
  session.measures[check.name] = {
    fell = report.before - report.after, cycles = freed.contents(plans[#plans]).cycles,
    collections = report.stats.collections,
  }
  return pass("%s: from %s to %s", plans[#plans].label, format.bytes(report.before),
    format.bytes(report.after))
end

--- Plain tables need nobody to break their cycles.
function checks.tables(check, session, child)
  local asked, format = cases.measured(), session.format
  local found, failure = session:drive(child, check, "tables", asked.n, asked.size, asked.bytes)
  if not found then
    return failure
  end
  local full = found.generational.full
  session.measures[check.name] = {
    left = full.left, held = full.held, called = found.generational.finalized.called,
  }
  return pass("%s tables in cycles: %s left by a full collection in %s", format.count(full.made),
    format.count(full.left), format.seconds(full.seconds))
end

return checks
