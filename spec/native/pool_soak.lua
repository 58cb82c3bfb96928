--- Tasks of a native pool while their workers are killed at random moments:
---
---     perilune spec/native/pool_soak.lua [TASKS [KILLS [SEED]]]
---
--- Each result must come once, and be right; no descriptor and no process may be left. Prints the
--- figures; exits with 1 when something is wrong.
package.path = "./?.lua;" .. package.path
local clock = require("perilune.clock")
local levels = require("spec.torture.levels")
local pool = require("perilune.native.pool")
local processes = require("spec.native.processes")
local uv = require("luv")

local TASKS <const> = math.tointeger(arg[1] or 1000000)
local KILLS <const> = math.tointeger(arg[2] or 10000)
local SEED <const> = math.tointeger(arg[3] or os.time())
local WORKERS <const> = 4
local RECENT <const> = 5000 -- tasks
local NOTED <const> = { [TASKS // 10] = true, [TASKS // 2] = true, [TASKS] = true }

math.randomseed(SEED)
print(("seed %d: %d tasks, %d kills"):format(SEED, TASKS, KILLS))

-- Some tasks are long, some results are.
local function work(i)
  if i % 997 == 0 then return i, ("x"):rep(i % 300000) end
  if i % 101 == 0 then
    local sum = 0
    for k = 1, 20000 do sum = sum + k end
    return i, { sum }
  end
  return i, -i
end

local function is_right(i, first, second)
  if first ~= i then return false end
  if i % 997 == 0 then return second == ("x"):rep(i % 300000) end
  if i % 101 == 0 then return second[1] == 200010000 end
  return second == -i
end

local before, held = processes.count(), levels.new(nil, WORKERS) -- some are being replaced
local kills, killed = 0, {}

-- Kills as many as are due by now, with a little chance. One that was killed of late may still be
-- counted among the living.
local function kill_some(p, done)
  if kills >= KILLS * done / TASKS or math.random() < 0.5 then return end
  local workers = p:stats().workers
  local victim = workers[math.random(math.max(1, #workers))]
  if not victim or done - (killed[victim.pid] or -RECENT) < RECENT then return end
  assert(uv.kill(victim.pid, "sigkill"))
  kills, killed[victim.pid] = kills + 1, done
end

local function report(name, value) print(("%-24s %s"):format(name, value)) end

local start, right, wrong, seen = clock.now(), 0, 0, 0
do
  local p <close> = pool.new({ workers = WORKERS, retries = 1000000 })
  local n = 0
  local function numbers()
    n = n + 1
    if n <= TASKS then return n end
  end
  for i, first, second in p:imap(work, numbers, { on_error = "return", window = 500 }) do
    seen = seen + 1
    if i == seen and not pool.is_error(first) and is_right(i, first, second) then
      right = right + 1
    else
      wrong = wrong + 1
      if wrong < 10 then print("wrong", i, seen, first) end
    end
    if i % 10 == 0 then kill_some(p, i) end
    if NOTED[i] then held:note() end
  end
  local stats = p:stats()
  report("right", right)
  report("wrong", wrong)
  report("missing", TASKS - seen)
  report("kills", kills)
  report("workers replaced", stats.restarts)
  report("tasks tried again", stats.retried)
  wrong = wrong + TASKS - seen + stats.failed + math.abs(stats.completed - TASKS)
  wrong = wrong + (stats.restarts < kills - WORKERS and 1 or 0)
end
report("seconds", ("%.1f"):format(clock.now() - start))
local flat, problem = held:report()
local ok, why = pcall(processes.assert_none_left, before)
report("memory", flat and "flat" or problem)
report("descriptors, processes", ok and "as before" or tostring(why))
os.exit(ok and flat and wrong == 0)
