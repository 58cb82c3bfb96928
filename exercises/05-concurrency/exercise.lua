--- The manifest, called with this folder's path; `perilune.lab.manifest` tells the fields.

local folder = ...
local examine = loadfile(folder .. "/judge/checks.lua")(folder)
local factors = dofile(folder .. "/judge/factors.lua")
local fetching = loadfile(folder .. "/judge/fetching.lua")(folder)
local figures = loadfile(folder .. "/judge/figures.lua")(folder)
local numbers = dofile(folder .. "/numbers.lua")
local site = loadfile(folder .. "/judge/site.lua")(folder)

local DRIVER <const> = "judge/driver.lua"
local SCRIPT_DRIVER <const> = "judge/script_driver.lua"
local FETCHING_DRIVER <const> = "judge/fetching_driver.lua"
local READABLE <const> = { -- by the drivers
  "naive.lua", "judge/given", "judge/without_n.lua", DRIVER,
}
local RECORDS <const> = { "calls" }
local POOLED <const> = "factor_all_pooled"
local CONCURRENT <const> = "fetch_all_concurrent"

--- A hint about errors that many meet.
local function explain(message)
  if message:find("is not set in a worker", 1, true) then
    return "a worker sees none of your globals: make it local, or hand it over as an argument"
  elseif message:find("scheduler", 1, true) and message:find("cannot be sent", 1, true) then
    return "a future only stands for a result: when all are handed in, future:result() gives each"
  elseif message:find("cannot be sent", 1, true) then
    return "what goes to a worker is copied; take out what is no plain value, table or function"
  end
end

--- The same about fetching.
local function explain_fetching(message)
  if message:find("a nil value (field 'body')", 1, true) then
    return "where no answer came there is no body: look at the result's ok (README.md, step 6)"
  end
end

local function driven(check)
  check.kind, check.driver, check.explain = "driven", DRIVER, explain
  return check
end

local function driven_fetching(check)
  check.kind, check.driver, check.explain = "driven", FETCHING_DRIVER, explain_fetching
  check.open = site.start
  return check
end

local function processors()
  return require("perilune.pool").cpus()
end

--- What `compare` times: the same numbers without a pool, and with a worker for each processor.
local pooled = {
  folder = folder,
  concurrent = true,
  readable = READABLE,
  records = RECORDS,
  functions = {},
  naive = { file = "reference/in_turn.lua", name = "factor_all", growth = 1 },
  generate = function(n, seed)
    return numbers(n, seed), processors()
  end,
  expected = factors,
  compare = {
    size = 50, naive_size = 50, wall = true, driver = DRIVER, call = POOLED,
    unit = "numbers up to 1e12, a worker for each processor",
    versions = { { "script", "reference/pool_script.lua", driver = SCRIPT_DRIVER },
      { "native", "reference/pool_native.lua" } },
  },
}

--- The same URLs one by one, and all at once.
local fetched = {
  folder = folder,
  concurrent = true,
  readable = READABLE,
  functions = {},
  naive = { file = "reference/one_by_one.lua", name = "fetch_all", growth = 1 },
}

--- Its server, as long as versions are timed.
function fetched.open()
  fetched.site = assert(site.start({ latency = 0.01 }))
  return fetched.site
end

function fetched.generate(n, seed)
  return fetched.site:urls(n, seed), n
end

function fetched.expected(urls)
  return fetched.site:bodies(urls)
end

fetched.compare = {
  size = 50, naive_size = 10, wall = true, driver = FETCHING_DRIVER, call = CONCURRENT,
  unit = "URLs that are answered after 10 ms, all at once", open = fetched.open,
  versions = { { "script", "reference/fetch_script.lua" },
    { "native", "reference/fetch_native.lua" } },
}

