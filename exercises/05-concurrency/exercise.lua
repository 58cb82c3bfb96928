--- The manifest, called with this folder's path; `perilune.lab.manifest` tells the fields.

local folder = ...
local examine = loadfile(folder .. "/judge/checks.lua")(folder)
local factors = dofile(folder .. "/judge/factors.lua")
local numbers = dofile(folder .. "/numbers.lua")

local DRIVER <const> = "judge/driver.lua"
local POOLED <const> = "factor_all_pooled"

--- A hint about errors that many meet.
local function explain(message)
  if message:find("is not set in a worker", 1, true) then
    return "a worker sees none of your globals: make it local, or hand it over as an argument"
  elseif message:find("cannot be sent", 1, true) then
    return "what goes to a worker is copied; take out what is no plain value, table or function"
  end
end

local function driven(check)
  check.kind, check.driver, check.explain = "driven", DRIVER, explain
  return check
end

local function processors()
  return require("perilune.pool").cpus()
end

--- What `compare` times: the same numbers without a pool, and with a worker for each processor.
local pooled = {
  folder = folder,
  functions = {},
  naive = { file = "reference/in_turn.lua", name = "factor_all", growth = 1 },
  generate = function(n, seed)
    return numbers(n, seed), processors()
  end,
  expected = factors,
  compare = {
    size = 50, naive_size = 50, wall = true, driver = DRIVER, call = POOLED,
    unit = "numbers up to 1e12, a worker for each processor",
    versions = { { "script", "reference/script.lua" }, { "native", "reference/native.lua" } },
  },
}

--- The figures' own sense: a process works no longer than time passes, and a pool saves no work.
local FIGURES <const> = {
  { key = "workers", heading = "Workers", kind = "number", fits = function()
    return 2, 256, "with one, nothing is at work at once"
  end },
  { key = "wall", heading = "Wall time, one after another", kind = "seconds",
    fits = function(values)
      return 0.9 * values.cpu, nil, "one process cannot work for longer than time passes"
    end },
  { key = "cpu", heading = "CPU time, one after another", kind = "seconds" },
  { key = "pooled_wall", heading = "Wall time, pooled", kind = "seconds" },
  { key = "pooled_cpu", heading = "CPU time, pooled", kind = "seconds", fits = function(values)
    return 0.7 * values.cpu, nil, "the work is the same; that of workers is in "
      .. "clock.children(), once the pool is closed"
  end },
  { key = "ratio", heading = "Speed-up", kind = "ratio", quotient = { "wall", "pooled_wall" },
    fits = function(values, measures)
      local near = values.workers == 2 and measures.wall and measures.wall.ratio
      if near then
        return near / 1.5, near * 1.5, "with two workers, it was measured here"
      end
      return nil, 1.15 * values.workers, "a worker does no more than one process alone"
    end },
}

return {
  title = "Concurrency",
  functions = { "factor_all", POOLED },
  naive = { file = "reference/in_turn.lua", name = "factor_all", growth = 1 },
  given = { "README.md", "naive.lua", "numbers.lua", "lanes.lua", "chart.lua" },
  generate = numbers,
  expected = factors,
  compare = { core = pooled },
  limits = { memory = 512 << 20, cpu = 20, wall = 30, output = 64 * 1024 },
  checks = {
    { name = "loads", label = "solution", kind = "loads", driver = DRIVER,
      limits = { cpu = 5, wall = 20 },
      hint = "return { factor_all = factor_all, ... } at the end, as the starter does" },
    driven { name = "sequential", label = "factor_all", examine = examine.sequential,
      call = "factor_all", needs = { "loads" }, size = 4,
      hint = "a loop that calls compute_prime_factors (README.md, step 2)" },
    driven { name = "pooled", label = POOLED, examine = examine.same, call = POOLED, pooled = true,
      needs = { "loads" }, hint = "p:map(compute_prime_factors, numbers) (README.md, step 3)" },
    driven { name = "workers", label = "at work at once", examine = examine.workers, call = POOLED,
      needs = { "pooled" }, size = 20, workers = { 2, 3 },
      hint = "hand all numbers to a pool of that many workers (README.md, hint 2)" },
    driven { name = "wall", label = "wall time", examine = examine.wall, call = POOLED,
      needs = { "sequential", "workers" }, size = 16, target = 1.3, pairs = 25,
      free = 1.25, disturbed = 15, processors = processors,
      hint = "what does a worker wait for? `perilune lanes.lua` shows it (README.md, hint 3)" },
    { name = "cpu", label = "CPU time", decide = examine.cpu, pooled = "workers",
      needs = { "workers" }, hint = "each number is to be factored by compute_prime_factors" },
    { name = "figures", label = "figures", kind = "facts", figures = FIGURES,
      needs = { "workers" }, hint = "fill in answers.md from lanes.lua (README.md, step 4)" },
    { name = "why", label = "explanation", kind = "prose", needs = { "workers" },
      headings = { "Why the pool helps", "When it does not" },
      counted = { heading = "Why the pool helps", low = 3, high = 5 },
      rubric = {
        "[2] why it helps: each process has a processor for itself, nobody waits for anybody",
        "[1] why it falls short of the number of workers, and why CPU time does not fall",
        "[2] when not: short tasks, much data to copy, state to share, work that waits",
      },
      hint = "write it under Why the pool helps and When it does not in answers.md" },
  },
  hints = {
    "Which of the two ways could use a second processor, and what would have to be known before?",
    "A pool's map hands a number to whichever worker has nothing to do, and keeps the order.",
    "local p <close> = pool.new{workers = workers}; p:map(compute_prime_factors, numbers) does it.",
  },
}
