--- Programs that last: a pool whose workers are killed, a profile of very many calls, a fetcher and
--- a server that answers wrongly. Each says itself what is wrong; memory and descriptors stay as
--- they were.

local shell = require("spec.torture.shell")

local PROGRAM <const> = "build/release/perilune"

-- How much fits into a second here, cautiously.
local TASKS_A_SECOND, CALLS_A_SECOND, ANSWERS_A_SECOND = 3000, 8000000, 100

local function row(what, figure, line)
  local ok, output = shell.run(("%s %s"):format(PROGRAM, line))
  return { what = what, figure = figure, ok = ok, output = output }
end

local function run(seconds)
  local each = seconds / 3
  local tasks = math.max(1000, math.ceil(each * TASKS_A_SECOND))
  local calls = math.max(1000000, math.ceil(each * CALLS_A_SECOND))
  local answers = math.max(100, math.ceil(each * ANSWERS_A_SECOND))
  return {
    row("tasks of a pool, a worker killed for each 100", tasks,
      ("spec/native/pool_soak.lua %d %d"):format(tasks, tasks // 100)),
    row("calls recorded, memory flat", calls, ("spec/profiler/soak.lua %d"):format(calls)),
    row("wrong answers fetched, memory flat", answers, ("spec/fetch/soak.lua %d"):format(answers)),
  }
end

return { name = "kills", share = 0.1, builds = { "release" }, run = run }
