--- The manifest, called with this folder's path; `perilune.lab.manifest` tells the fields.

local folder = ...
local cases = dofile(folder .. "/judge/cases.lua")
local examine = loadfile(folder .. "/judge/checks.lua")(folder)

local SIZE <const> = 35
local MEMO_CALLS <const> = SIZE + 1
local RECURSIVE <const> = 0.9
local QUICK <const> = { cpu = 2, wall = 20, memory = 256 << 20 }
local DRIVER <const> = "judge/driver.lua"
local OWN <const> = {
  modules = { "perilune.memo", "perilune.script.memo", "perilune.native.memo" },
  reason = "perilune.memo is what you are writing; see it in `perilune compare 4`",
  late = true,
}

local function fib(n)
  local a, b = 0, 1
  for _ = 1, n do
    a, b = b, a + b
  end
  return a
end

--- fib of 0 to `last`, one call a case.
local function numbers_to(last)
  return function()
    local list = {}
    for n = 0, last do
      list[#list + 1] = { label = "fib(" .. n .. ")", arguments = table.pack(n) }
    end
    return list
  end
end

--- fib(n) ones must be added up; other ways to begin with 0 and 1 save some calls.
local function judge_plain(counted, format, n)
  if counted.most < fib(n) then
    return ("fib(%d) took %s; the plain recursion that is to be memoised takes %s"):format(
      n, format.plural(counted.most, "call"), format.count(2 * fib(n + 1) - 1))
  elseif counted.itself < RECURSIVE then
    return ("%.0f %% of the %s calls are made by the function itself; the plain recursion makes "
      .. "all but the first"):format(100 * counted.itself, format.count(counted.most))
  end
end

--- Calls of functions that are not in the solution's file: those of perilune.memo.
local function calls_elsewhere(counted)
  local calls = counted.total
  for _, one in ipairs(counted.functions) do
    calls = calls - one.calls
  end
  return calls
end

local function judge_memoised(counted, format)
  if counted.most > 2 * MEMO_CALLS and calls_elsewhere(counted) >= counted.most then
    return ("%s calls, all through the wrapped function: its cache drops what is still needed; "
      .. "give it room for every number"):format(format.count(counted.most)),
      "memo.wrap keeps 128 results, unless its option maxsize says otherwise"
  elseif counted.most >= fib(SIZE) then
    return ("%s calls: fib_memo's function calls fib or itself, not the wrapped function; inside "
      .. "it, call fib_memo"):format(format.count(counted.most))
  elseif counted.total > 100 * MEMO_CALLS then
    return ("fib_memo(%d) took %s calls of Lua functions; %d computations are enough, one for each "
      .. "number"):format(SIZE, format.count(counted.total), MEMO_CALLS)
  elseif counted.most < MEMO_CALLS - 2 then
    return ("fib_memo(%d) took %s of your functions; the recursion memoised takes %d"):format(
      SIZE, format.plural(counted.most, "call"), MEMO_CALLS)
  end
end

--- A hint about the first mistake that everybody makes.
local function explain(message)
  if message:find("global 'fib_memo'", 1, true) then
    return "`local fib_memo` on a line before `fib_memo = memo.wrap(...)`: in `local x = ...` the "
      .. "name x is not known yet (README.md, hint 1)"
  end
end

local function explain_own(message)
  return message:find("memo' is off limits", 1, true)
    and "use nothing of perilune.memo in memoize, in factorial, or while solution.lua is loaded"
end

local function own(check)
  check.kind, check.driver, check.examine = "driven", DRIVER, check.examine or examine.replays
  check.forbidden, check.limits, check.explain = OWN, QUICK, explain_own
  return check
end

--- Requests for fib(n), n from 0 to 25, for `compare`.
local function requests(n, seed)
  math.randomseed(seed)
  local list = {}
  for i = 1, n do
    list[i] = math.random(0, 25)
  end
  return list
end

local function sum_of(list)
  local sum = 0
  for _, n in ipairs(list) do
    sum = sum + fib(n)
  end
  return sum
end

local requested = {
  folder = folder,
  functions = { "memoize" },
  naive = { file = "reference/requests.lua", name = "requests", growth = 1 },
  generate = requests,
  expected = sum_of,
  forbidden = OWN,
  compare = {
    size = 200000, naive_size = 100, unit = "requests for fib(n), n up to 25",
    driver = DRIVER, call = "requests",
    versions = { { "script", "reference/script.lua" }, { "native", "reference/native.lua" } },
  },
}

--- A figure of which only what an earlier check counted is right.
local function counted_in(key, heading, check, field)
  return { key = key, heading = heading, kind = "number", exact = function(measures)
    return measures[check][field]
  end }
end

local FIGURES <const> = {
  { key = "plain", heading = "Time of fib(35)", kind = "seconds" },
  { key = "memo", heading = "Time of fib_memo(35)", kind = "seconds" },
  { key = "ratio", heading = "Speed-up", kind = "ratio", quotient = { "plain", "memo" },
    near = function(measures)
      return measures.cache.ratio
    end,
    tolerance = 8, far = "was fib_memo timed with an empty cache? (README.md, step 2)" },
  counted_in("calls", "Calls of fib", "calls", "most"),
  counted_in("misses", "Misses", "cache", "misses"),
  counted_in("hits", "Hits", "cache", "hits"),
  counted_in("size", "Size", "cache", "currsize"),
}

return {
  title = "Memoization",
  functions = { "fib", "fib_memo", "memoize", "slow_factorial", "factorial", "pitfall" },
  naive = { file = "naive.lua", name = "fib" },
  given = { "README.md", "fib35.lua" },
  generate = function(n)
    return n
  end,
  expected = fib,
  limits = { memory = 512 << 20, cpu = 30, wall = 60, output = 64 * 1024 },
  compare = { core = requested },
  report = { driver = DRIVER, limits = QUICK, arguments = function()
    return 22, SIZE
  end },
  checks = {
    { name = "loads", label = "solution", kind = "loads", limits = QUICK,
      hint = "return { fib = fib, fib_memo = fib_memo, ... } at the end, as the starter does" },
    { name = "fib", label = "fib", kind = "agrees", call = "fib", cases = numbers_to(20),
      needs = { "loads" }, limits = QUICK,
      hint = "fib(0) is 0, fib(1) is 1, each further one the sum of the two before" },
    { name = "calls", label = "fib: calls", kind = "calls", call = "fib", needs = { "fib" },
      slow = true, size = SIZE, judge = judge_plain,
      hint = "write fib as it is defined, without a cache: fib(n - 1) + fib(n - 2)" },
    { name = "fib_memo", label = "fib_memo", kind = "agrees", call = "fib_memo",
      cases = numbers_to(25), explain = explain, needs = { "loads" }, limits = QUICK,
      hints = { 1 },
      hint = "the same function as fib, wrapped: fib_memo = memo.wrap(function(n) ... end)" },
    { name = "memo_calls", label = "fib_memo: calls", kind = "calls", call = "fib_memo",
      slow = true, needs = { "fib_memo" }, size = SIZE, judge = judge_memoised,
      profiled = 20, hints = { 1 },
      hint = "the recursion must go through the wrapped name (README.md, hint 1)" },
    { name = "cache", timed = true, label = "its cache", kind = "driven", driver = DRIVER,
      examine = examine.cache, needs = { "calls", "memo_calls" }, size = SIZE,
      hints = { 1 },
      hint = "fib_memo = memo.wrap(...), with room for every number (README.md, step 2)" },
    { name = "faster", label = "10x faster", kind = "faster", call = "fib_memo", fresh = true,
      needs = { "memo_calls" }, size = 25, target = 10,
      timed = true, profiled = 20, hints = { 1 }, hint = "each number is to be computed once" },
    own { name = "once", label = "memoize", cases = cases.once, needs = { "loads" },
      hints = { 2 },
      hint = "keep each result under its arguments, each function's apart (README.md, step 3)" },
    own { name = "nils", label = "nil and false", cases = cases.nils, needs = { "once" },
      hints = { 2, 3 },
      hint = "nil is a value as any other, and as a table key it is none (README.md, hint 2)" },
    own { name = "arguments", label = "arguments", cases = cases.arguments, needs = { "once" },
      examine = examine.arguments,
      hints = { 2, 3 },
      hint = "calls with different arguments need different keys (README.md, hint 2)" },
    own { name = "results", label = "results", cases = cases.results, needs = { "once" },
      hint = "table.pack keeps all results with their number, table.unpack gives them back" },
    own { name = "errors", label = "errors", cases = cases.errors, needs = { "once" },
      hint = "an error is no result: let it pass, keep nothing (README.md, step 3)" },
    own { name = "recursion", label = "recursion", examine = examine.recursion, needs = { "once" },
      hint = "keep a result at once when it is known; the function may ask for others meanwhile" },
    own { name = "random", label = "at random", cases = cases.random, seeded = true,
      slow = true, needs = { "nils", "arguments", "results", "errors" },
      hints = { 2, 3 }, hint = "make the calls above by hand and look at the keys that you build" },
    own { name = "factorial", label = "factorial", examine = examine.factorial, needs = { "once" },
      slow = true,
      hint = "the plain one waits, the memoised one for new numbers only (README.md, step 4)" },
    { name = "pitfall", label = "pitfall", kind = "driven", driver = DRIVER,
      examine = examine.pitfall, needs = { "loads" }, limits = QUICK,
      hint = "memoise a function of a table, call it, change the table, call it again "
        .. "(README.md, step 5)" },
    { name = "figures", label = "figures", kind = "facts", needs = { "cache" },
      figures = FIGURES,
      hint = "fill in answers.md from your own measurements (README.md, step 2)" },
    { name = "why", label = "explanation", kind = "prose", needs = { "cache" },
      headings = { "The cache", "Pitfalls" },
      counted = { heading = "The cache", low = 3, high = 5 },
      rubric = {
        "[2] hits, misses and size: what each counts, and why these numbers for fib(35)",
        "[1] what a full cache does, and what a larger one costs",
        "[2] pitfalls: arguments that change, functions that are not pure, keys, memory",
      },
      hint = "write it under The cache and Pitfalls in answers.md" },
  },
  hints = {
    "Which function does the recursion call: the plain one, or the one that remembers?",
    "A key must tell apart what the function tells apart: number, order, types of arguments.",
    "A tree of tables, one level an argument, mixes nothing up; nil needs a stand-in.",
  },
}
