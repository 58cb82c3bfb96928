--- How the criteria about fetching are decided: from the bodies, and from what a server of the
--- judge's own was asked when. Called with the exercise's folder.

local folder = ...
local uv = require("luv")
local fetched = dofile(folder .. "/judge/fetched.lua")
local site = loadfile(folder .. "/judge/site.lua")(folder)
local verdict = dofile(folder .. "/judge/verdict.lua")

local fetching = { total = loadfile(folder .. "/judge/total.lua")(folder, fetched) }

local fail, pass = verdict.fail, verdict.pass

-- Longer than any other URL of a check takes.
local SLOW <const> = "?latency=0.06"

--- Lists of URLs, shortest first. Where several may be in flight the first answer comes late.
local function lists_of(own, seed)
  local two, twice = own:urls(2, seed + 2), own:urls(4, seed)
  two[1], twice[1] = two[1] .. SLOW, twice[1] .. SLOW
  twice[4] = twice[2]
  return { {}, own:urls(1, seed + 1), two, twice, own:urls(9, seed + 3) }
end

--- One by one, or several at once: the right bodies on lists of URLs, each asked for once. Answers
--- come in another order than they were asked for.
function fetching.right(check, session, child, own)
  local lists = lists_of(own, session.seed)
  for i, urls in ipairs(lists) do
    local in_flight = check.in_flight and check.in_flight[(i - 1) % #check.in_flight + 1]
    local done, failure = fetched.right(session, child, check, own, urls, in_flight)
    if not done then
      return failure
    elseif site.most(done.requests) > (in_flight or 1) then
      return fail("%d requests were in flight at once, where %d may be", site.most(done.requests),
        in_flight or 1)
    end
  end
  return pass("%s, each URL asked for once", session.format.plural(#lists, "list"))
end

-- On a busy machine the first answers may come before the last requests have gone out.
local ATTEMPTS <const> = 5

--- When each request came and was answered, for a picture: seconds from the first.
local function series_of(requests, in_flight)
  local spans, first = {}, math.huge
  for _, request in ipairs(requests) do
    first = math.min(first, request.came)
  end
  for i, request in ipairs(requests) do
    spans[i] = { start = request.came - first, stop = request.answered - first }
  end
  return { kind = "flight", spans = spans, asked = in_flight }
end

--- One call with so many requests in flight.
---@return table? failure a result
---@return table? series of what was right
local function judge_flight(check, session, child, own, in_flight)
  local most = 0
  for attempt = 1, ATTEMPTS do
    local urls = own:urls(check.size, session.seed + attempt)
    local done, failure = fetched.right(session, child, check, own, urls, in_flight)
    if not done then
      return failure
    end
    most = site.most(done.requests)
    if most > in_flight then
      return fail("%d requests were in flight at once; fetch_all_concurrent was told %d", most,
        in_flight)
    elseif most == in_flight then
      return nil, series_of(done.requests, in_flight)
    elseif most == 1 then
      return fail("no two requests were in flight at once: each waited for the answer to the one "
        .. "before")
    end
  end
  return fail("at most %d requests were in flight at once; fetch_all_concurrent was told %d", most,
    in_flight)
end

--- As many requests in flight at once as were asked for, and never more.
function fetching.flight(check, session, child, own)
  local failure, series
  for _, in_flight in ipairs(check.in_flight) do
    failure, series = judge_flight(check, session, child, own, in_flight)
    if failure then
      return failure
    end
  end
  local result = pass("%s of %s at once, when told so: the server counted",
    table.concat(check.in_flight, " and "), session.format.plural(check.size, "URL"))
  result.series = series
  return result
end

--- A port of this machine where nobody listens, as long as the handle is open.
local function dead_port()
  local tcp = assert(uv.new_tcp())
  assert(tcp:bind("127.0.0.1", 0))
  return setmetatable({ number = tcp:getsockname().port }, { __close = function()
    tcp:close()
    uv.run("nowait")
  end })
end

--- URLs of which some fail, with what is right for each.
local function failing(own, port, seed)
  local good = own:urls(3, seed)
  local urls = {
    good[1], own:url("status/500"), good[2], ("http://127.0.0.1:%d/"):format(port),
    own:url("status/404"), good[3],
  }
  return urls, {
    own:body(good[1]), false, own:body(good[2]), false, false, own:body(good[3]),
  }
end

--- One URL's failure loses no other's body.
function fetching.failures(check, session, child, own)
  local port <close> = dead_port()
  for i, name in ipairs(check.calls) do
    local way = setmetatable({ call = name }, { __index = check })
    local urls, expected = failing(own, port.number, session.seed + i)
    local done, failure = fetched.run(session, child, way, own, urls, check.in_flight)
    if not done then
      return failure
    end
    local problem = fetched.difference(session, expected, done.results)
    if problem then
      return fail("%s: %s", name, problem)
    end
  end
  return pass("3 of 6 URLs fail, the other 3 have their bodies, both ways")
end

return fetching
