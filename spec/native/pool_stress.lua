--- All that can be done with a native pool, in random order:
---
---     perilune spec/native/pool_stress.lua [ROUNDS [SEED]]
---
--- Each round is a pool. Every task must have its result, or an error that it may have; nothing may
--- be left. Exits with 1 when something is wrong.
package.path = "./?.lua;" .. package.path
local pool = require("perilune.native.pool")
local processes = require("spec.native.processes")
local uv = require("luv")

local ROUNDS <const> = math.tointeger(arg[1] or 100)
local SEED <const> = math.tointeger(arg[2] or os.time())

local random = math.random
math.randomseed(SEED)
print(("seed %d: %d rounds"):format(SEED, ROUNDS))

-- What tasks do, and how they may end beside "ok"; any may be cancelled, killed or closed.
local kinds = {
  echo = { function(...) return ... end },
  long = { function(n) return ("y"):rep(n), n end },
  spin = { function(n)
    local stop = os.clock() + n * 1e-9
    while os.clock() < stop do end
    return n
  end },
  fail = { function(n) error({ n }) end, "error" },
  exit = { function(n) os.exit(n & 127) end, "exit" },
  die = { function() os.execute("kill -9 $PPID") end, "crash" },
  odd = { function() return coroutine.create(print) end, "data" },
  endless = { function() while true do end end, "timeout" },
  grow = { function()
    local list = {}
    for i = 1, 1 << 22 do list[i] = { i } end
    return #list
  end, "memory" },
}

-- These take a worker each, or a long time.
local costly = { exit = true, die = true, endless = true, grow = true }

local always = { cancelled = true, closed = true, crash = true }

local function may_end(options, kind, code)
  return always[code] or code == kinds[kind][2] or code == "timeout" and options.task_timeout
    or code == "memory" and options.memory_limit or code == "wait"
end

local function chance(one_in) return random(one_in) == 1 end

local function new_options()
  return {
    workers = random(4), retries = random(0, 2), timeline = chance(3),
    max_tasks_per_worker = chance(3) and random(20) or nil,
    task_timeout = chance(2) and 0.05 or nil,
    memory_limit = chance(3) and 16 << 20 or nil,
  }
end

-- One that ends, with these options.
local function some_kind(options)
  if options.task_timeout and chance(30) then return "endless" end
  if options.memory_limit and chance(30) then return "grow" end
  if chance(20) then return ({ "exit", "die", "odd", "fail" })[random(4)] end
  return ({ "echo", "long", "spin" })[random(3)]
end

local Round = {}
Round.__index = Round

local function check(ok, ...)
  if not ok then error(table.concat({ ... }, " "), 0) end
end

function Round:check_problem(kind, problem)
  check(pool.is_error(problem), "no Error:", kind, tostring(problem))
  check(may_end(self.options, kind, problem.code), kind, "ended with", tostring(problem))
end

