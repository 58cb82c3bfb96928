--- Calls of a solution's fetching functions: what they gave, what they took, and what the server
--- was asked.

local fetched = {}

local SHOWN <const> = 60

---@class Fetched
---@field results any
---@field wall number
---@field cpu number  seconds of processor time, of all processes
---@field requests Request[]

local function describe(session, value)
  if type(value) == "table" then
    return "a table"
  end
  return session.format.value(type(value) == "string" and value:sub(1, SHOWN) or value)
end

--- Where a body stands that belongs elsewhere.
local function place_of(body, expected)
  for i, other in ipairs(expected) do
    if other == body then
      return i
    end
  end
end

--- What is wrong at one place.
local function judge_place(session, i, expected, got)
  local value, want = got[i], expected[i]
  local place = value ~= want and place_of(value, expected)
  if value == want then
    return nil
  elseif place and value then
    return ("the body of URL %d is at [%d]: they go in the order of the URLs"):format(place, i)
  elseif not want then
    return ("%s at [%d], where no 2xx answer came; false is asked for"):format(
      describe(session, value), i)
  elseif type(value) == "table" then
    return ("a table at [%d]; its body alone is asked for"):format(i)
  elseif not value then
    return ("%s at [%d]; its URL was answered"):format(describe(session, value), i)
  end
  return ("%s at [%d] is not what its URL was answered with"):format(describe(session, value), i)
end

---@param session Session
---@param expected (string|false)[]
---@param got any
---@return string? problem nil when it is right
function fetched.difference(session, expected, got)
  if type(got) ~= "table" then
    return ("a list was expected, not %s"):format(describe(session, got))
  end
  for i = 1, #expected do
    local problem = judge_place(session, i, expected, got)
    if problem then
      return problem
    end
  end
  for key in pairs(got) do
    if not expected[key] and expected[key] ~= false then
      return ("[%s] does not belong there: there are %s"):format(session.format.value(key),
        session.format.plural(#expected, "URL"))
    end
  end
end

local function count_targets(requests)
  local counts = {}
  for _, request in ipairs(requests) do
    counts[request.target] = (counts[request.target] or 0) + 1
  end
  return counts
end

--- Whether each URL was asked for once, or as often as it is in the list, and no other was.
---@param session Session
---@param site Site
---@param urls string[]
---@param requests Request[]
---@return string? problem nil when all is right
function fetched.miscounted(session, site, urls, requests)
  local counts, wanted = count_targets(requests), {}
  for _, url in ipairs(urls) do
    local target = site:target(url)
    wanted[target] = (wanted[target] or 0) + 1
  end
  for i, url in ipairs(urls) do
    local target = site:target(url)
    local count = counts[target] or 0
    if count < 1 or count > wanted[target] then
      return ("the server was asked %s for URL %d; once is right"):format(
        session.format.plural(count, "time"), i)
    end
  end
  for target in pairs(counts) do
    if not wanted[target] then
      return ("the server was asked for %s, which is no URL of the list"):format(target)
    end
  end
end

--- One call of the solution's function that a check is about.
---@param session Session
---@param child table
---@param check table
---@param site Site
---@param urls string[]
---@param in_flight? integer
---@return Fetched? done nil when it failed
---@return table? failure a result
function fetched.run(session, child, check, site, urls, in_flight)
  site:requests()
  local spent, results, code = session:timed(child, session:name_of(check),
    table.pack(urls, in_flight))
  if not spent then
    return nil, session:failed(results, code, check)
  end
  return {
    results = results, wall = spent.wall, cpu = spent.cpu, requests = site:requests(),
  }
end

--- The same, which must give the right bodies and ask once for each URL.
---@return Fetched? done nil when something is wrong
---@return table? failure a result
function fetched.right(session, child, check, site, urls, in_flight)
  local done, failure = fetched.run(session, child, check, site, urls, in_flight)
  if not done then
    return nil, failure
  end
  local problem = fetched.difference(session, site:bodies(urls), done.results)
    or fetched.miscounted(session, site, urls, done.requests)
  if problem then
    return nil, { status = "fail", detail = problem, notes = {
      ("%s(%s%s)"):format(session:name_of(check), session.format.plural(#urls, "URL"),
        in_flight and ", " .. in_flight or ""),
      ("the same again: --seed %x"):format(session.seed),
    } }
  end
  return done
end

return fetched
