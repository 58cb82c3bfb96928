--- How a native pool waits for news of its workers: in C, or in a task of perilune.async, where the
--- others go on meanwhile.

local waiting = {}

-- Crew -> those who wait for it on the loop.
---@type table<userdata, perilune.native.pool.Watch>
local watches = setmetatable({}, { __mode = "k" })

---@class perilune.native.pool.Watch
---@field wakes table<function, true> of the tasks that wait
---@field handles userdata[] luv's, one for each descriptor

-- In a task that can wait here; else all wait.
local function async_here()
  local async = package.loaded["perilune.async"]
  return type(async) == "table" and async.can_wait() and async or nil
end

local function stop(watch)
  for _, handle in ipairs(watch.handles) do
    if not handle:is_closing() then handle:close() end
  end
  watch.handles = {}
end

--- Tells those who wait on the loop that there is news.
---@param crew userdata
function waiting.tell(crew)
  local watch = watches[crew]
  if not watch then return end
  watches[crew] = nil
  stop(watch)
  for wake in pairs(watch.wakes) do wake() end
end

--- After somebody has looked for news, workers wake nobody: where tasks still wait they must again.
---@param crew userdata
---@param came boolean whether there was news
function waiting.resume(crew, came)
  if watches[crew] and (came or not crew:doze()) then waiting.tell(crew) end
end

local function start(crew, watch)
  local uv = require("luv")
  for _, descriptor in ipairs(crew:descriptors()) do
    local handle = uv.new_poll(descriptor)
    watch.handles[#watch.handles + 1] = handle
    handle:start("r", function() waiting.tell(crew) end)
  end
end

local LONGEST <const> = 1e6 -- seconds of one wait; then somebody looks again

local function start_timer(seconds, wake)
  local uv = require("luv")
  local timer = uv.new_timer()
  uv.update_time()
  timer:start(math.ceil(math.min(seconds, LONGEST) * 1000), 0, wake)
  return timer
end

local function close(handle)
  if handle and not handle:is_closing() then handle:close() end
end

local function watch_of(crew)
  local watch = watches[crew]
  if not watch then
    watch = { wakes = {}, handles = {} }
    watches[crew] = watch
    start(crew, watch)
  end
  return watch
end

-- Handles must be closed while the loop still runs: who was woken by the time goes, too.
local function leave(crew, watch, wake, timer)
  close(timer)
  watch.wakes[wake] = nil
  if watches[crew] == watch and next(watch.wakes) == nil then
    watches[crew] = nil
    stop(watch)
  end
end

local function await(async, crew, seconds)
  local watch, own, timer
  local function undo() leave(crew, watch, own, timer) end
  async.await(function(wake)
    watch, own = watch_of(crew), wake
    watch.wakes[wake] = true
    timer = seconds and start_timer(seconds, wake)
    return undo
  end)
  undo()
end

---@param crew userdata
---@param seconds? number nil: without end
function waiting.wait(crew, seconds)
  local async = async_here()
  if not async then
    crew:wait(seconds)
  elseif crew:doze() then
    await(async, crew, seconds)
  end
end

return waiting