function Round:check_future(one)
  local kind, problem = one.kind, one.future:error()
  if problem then return self:check_problem(kind, problem) end
  local first, second = one.future:result()
  if kind == "echo" then check(first == one.n and #second == one.n % 5000, "echo", first) end
  if kind == "long" then check(#first == one.n and second == one.n, "long", second) end
  if kind == "spin" then check(first == one.n, "spin", first) end
end

function Round:pick() return self.futures[random(math.max(1, #self.futures))] end

local actions = {}

function actions:submit()
  local kind, n = some_kind(self.options), random(200000)
  local extra = chance(2) and ("z"):rep(n % 5000) or {}
  if type(extra) == "table" then for i = 1, n % 5000 do extra[i] = i end end
  local future = self.pool:submit(kinds[kind][1], n, extra)
  table.insert(self.futures, { kind = kind, n = n, future = future })
end

function actions:map()
  local kind, list = some_kind(self.options), {}
  for i = 1, random(200) do list[i] = chance(2) and i or { i } end
  if kind ~= "echo" then for i = 1, #list do list[i] = i end end
  if costly[kind] then list = { 1, 2 } end
  local ok, results = pcall(self.pool.map, self.pool, kinds[kind][1], list,
    { on_error = chance(3) and "raise" or "return", chunksize = chance(2) and random(50) or nil })
  if not ok then return self:check_problem(kind, results) end
  for i = 1, #list do
    if pool.is_error(results[i]) then
      self:check_problem(kind, results[i])
    elseif kind == "echo" then
      local is_table = type(list[i]) == "table"
      check((is_table and results[i][1] or results[i]) == i, "map's echo", i)
    end
  end
end

function actions:imap()
  local kind, n, left = some_kind(self.options), 0, random(300)
  if costly[kind] then left = 2 end
  local function numbers()
    n = n + 1
    if n <= left then return n, {} end
  end
  local seen = {}
  local ok, problem = pcall(function()
    for i, first in self.pool:imap(kinds[kind][1], numbers, { ordered = chance(2),
      window = chance(2) and random(100) or nil, on_error = chance(2) and "return" or nil }) do
      check(not seen[i], "twice", i)
      seen[i] = true
      if pool.is_error(first) then self:check_problem(kind, first) end
      if kind == "echo" and not pool.is_error(first) then check(first == i, "imap's echo", i) end
      if chance(200) then break end
      if chance(50) then self:act() end
    end
  end)
  if not ok and not pool.is_error(problem) then error(problem, 0) end
end

function actions:cancel()
  local one = self:pick()
  if one then one.future:cancel({ kill = chance(2) }) end
end

function actions:result()
  local one = self:pick()
  if not one then return end
  local ok, problem = pcall(one.future.result, one.future, random() * 0.002)
  if not ok then self:check_problem(one.kind, problem) end
end

function actions:kill()
  local workers = self.pool:stats().workers
  local worker = workers[random(math.max(1, #workers))]
  if worker then uv.kill(worker.pid, ({ "sigkill", "sigterm", "sigsegv" })[random(3)]) end
end

function actions:look()
  local one = self:pick()
  if one then one.future:done() end
  self.pool:timeline()
  if chance(5) then collectgarbage() end
end

function actions:some_completed()
  local list = {}
  for i = 1, math.min(#self.futures, 10) do list[i] = self:pick().future end
  local ok, problem = pcall(function()
    for future in pool.as_completed(list, random() * 0.01) do check(future:done(), "not done") end
  end)
  if not ok then check(pool.is_error(problem), tostring(problem)) end
end

local names = { "submit", "submit", "submit", "submit", "map", "imap", "cancel", "result", "kill",
  "look", "some_completed" }

function Round:act() actions[names[random(#names)]](self) end

local function end_pool(self)
  local how = random(4)
  if how == 1 then self.pool:shutdown() end
  if how == 2 then self.pool:shutdown({ cancel = true }) end
  if how == 3 then self.pool:close("at once") end
end

local function play()
  local options = new_options()
  local self = setmetatable({ options = options, futures = {}, pool = pool.new(options) }, Round)
  for _ = 1, random(100) do self:act() end
  end_pool(self)
  for _, one in ipairs(self.futures) do self:check_future(one) end
  if self.pool.shut then
    local stats = self.pool:stats()
    local ended = stats.completed + stats.failed + stats.cancelled
    check(stats.submitted == ended, "figures:", stats.submitted, "tasks,", ended, "ended")
    check(stats.running == 0 and stats.queued == 0, "tasks are left")
  end
end

-- What the collector has found is gone after a second collection.
local before = processes.count()
for round = 1, ROUNDS do
  local ok, why = xpcall(play, debug.traceback)
  collectgarbage()
  collectgarbage()
  if ok then ok, why = pcall(processes.assert_none_left, before) end
  if not ok then
    print("round " .. round, why)
    os.exit(false)
  end
end
print("all right")
