--- Drives a solution: hands it functions that write down their calls, and reports what came of it.
--- `perilune.lab.manifest` tells what a driver is.

local clock = require("perilune.clock")
local memo = require("perilune.memo")
local native_clock = require("perilune.native.clock")
local profiler = require("perilune.profiler")

local error, next, pcall, tonumber, type = error, next, pcall, tonumber, type
local collectgarbage, rawequal, rawget = collectgarbage, rawequal, rawget
local pack, unpack = table.pack, table.unpack
local start, stop = profiler.start, profiler.stop
local cache_of = memo.cache

local sample = cache_of(memo.wrap(function() end))
local info, clear = sample.info, sample.clear

local UNSENT <const> = {
  ["function"] = "(a function)", userdata = "(a userdata)", thread = "(a coroutine)",
}

-- Delays are counted, not waited for.
local delays, waited = 0, 0
local function sleep(seconds)
  local wanted = tonumber(seconds)
  if not wanted or wanted < 0 or wanted ~= wanted then
    error("bad argument #1 to 'sleep' (seconds, from 0 on, expected)", 2)
  end
  delays, waited = delays + 1, waited + wanted
end
clock.sleep, native_clock.sleep = sleep, sleep

--- Values that a message can carry, as far as the outermost go.
local function plain(values)
  for i = 1, values.n do
    values[i] = UNSENT[type(values[i])] or values[i]
  end
  return values
end

--- A function that writes down its arguments in `log.calls` and does what `log.outcomes` says next.
local function new_probe(log)
  return function(...)
    log.calls[#log.calls + 1] = plain(pack(...))
    log.count = log.count + 1
    local outcome = log.outcomes[log.count]
    if not outcome then
      return
    elseif outcome.raises then
      log.raised = outcome[1]
      error(outcome[1], 0)
    end
    return unpack(outcome, 1, outcome.n)
  end
end

local function step_report(log, ok, ...)
  local values = pack(...)
  if ok then
    return { calls = log.calls, results = plain(values) }
  end
  local same = log.raised ~= nil and rawequal(values[1], log.raised)
  return { calls = log.calls, raised = plain(pack(values[1])), same = same }
end

local function run_steps(log, scenario, memoised)
  local steps = {}
  for i = 1, #scenario.steps do
    local step = scenario.steps[i]
    log.calls, log.raised = {}, nil
    steps[i] = step_report(log, pcall(memoised[step.f], unpack(step, 1, step.n)))
  end
  return steps
end

--- Memoises each of the scenario's functions and makes its calls.
---@return table report {steps}, or {failed = message} where memoize raised an error, or
---  {made = type} where it returned no function
local function replay(memoize, scenario)
  local log = { calls = {}, count = 0, outcomes = scenario.outcomes }
  local memoised = {}
  for i = 1, scenario.functions do
    local ok, made = pcall(memoize, new_probe(log))
    if not ok then
      return { failed = plain(pack(made)) }
    elseif type(made) ~= "function" then
      return { made = type(made) }
    end
    memoised[i] = made
  end
  if log.count > 0 then
    return { early = log.count }
  end
  return { steps = run_steps(log, scenario, memoised) }
end

local function find(entries, arguments)
  for i = 1, #entries do
    local entry, same = entries[i], true
    for j = 1, arguments.n do
      same = same and rawequal(entry.arguments[j], arguments[j])
    end
    if same and entry.arguments.n == arguments.n then
      return entry
    end
  end
end

-- How deep a change within a table is seen.
local DEEPEST <const> = 4

local function copy_of(value, depth)
  if type(value) ~= "table" or depth > DEEPEST then
    return value
  end
  local copied = {}
  for key, item in next, value do
    copied[key] = copy_of(item, depth + 1)
  end
  return copied
end

local function is_changed(value, copied, depth)
  if type(value) ~= "table" or type(copied) ~= "table" or depth > DEEPEST then
    return not rawequal(value, copied)
  end
  for key, item in next, copied do
    if is_changed(rawget(value, key), item, depth + 1) then
      return true
    end
  end
  for key in next, value do
    if copied[key] == nil then
      return true
    end
  end
  return false
end

--- A right `memoize` that writes down each hit, with what two fresh calls give in its place.
local function tracing(trace)
  return function(fn)
    local entries = {}
    trace.wrapped = trace.wrapped + 1
    return function(...)
      local arguments = pack(...)
      local entry = find(entries, arguments)
      if not entry then
        entry = {
          arguments = arguments, before = copy_of(arguments, 0), results = pack(fn(...)),
        }
        entries[#entries + 1] = entry
      else
        trace.hits[#trace.hits + 1] = {
          changed = is_changed(arguments, entry.before, 0), cached = plain(pack(entry.results[1])),
          fresh = plain(pack((fn(...)))), again = plain(pack((fn(...)))),
        }
      end
      return unpack(entry.results, 1, entry.results.n)
    end
  end
end

---@param solution table<string, function>
return function(solution)
  local driven = { fib = solution.fib }

  function driven.replay(scenario)
    return replay(solution.memoize, scenario)
  end

  --- Calls with tables that are dropped at once, so that others take their addresses: the first
  --- call that gave an earlier one's result.
  function driven.dropped(n)
    local calls = 0
    local memoised = solution.memoize(function()
      calls = calls + 1
      return calls
    end)
    for i = 1, n do
      local ok, result = pcall(memoised, {})
      if not ok then
        return { raised = plain(pack(result)) }
      elseif not rawequal(result, i) then
        return { stale = i }
      end
      collectgarbage()
    end
    return {}
  end

  --- A function that calls itself through its memoised name: its value at n, and its calls.
  function driven.recursive(n)
    local calls, fib = 0, nil
    fib = solution.memoize(function(k)
      calls = calls + 1
      return k < 2 and k or fib(k - 1) + fib(k - 2)
    end)
    return { value = fib(n), calls = calls }
  end

  function driven.delayed(name, n)
    delays, waited = 0, 0
    return { value = solution[name](n), delays = delays, waited = waited }
  end

  function driven.pitfall()
    local trace = { wrapped = 0, hits = {} }
    trace.returned = plain(pack(solution.pitfall(tracing(trace))))
    return trace
  end

  --- What the cache of fib_memo says after one call.
  function driven.cache(n)
    local ok, cache = pcall(cache_of, solution.fib_memo)
    if not ok then
      return { wrapped = false }
    end
    clear(cache)
    solution.fib_memo(n)
    return { wrapped = true, info = info(cache) }
  end

  --- Calls fib_memo a number of times, each time with an empty cache.
  function driven.cold(rounds, n)
    local fib_memo, cache = solution.fib_memo, cache_of(solution.fib_memo)
    for _ = 1, rounds do
      clear(cache)
      fib_memo(n)
    end
  end

  --- For `perilune report`: fib and fib_memo, each at its own n.
  function driven.recorded(plain_n, memo_n)
    start()
    solution.fib(plain_n)
    solution.fib_memo(memo_n)
    return { profile = stop():encode("json") }
  end

  --- fib of each n of a list, memoised once for all: what `perilune compare 4` times.
  function driven.requests(list)
    local fib
    fib = solution.memoize(function(n)
      return n < 2 and n or fib(n - 1) + fib(n - 2)
    end)
    local sum = 0
    for i = 1, #list do
      sum = sum + fib(list[i])
    end
    return sum
  end

  return driven
end
