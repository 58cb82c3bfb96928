--- What a program does with a pool, short enough to run for every so many allocations in it. What a
--- call that runs out of memory leaves behind is closed at the end, by force.
package.path = "host/lua/?.lua;" .. package.path
local pool = require("perilune.native.pool")

local function twice(value, other)
  if type(value) == "table" then value = value[1] end
  if value == 3 then error("three", 0) end
  return value * 2, { other }
end

-- Without a host allocations alone fail; under one, calls of the system too: then processes end.
local accepted = { memory = true }
if package.preload["perilune.host"] then
  for _, code in ipairs({ "system", "init", "crash", "exit" }) do accepted[code] = true end
end

local function is_fault(problem)
  return pool.is_error(problem) and accepted[problem.code]
end

local function is_three(problem)
  return pool.is_error(problem) and problem.message == "three" or is_fault(problem)
end

-- Where memory runs out once, what was under way goes on with the next look; for ever, it ends.
local function insist(fn, ...)
  local result
  for _ = 1, 3 do
    result = table.pack(pcall(fn, ...))
    if result[1] then return table.unpack(result, 2, result.n) end
  end
  error(result[2], 0)
end

local function check_map(p)
  local results = insist(p.map, p, twice, { 1, { 2 }, 3, 4 }, { on_error = "return" })
  for i = 1, 4 do
    local ok = results[i] == 2 * i or is_fault(results[i])
    assert(ok or i == 3 and is_three(results[3]), results[i])
  end
end

local function check_imap(p)
  local n = 0
  local function items()
    n = n + 1
    if n < 6 then return n, { n } end
  end
  for i, result in p:imap(twice, items, { on_error = "return", ordered = false, window = 2 }) do
    local ok = result == 2 * i or is_fault(result)
    assert(ok or i == 3 and is_three(result), result)
  end
end

local function check_futures(p)
  local plain, rich = p:submit(twice, 5), p:submit(twice, { 6 }, ("x"):rep(70000))
  local bad, gone = p:submit(twice, 3), p:submit(twice, 7)
  gone:cancel()
  local problem = insist(plain.error, plain)
  assert(problem == nil and plain:result() == 10 or is_fault(problem), problem)
  problem = insist(rich.error, rich)
  assert(problem == nil and #select(2, rich:result())[1] == 70000 or is_fault(problem))
  assert(is_three(insist(bad.error, bad)))
  for future in pool.as_completed({ plain, gone, rich }) do assert(future:done()) end
end

local p = assert(pool.new({ workers = 1, retries = 1, task_timeout = 30 }))
local ok, problem = pcall(function()
  check_futures(p)
  check_map(p)
  check_imap(p)
  p:stats()
end)
if ok then p:shutdown() end
p:close("at once")
if not ok then error(tostring(problem), 0) end
