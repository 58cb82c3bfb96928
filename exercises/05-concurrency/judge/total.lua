--- Whether the total time is near the ideal: the latency, times how often the requests that may be
--- in flight fit into all of them. Where it is not, the worked solution does the same, and tells
--- whether the machine lets anybody be near: if it does not, the attempt counts for nothing. Called
--- with the exercise's folder and another of the judge's modules.
---
---   size, in_flight, latency
---   near      what a call may take, times the ideal
---   fails     attempts that must be too slow
---   attempts  at most
---   busy      of the time that passes, what may be processor time

local folder, fetched = ...

local REFERENCE <const> = folder .. "/reference/solution.lua"

local function ideal_of(check)
  return check.latency * math.ceil(check.size / check.in_flight)
end

--- The worked solution, in a child of its own.
local function open_reference(session, check)
  return assert(session:open(REFERENCE, {
    functions = { check.call }, driver = folder .. "/" .. check.driver,
  }))
end

--- Its wall time, on URLs of its own. The first call also loads libraries.
local function yardstick(session, child, check, own, seed)
  local spent
  for i = 1, 2 do
    local urls = own:urls(i == 1 and 1 or check.size, seed)
    spent = assert(session:timed(child, check.call, table.pack(urls, check.in_flight)))
  end
  return spent.wall
end

local function described(session, check, done, ideal)
  local format = session.format
  return ("%s in %s, %s the ideal of %s"):format(format.plural(check.size, "URL"),
    format.seconds(done.wall), format.ratio(done.wall / ideal), format.seconds(ideal))
end

--- What a call says alone; nil when it was too slow.
local function judge_call(session, check, done, ideal)
  if done.wall > check.near * ideal then
    return nil
  end
  local detail = described(session, check, done, ideal)
  if done.cpu > check.busy * done.wall then
    return { status = "fail", detail = ("%s, but busy for %s of it: to wait takes no processor")
      :format(detail, session.format.seconds(done.cpu)) }
  end
  session.measures[check.name] = { ratio = done.wall / ideal }
  return { status = "pass", detail = ("%s; CPU time %s"):format(detail,
    session.format.seconds(done.cpu)) }
end

--- Whether the machine lets the worked solution be near the ideal.
local function is_undisturbed(session, check, own, seed, ideal)
  local child <close> = open_reference(session, check)
  return yardstick(session, child, check, own, seed) <= check.near * ideal
end

local function judge_all(check, session, child, own)
  local ideal, slow, last = ideal_of(check), 0, nil
  for attempt = 1, check.attempts do
    local seed = session.seed + 2 * attempt
    local done, failure = fetched.right(session, child, check, own, own:urls(check.size, seed),
      check.in_flight)
    local result = done and judge_call(session, check, done, ideal) or failure
    if result then
      return result
    end
    last = described(session, check, done, ideal)
    slow = slow + (is_undisturbed(session, check, own, seed + 1, ideal) and 1 or 0)
    if slow == check.fails then
      return { status = "fail", detail = last,
        notes = { ("at most %gx is asked"):format(check.near) } }
    end
  end
  return { status = "inconclusive", detail = last .. "; this machine was too busy for the worked "
    .. "solution as well" }
end

---@param check table
---@param session Session
---@param child table
---@param own Site
---@return table result
return function(check, session, child, own)
  local first, failure = fetched.right(session, child, check, own,
    own:urls(1, session.seed), check.in_flight)
  return first and judge_all(check, session, child, own) or failure
end
