--- Programs that fetch and come to an end in the midst of it, for specs that look at them from
--- outside:
---
---     perilune spec/native/fetch_program.lua WHERE URL FOLDER HOW
---
--- WHERE it is when it ends, and HOW: `exits`, `fails`, `ends` (its script does), or `waits`, to be
--- interrupted: it prints "ready" then.
package.path = "./?.lua;" .. package.path
local async = require("perilune.async")
local fetch = require("perilune.native.fetch")
local pool = require("perilune.native.pool")
local uv = require("luv")

local url, folder, how = arg[2], arg[3], arg[4]

local MANY <const> = 20
local TIMEOUT <const> = 15 -- seconds; who waits so long has not been interrupted

local function ready()
  io.stdout:write("ready\n")
  io.stdout:flush()
end

local function leave()
  ready()
  if how == "exits" then os.exit(3, true) end
  if how == "fails" then error("sorry") end
end

-- The first is over soon, the others never; half of them go into files.
local function items()
  local list = { url .. "/plain/after/30" }
  for i = 2, MANY do
    list[i] = { url = url .. (i % 3 == 0 and "/drip/body" or "/stall/body"),
      path = i % 2 == 0 and ("%s/%d"):format(folder, i) or nil }
  end
  return list
end

local options <const> = { timeout = TIMEOUT }

local programs = {}

--- In a loop's body.
function programs.each()
  for r in fetch.each(items(), options) do -- luacheck: ignore 512
    assert(r.ok)
    leave()
    break
  end
end

--- Between two results that are asked for by hand; nobody closes anything.
function programs.iterator()
  local next_result = fetch.each(items(), options)
  assert(next_result().ok)
  leave()
end

--- In a coroutine that is not resumed any more.
function programs.coroutine()
  local s = fetch.session(options)
  local generate = coroutine.wrap(function()
    for r in s:each(items()) do coroutine.yield(r) end
  end)
  assert(generate().ok)
  leave()
end

--- While tasks wait.
function programs.tasks()
  async.run(function()
    for _, item in ipairs(items()) do
      async.spawn(type(item) == "string" and fetch.get or fetch.all,
        type(item) == "string" and item or { item }, options)
    end
    async.sleep(0.05)
    leave()
  end)
end

--- In on_data.
function programs.on_data()
  local count = 0
  fetch.get(url .. "/endless/bytes", { timeout = TIMEOUT,
    max_bytes = how == "ends" and 4 << 20 or nil, on_data = function()
      count = count + 1
      if count == 3 then leave() end
    end })
end

--- In on_progress, of all.
function programs.on_progress()
  fetch.all(items(), { timeout = how == "ends" and 1 or TIMEOUT, on_progress = function(done)
    if done == 1 then leave() end
  end })
end

--- In a callback of luv's, while a task waits.
function programs.callback()
  local ok, problem = pcall(async.run, function()
    async.spawn(fetch.all, items(), options)
    async.await(function(wake)
      local timer = uv.new_timer()
      timer:start(50, 0, function()
        timer:close()
        wake(pcall(leave))
      end)
    end)
    if how == "fails" then error("sorry") end
  end)
  if not ok then error(problem, 0) end
end

--- With a session that is closed when its block is left.
function programs.session()
  local s <close> = fetch.session(options)
  for r in s:each(items()) do -- luacheck: ignore 512
    assert(r.ok)
    leave()
    break
  end
end

--- While a worker of a pool's fetches.
function programs.worker()
  local function get(address)
    return require("perilune.native.fetch").get(address, { timeout = 15 }).ok
  end
  local p = pool.new({ workers = 2 }) -- to be closed, it would wait for its tasks
  assert(p:submit(get, url .. "/plain/ok"):result())
  p:submit(get, url .. "/stall/body")
  local iterator = fetch.each(items(), options)
  assert(iterator().ok)
  leave()
  p:close("at once")
end

local waits = {}

function waits.get() fetch.get(url .. "/stall/before", options) end

function waits.all() fetch.all(items(), options) end

function waits.each() for _ in fetch.each(items(), options) do end end

function waits.streaming()
  fetch.get(url .. "/endless/bytes", { timeout = TIMEOUT, on_data = function() end })
end

function waits.retrying()
  fetch.get("http://127.0.0.1:1/", { retries = 1, retry_delay = 2 * TIMEOUT })
end

function waits.task()
  async.run(function()
    async.spawn(fetch.all, items(), options)
    fetch.get(url .. "/stall/before", options)
  end)
end

function waits.generator()
  async.run(function()
    coroutine.wrap(function() fetch.get(url .. "/stall/before", options) end)()
  end)
end

--- No interrupt reaches luv's callbacks: it comes when that is over.
function waits.callback()
  async.run(function()
    local timer = uv.new_timer()
    local _ <close> = setmetatable({}, { __close = function() timer:close() end })
    timer:start(0, 0, function() fetch.get(url .. "/stall/before", { timeout = 0.5 }) end)
    async.sleep(TIMEOUT)
  end)
end

if how == "waits" then
  ready()
  waits[arg[1]]()
else
  programs[arg[1]]()
end
