--- Your two functions on URLs of the same slow server: wall time, CPU time, and how many requests
--- were in flight when, as the server saw it.
---
---     perilune flight.lua [IN_FLIGHT [FILE.svg]]
---
--- IN_FLIGHT is how many requests may be in flight at once, 20 by default. The picture goes to
--- FILE.svg as well.

local chart = require("chart")
local clock = require("perilune.clock")
local server = require("server")
local solution = require("solution")
local urls = require("urls")

local IN_FLIGHT <const>, WIDTH <const> = 20, 80

--- Processor time of this process and of those that it has started and that have ended: not that
--- of the server, which goes on.
local function cpu()
  return clock.cpu() + clock.children()
end

local function measure(site, fn, ...)
  site:requests()
  local start, used = clock.now(), cpu()
  local bodies = fn(...)
  local stop, spent = clock.now(), cpu() - used
  local requests = site:requests()
  return {
    bodies = bodies, start = start, wall = stop - start, cpu = spent, requests = requests,
    most = server.most(requests),
  }
end

local function same(a, b)
  for i = 1, urls.count do
    if a[i] ~= b[i] then
      return false
    end
  end
  return true
end

local function count_missing(bodies)
  local missing = 0
  for i = 1, urls.count do
    missing = missing + (bodies[i] and 0 or 1)
  end
  return missing
end

--- A way's requests, as a lane of the picture.
local function lane_of(label, run, most)
  local spans = {}
  for i, request in ipairs(run.requests) do
    spans[i] = { start = request.came - run.start, stop = request.answered - run.start }
  end
  return { label = label, note = ("most %3d"):format(run.most), spans = spans, height = most }
end

local ROW <const> = "%-12s%12s%12s%16s"

local function row(...)
  print((ROW:format(...):gsub(" +$", "")))
end

--- The least that so many requests at once can take.
local function ideal_of(most)
  return urls.latency * math.ceil(urls.count / math.max(most, 1))
end

local function print_times(one, all, in_flight)
  print(("%d URLs, each answered after %g ms; up to %d requests in flight\n"):format(urls.count,
    urls.latency * 1000, in_flight))
  row("", "wall time", "CPU time", "most in flight")
  for _, way in ipairs({ { "one by one", one }, { "at once", all } }) do
    local run = way[2]
    row(way[1], ("%.3f s"):format(run.wall), ("%.1f ms"):format(run.cpu * 1000), run.most)
  end
  row("ideal", ("%.3f s"):format(ideal_of(all.most)), "", "")
  row("speed-up", ("%.1fx"):format(one.wall / all.wall), "", "")
end

local function print_lanes(lanes, seconds)
  print(table.concat(chart.text(lanes, seconds, WIDTH), "\n"))
end

local function draw(one, all, path)
  local most = math.max(one.most, all.most, 1)
  local lanes = { lane_of("one by one", one, most), lane_of("at once", all, most) }
  local seconds = math.max(one.wall, all.wall)
  print("\nRequests in flight, both on one scale; then the second one alone:\n")
  print_lanes(lanes, seconds)
  print_lanes({ lanes[2] }, all.wall)
  if path then
    local file <close> = assert(io.open(path, "w"))
    file:write(chart.svg(lanes, seconds))
  end
end

local function main(given, path)
  local in_flight = math.tointeger(tonumber(given or IN_FLIGHT))
  if not in_flight or in_flight < 1 then
    io.stderr:write("usage: perilune flight.lua [IN_FLIGHT [FILE.svg]], IN_FLIGHT from 1\n")
    os.exit(2)
  end
  local site <close> = assert(server.start({ latency = urls.latency }))
  local list = urls.list(urls.count, site.url)
  local one = measure(site, solution.fetch_all, list)
  local all = measure(site, solution.fetch_all_concurrent, list, in_flight)
  print_times(one, all, in_flight)
  if not same(one.bodies, all.bodies) then
    print("\nThe bodies are not the same.")
  end
  local missing = count_missing(all.bodies)
  if missing > 0 then
    print(("\n%d of %d have no body."):format(missing, urls.count))
  end
  draw(one, all, path)
end

main(...)