return {
  title = "Concurrency",
  concurrent = true,
  functions = { "factor_all", POOLED, "fetch_all", CONCURRENT },
  naive = { file = "reference/in_turn.lua", name = "factor_all", growth = 1 },
  given = {
    "README.md", "naive.lua", "numbers.lua", "urls.lua", "lanes.lua", "flight.lua", "chart.lua",
    "server.lua",
  },
  generate = numbers,
  expected = factors,
  compare = { cores = { pooled, fetched } },
  limits = { memory = 512 << 20, cpu = 5, wall = 20, output = 64 * 1024 },
  readable = READABLE,
  records = RECORDS,
  report = { driver = DRIVER, arguments = function(seed)
    return numbers(12, seed), 2
  end },
  checks = {
    { name = "loads", label = "solution", kind = "loads", driver = DRIVER,
      hint = "return { factor_all = factor_all, ... } at the end, as the starter does" },
    driven { name = "sequential", label = "factor_all", examine = examine.sequential,
      call = "factor_all", needs = { "loads" }, size = 4,
      hint = "a loop that calls compute_prime_factors (README.md, step 2)" },
    driven { name = "pooled", label = POOLED, examine = examine.same, call = POOLED, pooled = true,
      needs = { "loads" }, hints = { 2, 3 },
      hint = "p:map(compute_prime_factors, numbers) (README.md, step 3)" },
    driven { name = "workers", label = "at work at once", examine = examine.workers, call = POOLED,
      timed = true, needs = { "pooled" }, size = 20, workers = { 2, 3 },
      hints = { 1, 2, 3 },
      hint = "hand all numbers to a pool of that many workers (README.md, hint 2)" },
    driven { name = "wall", label = "wall time", examine = examine.wall, call = POOLED,
      needs = { "sequential", "workers" }, size = 16, target = 1.3, pairs = 25,
      free = 1.25, disturbed = 15, processors = processors, timed = true,
      hints = { 1, 2 },
      hint = "what does a worker wait for? `perilune lanes.lua` shows it (README.md, hint 3)" },
    { name = "cpu", label = "CPU time", decide = examine.cpu, pooled = "workers",
      needs = { "workers" }, hint = "each number is to be factored by compute_prime_factors" },
    { name = "figures", label = "figures", kind = "facts", figures = figures.factoring,
      needs = { "workers" }, hint = "fill in answers.md from lanes.lua (README.md, step 4)" },
    { name = "why", label = "explanation", kind = "prose", needs = { "workers" },
      headings = { "Why the pool helps", "When it does not" },
      counted = { heading = "Why the pool helps", low = 3, high = 5 },
      rubric = {
        "[2] why it helps: each process has a processor for itself, nobody waits for anybody",
        "[1] why it falls short of the number of workers, and why CPU time does not fall",
        "[2] when not: short tasks, much data to copy, state to share, work that waits",
      },
      hints = { 1 },
      hint = "write it under Why the pool helps and When it does not in answers.md" },
    driven_fetching { name = "one_by_one", label = "fetch_all", examine = fetching.right,
      call = "fetch_all", needs = { "loads" }, latency = 0.005,
      hint = "a loop that calls fetch.get (README.md, step 6)" },
    driven_fetching { name = "concurrent", label = CONCURRENT, examine = fetching.right,
      call = CONCURRENT, needs = { "loads" }, latency = 0.005, jitter = 0.03,
      in_flight = { 3, 1, 5 },
      hints = { 2, 3 }, hint = "fetch.all(urls, { concurrency = in_flight }) (README.md, step 7)" },
    driven_fetching { name = "flight", label = "in flight at once", examine = fetching.flight,
      call = CONCURRENT, needs = { "concurrent" }, latency = 0.05, size = 40,
      in_flight = { 10, 30 }, timed = true,
      hints = { 1, 2, 3 },
      hint = "as many requests at once as in_flight says, and no more (README.md, hint 5)" },
    driven_fetching { name = "failures", label = "failures", examine = fetching.failures,
      calls = { "fetch_all", CONCURRENT }, needs = { "one_by_one", "concurrent" },
      latency = 0.005, in_flight = 4,
      hints = { 3 }, hint = "false in the place of a URL that failed (README.md, step 6)" },
    driven_fetching { name = "total", label = "total time", examine = fetching.total,
      call = CONCURRENT, needs = { "flight" }, latency = 0.05, size = 40, in_flight = 10,
      near = 1.5, fails = 3, attempts = 8, busy = 0.7, timed = true,
      hints = { 1, 2 },
      hint = "when an answer is there the next request goes out (README.md, hint 6)" },
    { name = "fetch_figures", label = "figures, fetching", kind = "facts",
      figures = figures.fetching, needs = { "flight" },
      hint = "fill in answers.md from flight.lua (README.md, step 8)" },
    { name = "choices", label = "which for which", kind = "choices", figures = figures.all,
      choices = figures.choices, needs = { "figures", "fetch_figures" },
      hints = { 1 }, hint = "fill in answers.md by your own figures (README.md, step 9)" },
    { name = "bound", label = "summary", kind = "prose", needs = { "figures", "fetch_figures" },
      headings = { "CPU-bound against I/O-bound" },
      counted = { heading = "CPU-bound against I/O-bound", low = 3, high = 6 },
      rubric = {
        "[2] what bounds each: a processor's work, or waiting for others, which takes none",
        "[2] why processes help the one, and requests at once in one process the other",
        "[1] what each costs, or when neither helps; how to tell which kind a program is",
      },
      hints = { 1 },
      hint = "write it under CPU-bound against I/O-bound in answers.md (README.md, step 9)" },
  },
  hints = {
    "What does each work wait for: a processor, or an answer? Who could do what meanwhile?",
    "A pool's map hands a number to whichever worker has nothing to do; fetch.all keeps as many "
      .. "requests in flight as its concurrency says. Both keep the order.",
    "local p <close> = pool.new{workers = workers}; p:map(compute_prime_factors, numbers). "
      .. "r.ok and r.body for each r of fetch.all(urls, {concurrency = in_flight}).",
  },
}
