--- Your two functions on the same numbers: wall time, CPU time, and which worker did what when.
---
---     perilune lanes.lua [WORKERS [FILE.svg]]
---
--- WORKERS is the number of processors by default. The picture goes to FILE.svg as well.

local clock = require("perilune.clock")
local chart = require("chart")
local numbers = require("numbers")
local pool = require("perilune.pool")

local COUNT <const>, WIDTH <const> = 100, 80

--- Every pool that is made from here on keeps its timeline, and is remembered.
local pools, new = {}, pool.new
function pool.new(options)
  local changed = { timeline = true }
  for name, value in pairs(options or {}) do
    changed[name] = value
  end
  local made, message, code = new(changed)
  pools[#pools + 1] = made
  return made, message, code
end

local solution = require("solution")

--- Processor time of this process and of those that it has started and that have ended.
local function cpu()
  return clock.cpu() + clock.children()
end

local function measure(fn, ...)
  local start, used = clock.now(), cpu()
  local results = fn(...)
  local stop = clock.now()
  return { start = start, stop = stop, cpu = cpu() - used, results = results }
end

local function same(a, b)
  for i = 1, COUNT do
    if table.concat(a[i] or {}, " ") ~= table.concat(b[i] or {}, " ") then
      return false
    end
  end
  return true
end

--- What a worker did, as a lane of the picture. Times count from the beginning of a way.
local function lane_of(worker, spans, run)
  local busy, tasks, list = 0, 0, {}
  for i, span in ipairs(spans) do
    busy, tasks = busy + span.stop - span.start, tasks + span.tasks
    list[i] = { start = span.start - run.start, stop = span.stop - run.start }
  end
  return {
    label = "worker " .. worker, spans = list,
    note = ("%3d tasks  %3.0f %%"):format(tasks, 100 * busy / (run.stop - run.start)),
  }
end

--- The spans of all pools, by worker.
local function spans_by_worker()
  local workers = {}
  for _, p in ipairs(pools) do
    for _, span in ipairs(p:timeline()) do
      workers[span.worker] = workers[span.worker] or {}
      table.insert(workers[span.worker], span)
    end
  end
  return workers
end

local function lanes_of(alone, pooled)
  local seconds = alone.stop - alone.start
  local lanes = { { label = "no pool", spans = { { start = 0, stop = seconds } }, note = "" } }
  local workers, last = spans_by_worker(), 0
  for worker in pairs(workers) do
    last = math.max(last, worker)
  end
  for worker = 1, last do
    lanes[worker + 1] = lane_of(worker, workers[worker] or {}, pooled)
  end
  return lanes
end

local ROW <const> = "%-19s%12s%12s"

local function print_times(alone, pooled, workers)
  local wall, pooled_wall = alone.stop - alone.start, pooled.stop - pooled.start
  local function row(title, run)
    print(ROW:format(title, ("%.3f s"):format(run.stop - run.start), ("%.3f s"):format(run.cpu)))
  end
  print(("%d numbers, %d worker%s\n"):format(COUNT, workers, workers == 1 and "" or "s"))
  print(ROW:format("", "wall time", "CPU time"))
  row("one after another", alone)
  row("pooled", pooled)
  print(ROW:format("speed-up", ("%.2fx"):format(wall / pooled_wall), ""):match("^(.-) *$"))
end

local function main(given, path)
  local workers = math.tointeger(tonumber(given or pool.cpus()))
  if not workers or workers < 1 then
    io.stderr:write("usage: perilune lanes.lua [WORKERS [FILE.svg]], WORKERS from 1\n")
    os.exit(2)
  end
  local list = numbers(COUNT)
  local alone = measure(solution.factor_all, list)
  local pooled = measure(solution.factor_all_pooled, list, workers)
  print_times(alone, pooled, workers)
  if not same(alone.results, pooled.results) then
    print("\nThe factors are not the same.")
  end
  local lanes = lanes_of(alone, pooled)
  if #lanes == 1 then
    print("\nfactor_all_pooled gave no task to a pool of perilune.pool.")
    return
  end
  local seconds = math.max(alone.stop - alone.start, pooled.stop - pooled.start)
  print("\n" .. table.concat(chart.text(lanes, seconds, WIDTH), "\n"))
  if path then
    local file <close> = assert(io.open(path, "w"))
    file:write(chart.svg(lanes, seconds))
  end
end

main(...)
